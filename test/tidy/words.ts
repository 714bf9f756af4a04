import { isNode, lineAt, type Node, type Source, walk } from './source.ts'

/** A name that may be used in some files only: `path` tells which. */
interface Ban {
  readonly what: string
  readonly why: string
  readonly matches: (node: Node) => boolean
  readonly allowed: RegExp
}

/** Files outside the rooms, and tests beside their subject. */
const OUTSIDE = /^(?:test|bench|scripts|examples)\/|\.test\.ts$/
const either = (more: string) => new RegExp(`${OUTSIDE.source}|${more}`)

const BANS: readonly Ban[] = [
  {
    what: 'process.env',
    why: 'read the environment in config.ts, once',
    matches: (node) => member(node, 'process', 'env'),
    allowed: either('/config\\.ts$'),
  },
  {
    what: 'Date.now',
    why: 'the clock is injected by main.ts',
    matches: (node) =>
      member(node, 'Date', 'now') || (node.type === 'NewExpression' && named(node.callee, 'Date') && empty(node)),
    allowed: either('/main\\.ts$'),
  },
  {
    what: 'performance.now',
    why: 'the monotonic clock is injected by main.ts',
    matches: (node) => member(node, 'performance', 'now') || member(node, 'process', 'hrtime'),
    allowed: either('/main\\.ts$'),
  },
  {
    what: 'Math.random',
    why: 'randomness is injected by main.ts',
    matches: (node) => member(node, 'Math', 'random'),
    allowed: either('/main\\.ts$'),
  },
  {
    what: 'console',
    why: 'only the command line prints',
    matches: (node) => node.type === 'MemberExpression' && named(node.object, 'console'),
    allowed: either('^cli/'),
  },
  {
    what: 'eval',
    why: 'no text becomes code',
    matches: (node) =>
      (node.type === 'CallExpression' && named(node.callee, 'eval')) ||
      ((node.type === 'NewExpression' || node.type === 'CallExpression') && named(node.callee, 'Function')),
    allowed: /^$/,
  },
]

/** Uses of a banned name outside the files that may. */
export function wordFaults(source: Source): string[] {
  const faults: string[] = []
  const bans = BANS.filter((ban) => !ban.allowed.test(source.path))
  walk(source.program, (node) => {
    for (const ban of bans) {
      if (ban.matches(node)) faults.push(`${source.path}:${lineAt(source, node.start)} uses ${ban.what}: ${ban.why}`)
    }
  })
  return faults
}

function member(node: Node, object: string, property: string): boolean {
  if (node.type !== 'MemberExpression' || !named(node.object, object)) return false
  const key = node.property as Node
  return key.name === property || key.value === property
}

function named(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === name
}

function empty(node: Node): boolean {
  return (node.arguments as unknown[]).length === 0
}
