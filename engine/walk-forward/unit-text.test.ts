import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { HindcastError } from '../../core/errors.ts'
import type { UnitResult } from './compute-unit.ts'
import { readUnit, writeUnit } from './unit-text.ts'

const METRICS = { mean_ic: 0.02, icir: Number.NaN, decay_half_life: null, low: -0 }
const UNIT: UnitResult = {
  unit: 1,
  window: { id: 1, trainStart: 16_000, trainEnd: 16_100, testStart: 16_101, testEnd: 16_190 },
  scores: Float64Array.of(0.01, Number.NaN, 0.03),
  testScores: Float64Array.of(-0, Number.NEGATIVE_INFINITY, 5e-324),
  best: 2,
  bestParameters: { lookbackDays: 21, metric: 'roe' },
  bestScore: 0.03,
  evidence: {
    days: 70,
    trials: 3,
    effectiveTrials: 1.5,
    meanCorrelation: null,
    sharpe: 0.1,
    expectedBest: 0.08,
    probabilistic: 0.7,
    deflated: 0.4,
    deflatedEffective: 0.5,
    overfittingProbability: null,
    blocks: 0,
  },
  train: METRICS,
  test: {
    metrics: METRICS,
    dailyIc: {
      dates: Int32Array.of(16_101, 16_102),
      ic: Float64Array.of(0.5, Number.NaN),
      rankIc: Float64Array.of(-0, 1),
    },
    portfolioReturns: { dates: Int32Array.of(16_101), values: Float64Array.of(1e-300) },
    net: null,
    costSummary: { net_sharpe: Number.POSITIVE_INFINITY },
    warnings: [{ code: 'few_days', message: 'few days' }],
  },
}
const TEXT = writeUnit(UNIT)

const doubles = fc.array(fc.double(), { minLength: 3, maxLength: 3 }).map((list) => Float64Array.from(list))
const units = fc
  .record({
    scores: doubles,
    testScores: doubles,
    best: fc.nat(2),
    bestParameters: fc.object({
      maxDepth: 0,
      values: [fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0))],
    }),
  })
  .map((parts) => {
    const bestScore = parts.scores[parts.best]!
    const rest = Number.isNaN(bestScore) ? { evidence: null, train: null, test: null } : {}
    return { ...UNIT, ...parts, bestScore, ...rest } as UnitResult
  })

test('a unit is read back to the last bit, whatever its numbers and names', () => {
  assert.deepEqual(readUnit(TEXT), UNIT)
  fc.assert(fc.property(units, (unit) => assert.deepEqual(readUnit(writeUnit(unit)), unit)))
})

test('the text of what was read is the text that was read', () => {
  fc.assert(fc.property(units, (unit) => assert.equal(writeUnit(readUnit(writeUnit(unit))), writeUnit(unit))))
})

const REFUSED: readonly [title: string, change: object, says: RegExp][] = [
  ['another version', { version: 2 }, /version 2, allowed: 1/],
  ['a number of another window', { unit: 2 }, /unit 2 holds window 1/],
  ['a list that is shorter', { scores: [0.03] }, /differ in length/],
  ['a word among numbers', { scores: [0.01, 'many', 0.03] }, /scores holds no number/],
  ['null among numbers', { scores: [0.01, null, 0.03] }, /scores holds no number/],
  ['a best try that is none', { best: 7 }, /not the score of the best try/],
  ['a best try with part of a number', { best: 1.5 }, /best holds no whole number/],
  ['a score that is not the best', { bestScore: 0.04 }, /not the score of the best try/],
  ['no test run', { test: null }, /test is not there/],
  ['parameters that are a list', { bestParameters: [21] }, /bestParameters is no object/],
  ['a parameter that is an object', { bestParameters: { lookbackDays: {} } }, /bestParameters\.lookbackDays/],
  ['evidence without its days', { evidence: {} }, /evidence\.days/],
  ['metrics that are a text', { train: 'good' }, /train is no object/],
  ['a window without an end', { window: { ...UNIT.window, testEnd: undefined } }, /window\.testEnd/],
  ['a date beyond all dates', { window: { ...UNIT.window, testEnd: 1e12 } }, /window\.testEnd/],
]
for (const [title, change, says] of REFUSED) {
  test(`refused: ${title}`, () => {
    const text = JSON.stringify({ ...JSON.parse(TEXT), ...change })
    assert.throws(() => readUnit(text), { code: 'artifact_corrupt', message: says })
  })
}

const REFUSED_TESTS: readonly [title: string, change: object, says: RegExp][] = [
  ['dates that go back', { dailyIc: { dates: [2, 1], ic: [0, 0], rankIc: [0, 0] } }, /dates do not ascend/],
  ['a column of another length', { dailyIc: { dates: [1, 2], ic: [0], rankIc: [0, 0] } }, /ic has 1 rows, not 2/],
  ['warnings without a text', { warnings: [{ code: 1 }] }, /warnings hold no texts/],
  ['no returns', { portfolioReturns: undefined }, /portfolioReturns is no object/],
]
for (const [title, change, says] of REFUSED_TESTS) {
  test(`refused in the test run: ${title}`, () => {
    const held = JSON.parse(TEXT)
    const text = JSON.stringify({ ...held, test: { ...held.test, ...change } })
    assert.throws(() => readUnit(text), { code: 'artifact_corrupt', message: says })
  })
}

test('whatever stands in place of any member, it is refused as corrupt or is a unit', () => {
  const paths = pathsOf(JSON.parse(TEXT))
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
      const text = JSON.stringify(changed(JSON.parse(TEXT), path, value))
      const read = corruptOr(() => readUnit(text))
      if (read !== null) assert.deepEqual(readUnit(writeUnit(read)), read)
    }),
    { numRuns: 1000 },
  )
})

test('whatever text it is, it is refused as corrupt', () => {
  fc.assert(
    fc.property(fc.string(), (text) =>
      assert.equal(
        corruptOr(() => readUnit(text)),
        null,
      ),
    ),
  )
  const cuts = fc.nat(TEXT.length - 1)
  fc.assert(
    fc.property(cuts, (at) =>
      assert.equal(
        corruptOr(() => readUnit(TEXT.slice(0, at))),
        null,
      ),
    ),
  )
})

function corruptOr<T>(read: () => T): T | null {
  try {
    return read()
  } catch (thrown) {
    assert.ok(thrown instanceof HindcastError && thrown.code === 'artifact_corrupt', String(thrown))
    return null
  }
}

type Path = readonly string[]

function pathsOf(value: unknown, at: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [at]
  const below = Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...at, key]))
  return at.length === 0 ? below : [at, ...below]
}

function changed(value: unknown, [key, ...rest]: Path, into: unknown): unknown {
  if (key === undefined) return into
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) }
  copy[key] = changed(copy[key], rest, into)
  return copy
}
