import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode, type Scalar } from 'yaml'
import type { Located, LocatedMap } from './located.ts'
import { type Problems, pathOf, show, step } from './problem.ts'

/** More values than any manifest has; an alias bomb has billions. */
const MAX_VALUES = 50_000
/** Tags of YAML's own core; any other could mean code or a type that JSON has no word for. */
const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
)
const MERGE_KEY = '<<'

/** Plain words that YAML 1.1, which kubectl reads, takes for something else than YAML 1.2 does. */
const READ_TWO_WAYS: readonly { pattern: RegExp; message: string }[] = [
  {
    pattern: /^(y|yes|n|no|on|off)$/i,
    message: 'is a boolean to kubectl and text here; write true or false, or put it in quotes',
  },
  {
    pattern: /^[-+]?0[0-9_]+$/,
    message: 'is octal to kubectl; write it without the leading zero, or put it in quotes',
  },
  {
    pattern: /^[-+]?0o[0-7]+$/,
    message: 'is text to kubectl and octal here; write it in decimal, or put it in quotes',
  },
  {
    pattern: /^[-+]?0b[01_]+$/,
    message: 'is binary to kubectl and text here; write it in decimal, or put it in quotes',
  },
  {
    pattern: /^[-+]?[0-9][0-9]*_[0-9_.]*$/,
    message: 'is a number to kubectl and text here; leave out the underscores, or put it in quotes',
  },
]

/** The state of one walk over one document. */
interface Walk {
  readonly problems: Problems
  readonly anchors: Map<string, Node>
  /** Anchored nodes that are being read: an alias to one of them would never end. */
  readonly open: Set<Node>
  left: number
}

/** The value of a node with the place of every part; undefined when nothing can be made of it. */
export function locate(node: ParsedNode, problems: Problems): Located | undefined {
  const walk: Walk = { problems, anchors: new Map(), open: new Set(), left: MAX_VALUES }
  const located = visit(walk, node, { pointer: '', keyAt: node.range[0] })
  return walk.left < 0 ? undefined : located
}

type Spot = { readonly pointer: string; readonly keyAt: number }

function visit(walk: Walk, node: Node | null, spot: Spot): Located | undefined {
  walk.left -= 1
  if (walk.left < 0) {
    if (walk.left === -1) fail(walk, spot, `the document holds more than ${MAX_VALUES} values, aliases counted in full`)
    return undefined
  }
  if (node === null) return { kind: 'scalar', value: null, at: spot.keyAt, keyAt: spot.keyAt }
  const at = node.range?.[0] ?? spot.keyAt
  if (isAlias(node)) return visitAlias(walk, node.source, { ...spot, at })
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node)
  if (node.tag !== undefined && !CORE_TAGS.has(node.tag)) {
    fail(walk, { ...spot, keyAt: at }, `has the tag ${show(node.tag)}; a manifest needs no tags`)
    return { kind: 'scalar', value: null, suspect: true, at, keyAt: spot.keyAt }
  }
  if (isScalar(node)) return visitScalar(walk, node, { ...spot, at })

  walk.open.add(node)
  const located = isSeq(node)
    ? visitList(walk, node.items as readonly Node[], { ...spot, at })
    : isMap(node)
      ? visitMap(walk, node.items as readonly Pair<Node, Node | null>[], { ...spot, at })
      : undefined
  walk.open.delete(node)
  return located
}

function visitAlias(walk: Walk, name: string, spot: Spot & { at: number }): Located | undefined {
  const target = walk.anchors.get(name)
  if (target === undefined || walk.open.has(target)) {
    const what = target === undefined ? 'has no anchor before it' : 'contains itself'
    fail(walk, { ...spot, keyAt: spot.at }, `the alias *${name} ${what}`)
    return { kind: 'scalar', value: null, suspect: true, at: spot.at, keyAt: spot.keyAt }
  }
  const located = visit(walk, target, spot)
  // A problem is shown where the alias is used, which is where the reader looks.
  return located === undefined ? undefined : { ...located, at: spot.at, keyAt: spot.keyAt }
}

function visitScalar(walk: Walk, node: Scalar, spot: Spot & { at: number }): Located {
  const { at, keyAt } = spot
  const { value } = node
  const suspect = { kind: 'scalar', value: null, suspect: true, at, keyAt } as const
  const ambiguous = readTwoWays(node)
  if (ambiguous !== undefined) {
    fail(walk, { ...spot, keyAt: at }, ambiguous)
    return suspect
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    fail(walk, { ...spot, keyAt: at }, `${node.source ?? value} is not a finite number`)
    return suspect
  }
  if (typeof value === 'number') return { kind: 'scalar', value: value === 0 ? 0 : value, at, keyAt }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') {
    return { kind: 'scalar', value, at, keyAt }
  }
  fail(walk, { ...spot, keyAt: at }, 'is no text, number, boolean or null')
  return suspect
}

function readTwoWays(node: Scalar): string | undefined {
  if (node.type !== 'PLAIN' || node.tag !== undefined || node.source === undefined) return undefined
  const { source } = node
  const found = READ_TWO_WAYS.find((row) => row.pattern.test(source))
  return found === undefined ? undefined : `${show(source)} ${found.message}`
}

function visitList(walk: Walk, items: readonly (Node | null)[], spot: Spot & { at: number }): Located {
  const located: Located[] = []
  for (const [index, item] of items.entries()) {
    if (walk.left < 0) break
    const inner = visit(walk, item, { pointer: spot.pointer + step(index), keyAt: item?.range?.[0] ?? spot.at })
    if (inner !== undefined) located.push(inner)
  }
  return { kind: 'list', items: located, at: spot.at, keyAt: spot.keyAt }
}

function visitMap(walk: Walk, pairs: readonly Pair<Node, Node | null>[], spot: Spot & { at: number }): Located {
  const members = new Map<string, Located>()
  const merged: LocatedMap[] = []
  for (const pair of pairs) {
    if (walk.left < 0) break
    const keyAt = pair.key?.range?.[0] ?? spot.at
    const key = keyOf(walk, pair.key, { pointer: spot.pointer, keyAt })
    if (key === undefined) continue
    const pointer = spot.pointer + step(key)
    const value = visit(walk, pair.value, { pointer, keyAt })
    if (value === undefined) continue
    if (key === MERGE_KEY && isScalar(pair.key) && pair.key.type === 'PLAIN')
      merged.push(...mergeSources(walk, value, spot))
    else if (members.has(key)) fail(walk, { pointer, keyAt }, 'stands twice in the same object; keep one')
    else members.set(key, value)
  }
  for (const source of merged) {
    for (const [key, value] of source.members) if (!members.has(key)) members.set(key, value)
  }
  return { kind: 'map', members, at: spot.at, keyAt: spot.keyAt }
}

/** What `<<` brings in: one map or a list of them, the earlier ones winning, as kubectl reads it. */
function mergeSources(walk: Walk, value: Located, spot: Spot): readonly LocatedMap[] {
  const sources = value.kind === 'list' ? value.items : [value]
  const maps = sources.filter((source) => source.kind === 'map')
  if (maps.length === sources.length) return maps
  fail(walk, { pointer: spot.pointer + step(MERGE_KEY), keyAt: value.at }, 'can merge objects only')
  return []
}

function keyOf(walk: Walk, key: Node | null, spot: Spot): string | undefined {
  const target = isAlias(key) ? walk.anchors.get(key.source) : key
  if (isScalar(target)) {
    if (target.anchor !== undefined) walk.anchors.set(target.anchor, target)
    const ambiguous = readTwoWays(target)
    if (ambiguous === undefined && target.value !== null && typeof target.value !== 'object')
      return String(target.value)
    fail(walk, spot, ambiguous ?? 'an object has an empty key')
  } else fail(walk, spot, 'an object has a key that is not a word')
  return undefined
}

function fail(walk: Walk, spot: Spot, message: string): void {
  const path = pathOf(spot.pointer)
  const text = path === '' ? message : `${path}: ${message}`
  walk.problems.add({ code: 'config_invalid', message: text, offset: spot.keyAt, pointer: spot.pointer })
}
