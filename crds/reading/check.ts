import type { ErrorCode } from '../../core/errors.ts'
import { RULES } from '../rules/index.ts'
import type { Facts, Finding, Rule } from '../rules/rule.ts'
import { checkScalar, guessScalar } from './check-scalar.ts'
import { type Located, type LocatedList, type LocatedMap, nearest, plain } from './located.ts'
import { type Problem, type Problems, pathOf, show, step } from './problem.ts'
import type { Schema } from './schema.ts'
import { didYouMean } from './suggest.ts'

/** Where the walk stands: the path so far and the error code in force. */
export interface Spot {
  readonly pointer: string
  readonly code: ErrorCode
}

/** One walk over one document. */
export interface Check {
  readonly problems: Problems
  readonly facts: Facts
  /** Values met whose problem was reported before. */
  suspects: number
}

/** Moves with everything that was found amiss. */
const amiss = (run: Check): number => run.problems.count + run.suspects

/**
 * Checks a value against its schema and the rules that stand on it, and gives it plain with every default filled
 * in; undefined when it has a problem. Rules are asked where the shape holds, as the API server does, and where a
 * rule says that it can judge all the same.
 */
export function check(run: Check, schema: Schema, value: Located, above: Spot): unknown {
  const spot: Spot = { pointer: above.pointer, code: schema['x-code'] ?? above.code }
  const before = amiss(run)
  const told = run.problems.list.length
  const checked = checkShape(run, schema, value, spot)
  const isShaped = amiss(run) === before
  for (const group of schema['x-rules'] ?? []) {
    for (const rule of RULES[group] as readonly Rule[]) {
      if (isShaped) askRule(run, rule, { self: checked, value, spot })
      else if (value.kind === 'map' && mayAsk(run.problems.list.slice(told), rule, value, spot)) {
        askRule(run, rule, { self: plain(value), value, spot })
      }
    }
  }
  return amiss(run) === before ? checked : undefined
}

/** Whether a rule can judge an object although there are problems inside it. */
function mayAsk(inside: readonly Problem[], rule: Rule, value: LocatedMap, spot: Spot): boolean {
  if (rule.always === true) return true
  if (rule.reads === undefined) return false
  return rule.reads.every((at) => {
    const found = memberAt(value, at)
    const isText = found?.kind === 'scalar' && found.suspect !== true && typeof found.value === 'string'
    return isText && !inside.some(({ pointer }) => pointer === spot.pointer + at)
  })
}

/** The member at a pointer of plain names; undefined where there is none. */
function memberAt(value: LocatedMap, pointer: string): Located | undefined {
  const inside = (here: Located | undefined, name: string) =>
    here?.kind === 'map' ? here.members.get(name) : undefined
  return pointer.split('/').slice(1).reduce<Located | undefined>(inside, value)
}

function checkShape(run: Check, schema: Schema, value: Located, spot: Spot): unknown {
  if (value.kind === 'scalar' && value.suspect === true) {
    run.suspects += 1
    return undefined
  }
  if (schema.type === 'object') {
    return value.kind === 'map' ? checkMembers(run, schema, value, spot) : wrongType(run, schema, value, spot)
  }
  if (schema.type === 'array') {
    return value.kind === 'list' ? checkItems(run, schema, value, spot) : wrongType(run, schema, value, spot)
  }
  if (schema.type === undefined && schema['x-preserve'] === true) return plain(value)
  if (value.kind !== 'scalar') return wrongType(run, schema, value, spot)
  const fault = checkScalar(schema, value.value)
  if (fault !== undefined) {
    report(run, spot, {
      offset: value.at,
      message: `${fault}; found ${show(value.value)}`,
      hint: guessScalar(schema, value.value),
    })
  }
  return value.value
}

function checkMembers(run: Check, schema: Schema, value: LocatedMap, spot: Spot): Record<string, unknown> {
  checkBytes(run, schema, value, spot)
  const entries: [string, unknown][] = []
  const properties = schema.properties ?? {}
  for (const [key, member] of value.members) {
    const own = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties
    const pointer = spot.pointer + step(key)
    if (own === undefined && schema['x-preserve'] !== true) unknownMember(run, schema, { key, member, spot })
    else if (own === undefined) entries.push([key, plain(member)])
    // A null is no value: the API server drops it, and fills in the default if there is one.
    else if (isNull(member) && own['x-nullable'] !== true && schema.additionalProperties === undefined) continue
    else entries.push([key, check(run, own, member, { pointer, code: spot.code })])
  }
  const given = new Set(entries.map(([key]) => key))
  for (const [key, own] of Object.entries(properties)) {
    if (given.has(key)) continue
    if (own.default !== undefined) entries.push([key, defaultOf(own)])
    else if (schema.required?.includes(key)) missing(run, own, { key, value, spot })
  }
  checkCount(run, spot, value, { count: value.members.size, least: schema.minProperties, most: schema.maxProperties })
  return Object.fromEntries(entries)
}

function checkItems(run: Check, schema: Schema, value: LocatedList, spot: Spot): unknown[] {
  const faults = { count: value.items.length, least: schema.minItems, most: schema.maxItems }
  if (!checkCount(run, spot, value, faults)) return []
  return value.items.map((item, index) =>
    check(run, schema.items ?? {}, item, { pointer: spot.pointer + step(index), code: spot.code }),
  )
}

type Count = { count: number; least: number | undefined; most: number | undefined }

function checkCount(run: Check, spot: Spot, value: Located, { count, least = 0, most }: Count): boolean {
  if (count >= least && count <= (most ?? Number.POSITIVE_INFINITY)) return true
  const allowed = most === undefined ? `at least ${least}` : `${least} to ${most}`
  report(run, spot, { offset: value.at, message: `has ${count} entries; allowed: ${allowed}` })
  return false
}

/** The default of a field with the defaults of its own members filled in. */
export function defaultOf(schema: Schema): unknown {
  const value = schema.default
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const inner = Object.entries(schema.properties ?? {}).filter(([, own]) => own.default !== undefined)
  return { ...Object.fromEntries(inner.map(([key, own]) => [key, defaultOf(own)])), ...value }
}

function unknownMember(run: Check, schema: Schema, found: { key: string; member: Located; spot: Spot }): void {
  const { key, member, spot } = found
  const known = Object.keys(schema.properties ?? {})
  // A guess costs a comparison with every known name; nobody would see it.
  const hint = run.problems.isFull ? undefined : didYouMean(key, known)
  const pointer = spot.pointer + step(key)
  const message = `is not a field here; known: ${known.join(', ')}`
  report(run, { ...spot, pointer }, { offset: member.keyAt, message, hint })
}

function missing(run: Check, own: Schema, found: { key: string; value: LocatedMap; spot: Spot }): void {
  const { key, value, spot } = found
  const code = own['x-code'] ?? spot.code
  const what = own.description === undefined ? '' : `: ${own.description}`
  report(run, { code, pointer: spot.pointer + step(key) }, { offset: value.keyAt, message: `is missing${what}` })
}

function wrongType(run: Check, schema: Schema, value: Located, spot: Spot): undefined {
  const wanted = schema.type === 'array' ? 'a list' : schema.type === 'object' ? 'an object' : 'a single value'
  const found = value.kind === 'list' ? 'a list' : value.kind === 'map' ? 'an object' : show(value.value)
  report(run, spot, { offset: value.at, message: `must be ${wanted}; found ${found}` })
}

function checkBytes(run: Check, schema: Schema, value: LocatedMap, spot: Spot): void {
  const bound = schema['x-max-bytes']
  if (bound === undefined) return
  // Canonical JSON only sorts the members, so that any order has its length.
  const bytes = new TextEncoder().encode(JSON.stringify(plain(value))).byteLength
  if (bytes <= bound.bytes) return
  const message = `has ${bytes} bytes as JSON; allowed: at most ${bound.bytes}`
  report(run, { ...spot, code: bound.code }, { offset: value.at, message })
}

function askRule(run: Check, rule: Rule, on: { self: unknown; value: Located; spot: Spot }): void {
  const answer = (rule.breaks as (self: unknown, facts: Facts) => boolean | readonly Finding[])(on.self, run.facts)
  const findings = answer === true ? [{ at: rule.at, message: rule.message }] : answer === false ? [] : answer
  for (const { at, message, hint } of findings) {
    const pointer = on.spot.pointer + at
    const blamed = nearest(on.value, at)
    const found = blamed.kind === 'scalar' && at !== '' ? `; found ${show(blamed.value)}` : ''
    const offset = blamed.kind === 'scalar' ? blamed.at : blamed.keyAt
    const spot = { pointer, code: rule.code ?? on.spot.code }
    report(run, spot, { offset, message: `${message}${found}`, hint })
  }
}

const isNull = (value: Located): boolean => value.kind === 'scalar' && value.value === null && value.suspect !== true

type Amiss = { offset: number; message: string; hint?: string | undefined }

function report(run: Check, spot: Spot, { offset, message, hint }: Amiss): void {
  const path = pathOf(spot.pointer)
  const text = `${path === '' ? 'the manifest' : path} ${message}`
  run.problems.add({ code: spot.code, message: text, offset, pointer: spot.pointer, hint })
}
