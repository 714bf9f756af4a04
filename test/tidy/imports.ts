import { dirname, join, normalize } from 'node:path'
import { isNode, lineAt, type Node, type Source, walk } from './source.ts'

/** Room -> what it may import: a room, or one file or folder of it. Absence is a ban; a room may import itself. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  crds: ['core', 'engine/alphas/catalogue.ts'],
  engine: ['core'],
  storage: ['core', 'engine'],
  kube: ['core', 'crds'],
  runner: ['core', 'engine', 'storage'],
  operator: [
    'core',
    'crds',
    'engine/alphas/catalogue.ts',
    'engine/revision.ts',
    'storage/ledger',
    'storage/progress',
    'storage/in/catalog.ts',
    'storage/in/ledger-catalog.ts',
    'storage/out/janitor.ts',
    'kube',
  ],
  api: ['core', 'crds', 'engine/alphas/catalogue.ts', 'storage', 'kube'],
  console: ['core', 'crds', 'api/contract.ts'],
  cli: ['core', 'crds', 'engine', 'storage', 'kube', 'runner', 'operator', 'api', 'console/report'],
}

/** Folder -> folders of its own room that it may not enter. */
const DOORS: readonly { readonly from: string; readonly never: string }[] = [
  { from: 'storage/in/', never: 'storage/out/' },
  { from: 'storage/out/', never: 'storage/in/' },
]

/** A package that belongs to one folder. */
const HOME_OF_PACKAGE: Readonly<Record<string, string>> = {
  'nodejs-polars': 'storage/parquet/',
  'apache-arrow': 'storage/parquet/',
  'parquet-wasm': 'storage/parquet/',
  aws4: 'storage/blobs/',
  pg: 'storage/ledger/',
  '@electric-sql/pglite': 'storage/ledger/',
  ioredis: 'storage/progress/',
  '@kubernetes/client-node': 'kube/',
  fastify: 'api/',
  commander: 'cli/',
}

/** Modules that the project must never execute (R17). */
const BANNED_MODULE = /^(?:py)?qlib(?:\/|\.|$)/

/** Folders outside the rooms: they may import anything. */
const OUTSIDE = ['test', 'bench', 'scripts', 'examples', 'docs']

/** What one file imports, in every form the language has, and paths of worker entry points. */
export function importsOf(source: Source): { target: string; line: number }[] {
  const found: { target: string; line: number }[] = []
  const add = (value: unknown, node: Node) => {
    const target = literal(value)
    if (target !== null) found.push({ target, line: lineAt(source, node.start) })
    else found.push({ target: '<computed>', line: lineAt(source, node.start) })
  }
  const loaders = loaderNames(source)
  walk(source.program, (node) => {
    if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') add(node.source, node)
    if (node.type === 'ExportNamedDeclaration' && node.source) add(node.source, node)
    if (node.type === 'ImportExpression') add(node.source, node)
    if (node.type === 'TSImportType') add(node.source ?? node.argument, node)
    if (node.type === 'CallExpression' && isLoader(node.callee, loaders)) add((node.arguments as Node[])[0], node)
  })
  return found
}

/** Faults of one file against the three tables above. */
export function importFaults(source: Source): string[] {
  const room = source.path.split('/')[0]!
  if (OUTSIDE.includes(room) || !source.path.includes('/')) return []
  if (MAY_IMPORT[room] === undefined)
    return [`${source.path}: ${room}/ is no room; rooms are ${Object.keys(MAY_IMPORT).join(', ')}`]
  const isTest = source.path.endsWith('.test.ts')
  return importsOf(source).flatMap(({ target, line }) => {
    const at = `${source.path}:${line}`
    if (target === '<computed>') return [`${at} imports a computed name: no law can be checked`]
    if (target.startsWith('.'))
      return roomFaults(source.path, normalize(join(dirname(source.path), target)), isTest).map((f) => `${at} ${f}`)
    return packageFaults(source.path, room, target, isTest).map((f) => `${at} ${f}`)
  })
}

function roomFaults(from: string, to: string, isTest: boolean): string[] {
  const room = from.split('/')[0]!
  // Golden numbers and builders of the cross-room tests may be read by a test beside its subject.
  if (isTest && to.startsWith('test/')) return []
  for (const door of DOORS)
    if (from.startsWith(door.from) && to.startsWith(door.never)) return [`imports ${to}: in and out never meet`]
  if (to.split('/')[0] === room) return []
  const open = MAY_IMPORT[room]!.some((way) => to === way || to.startsWith(`${way}/`))
  return open ? [] : [`imports ${to}: ${room} may import ${MAY_IMPORT[room]!.join(', ') || 'nothing'}`]
}

function packageFaults(from: string, room: string, target: string, isTest: boolean): string[] {
  if (BANNED_MODULE.test(target)) return [`imports ${target}: a foreign backtest engine`]
  if (target.startsWith('#') || target.startsWith('/')) return [`imports ${target}: only relative paths and packages`]
  const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]!
  const home = HOME_OF_PACKAGE[name]
  if (home !== undefined && !from.startsWith(home)) return [`imports ${name}: it belongs to ${home}`]
  if (isTest) return []
  if (target.startsWith('node:')) {
    if (room === 'engine' || room === 'console') return [`imports ${target}: ${room} could run in a browser`]
    if (room === 'core' && from !== 'core/identity.ts') return [`imports ${target}: core does no I/O`]
    return []
  }
  if (room === 'core' || room === 'engine') return [`imports ${target}: ${room} has no dependency`]
  return []
}

/** `require`, and every name that createRequire(...) was given; calling its result on the spot is computed. */
function loaderNames(source: Source): Set<string> {
  const names = new Set(['require'])
  walk(source.program, (node, parent) => {
    if (node.type !== 'CallExpression' || (node.callee as Node).name !== 'createRequire') return
    const id = parent?.type === 'VariableDeclarator' ? (parent.id as Node) : null
    if (typeof id?.name === 'string') names.add(id.name)
  })
  return names
}

function isLoader(callee: unknown, loaders: ReadonlySet<string>): boolean {
  if (!isNode(callee)) return false
  if (callee.type === 'Identifier') return loaders.has(callee.name as string)
  // createRequire(...)(name)
  if (callee.type === 'CallExpression') return (callee.callee as Node).name === 'createRequire'
  if (callee.type !== 'MemberExpression') return false
  const object = callee.object as Node
  const property = callee.property as Node
  return (object.type === 'MetaProperty' || object.name === 'require') && property.name === 'resolve'
}

function literal(value: unknown): string | null {
  if (!isNode(value)) return null
  if (value.type === 'Literal' && typeof value.value === 'string') return value.value
  if (value.type === 'TSLiteralType') return literal(value.literal)
  if (value.type === 'TemplateLiteral' && (value.expressions as unknown[]).length === 0) {
    return ((value.quasis as Node[])[0]!.value as { cooked: string }).cooked
  }
  return null
}
