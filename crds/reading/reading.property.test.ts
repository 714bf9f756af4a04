import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ERRORS } from '../../core/errors.ts'
import { canonicalJson, type Json } from '../../core/identity.ts'
import { ALPHA_CATALOGUE } from '../../engine/alphas/catalogue.ts'
import { KINDS, readManifest, SCHEMAS } from '../read-manifest.ts'
import { defaultOf } from './check.ts'
import type { Schema } from './schema.ts'

const OPTIONS = { file: 'm.yaml', today: '2026-11-22' }
/** A hang shows as a failure; no case comes near it. */
const TIMEOUT = { timeout: 120_000 }

const computation = {
  dataset: 'sp500',
  alpha: { name: 'momentum' },
  startDate: '2015-01-02',
  endDate: '2017-12-31',
}
/** The least that each kind needs. */
const LEAST: Readonly<Record<string, object>> = {
  Backtest: computation,
  WalkForward: { backtest: computation },
  MonteCarlo: { backtest: computation },
  Regression: { runKey: 'k', cases: [{ name: 'momentum_2015_2017', spec: computation, expected: { icir: 1 } }] },
}
const manifest = (kind: string, spec: object) => ({
  apiVersion: 'hindcast.dev/v1alpha1',
  kind,
  metadata: { name: 'a' },
  spec,
})

/** What must hold of any reading, whatever was read. */
function readSoundly(input: string | Uint8Array): void {
  const { requests, problems, lines } = readManifest(input, OPTIONS)
  assert.ok(requests.length > 0 || problems.length > 0)
  assert.equal(lines.length, requests.length)
  assert.ok(problems.length <= 101)
  for (const problem of problems) {
    assert.ok(Object.hasOwn(ERRORS, problem.code))
    assert.ok(problem.line >= 1 && problem.column >= 1 && problem.message.length > 0)
    assert.ok(problem.pointer === '' || problem.pointer.startsWith('/'))
  }
}

test('any bytes are read without a throw', TIMEOUT, () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), readSoundly), { numRuns: 400 })
})

test('any text is read without a throw', TIMEOUT, () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), readSoundly), { numRuns: 400 })
})

test('any soup of the signs of YAML is read without a throw', TIMEOUT, () => {
  const words = [
    'a',
    'spec',
    'kind',
    ': ',
    '- ',
    '? ',
    '\n',
    '\n  ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '&a ',
    '*a',
    '|',
    '>',
    '#',
  ]
  const more = [
    '!!str ',
    '!x ',
    '<<: ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\t',
    '~',
    '.inf',
    '1e3',
    '\r\n',
    '\\u',
    '@',
    '`',
    '=',
  ]
  const soup = fc.array(fc.constantFrom(...words, ...more), { maxLength: 60 }).map((parts) => parts.join(''))
  fc.assert(fc.property(soup, readSoundly), { numRuns: 1500 })
})

test('a good manifest with any one value put anywhere is read without a throw', TIMEOUT, () => {
  const anything = fc.jsonValue({ maxDepth: 2 })
  const place = fc.nat({ max: 200 })
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), place, anything, (kind, at, value) => {
      const whole = manifest(kind, LEAST[kind]!)
      readSoundly(JSON.stringify(planted(whole, at, value)))
    }),
    { numRuns: 1500 },
  )
})

/** The value with its part number `at` (counted in depth) replaced. */
function planted(value: unknown, at: number, part: unknown): unknown {
  let left = at
  const walk = (here: unknown): unknown => {
    left -= 1
    if (left === 0) return part
    if (Array.isArray(here)) return here.map(walk)
    if (typeof here !== 'object' || here === null) return here
    return Object.fromEntries(Object.entries(here).map(([key, member]) => [key, walk(member)]))
  }
  return walk(value)
}

/** The spec with some of the defaults of the schema written out, as `write` decides for each. */
function written(schema: Schema, value: unknown, write: () => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => written(schema.items ?? {}, item, write))
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return value
  const entries: [string, unknown][] = []
  for (const [key, own] of Object.entries(schema.properties)) {
    const given = (value as Record<string, unknown>)[key]
    if (given !== undefined) entries.push([key, written(own, given, write)])
    else if (own.default !== undefined && write()) entries.push([key, written(own, defaultOf(own), () => true)])
    else if (key === 'parameters' && Object.hasOwn(value, 'name')) entries.push([key, parametersOf(value, write)])
  }
  return Object.fromEntries(entries)
}

function parametersOf(alpha: object, write: () => boolean): object {
  const entry = ALPHA_CATALOGUE.find(({ name }) => name === (alpha as { name: string }).name)!
  return Object.fromEntries(entry.parameters.filter(write).map((spec) => [spec.name, spec.default]))
}

test('an absent field and its explicit default give the same request, in every kind', TIMEOUT, () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.infiniteStream(fc.boolean()), (kind, coins) => {
      const least = manifest(kind, LEAST[kind]!)
      const write = (): boolean => coins.next().value === true
      const full = { ...least, spec: written(SCHEMAS[kind].properties!.spec!, least.spec, write) }
      const [one, other] = [least, full].map((each) => readManifest(JSON.stringify(each), OPTIONS))
      assert.deepEqual(other?.problems, [])
      assert.deepEqual(other?.requests, one?.requests)
    }),
    { numRuns: 300 },
  )
})

test('the order of keys and the way of writing numbers and dates change no request', TIMEOUT, () => {
  const spec = { ...computation, costModel: { bpsPerTrade: 6, participationLimit: 0.05 }, decayHorizons: [1, 5] }
  const plainJson = JSON.stringify(manifest('Backtest', spec))
  const reversedJson = canonicalJson(manifest('Backtest', spec) as unknown as Json)
  const yaml = [
    'kind: Backtest',
    'spec:',
    '  endDate: 2017-12-31',
    "  startDate: '2015-01-02'",
    '  costModel: {participationLimit: 5.0e-2, bpsPerTrade: 6.00}',
    '  decayHorizons: [1.0, 5]',
    '  alpha: {parameters: {}, name: "momentum"}',
    '  dataset: sp500',
    'metadata: {name: a}',
    'apiVersion: hindcast.dev/v1alpha1',
  ].join('\n')
  const [first, ...others] = [plainJson, reversedJson, yaml].map((text) => readManifest(text, OPTIONS))
  assert.deepEqual(first?.problems, [])
  for (const other of others) assert.deepEqual(other.requests, first?.requests)
})
