import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayNumber } from '../../core/dates.ts'
import type { BlendSpec } from '../../core/request.ts'
import { differences } from '../../test/golden/compare.ts'
import { averageTurnover, dailyTurnover } from '../portfolio/turnover.ts'
import { signalWeights } from '../portfolio/weights.ts'
import { CELL, type DenseTable } from '../result.ts'
import { type CombineInput, combineSignals } from './combine-signals.ts'

// engine.md 12.6: ids 1 to 32 on the 31 days of January 2024.
const NAMES = 32
const DATES = Int32Array.from({ length: 31 }, (_, i) => dayNumber('2024-01-01') + i)
const a = (p: number, i: number) => (7 * p + 3 * i) % 37
const b = (p: number, i: number) => (11 * p + 5 * i) % 41
const earned = (p: number, i: number) => 0.5 * a(p, i) + 0.2 * b(p, i) + ((17 * p + 11 * i) % 43)

function table(value: (p: number, i: number) => number | null): DenseTable {
  const cells = Array.from({ length: DATES.length * NAMES }, (_, k) => value((k % NAMES) + 1, Math.floor(k / NAMES)))
  return {
    values: Float64Array.from(cells, (cell) => cell ?? Number.NaN),
    state: Uint8Array.from(cells, (cell) => (cell === null ? CELL.null : CELL.value)),
  }
}

const A = { name: 'a', signals: table(a) }
const B = { name: 'b', signals: table(b) }
const spec: CombineInput['spec'] = { weighting: 'ic', lookbackDays: 30, minLookbackDays: 10, normalize: true }
const JANUARY: CombineInput = {
  dates: DATES,
  names: NAMES,
  parts: [A, B],
  returns: table(earned),
  spec,
  asOf: DATES[30]!,
  rolling: false,
}
const weighted = (weighting: BlendSpec['weighting'], change: object = {}) =>
  combineSignals({ ...JANUARY, spec: { ...spec, weighting }, ...change })
const codes = (found: { warnings: readonly { code: string }[] }) => found.warnings.map((warning) => warning.code)

/** Average turnover of the z-score book of a composite. */
function compositeTurnover({ composite, dates }: ReturnType<typeof combineSignals>): number {
  const weights = composite.values.slice()
  for (let k = 0; k < dates.length; k++) {
    const signals = Array.from(composite.values.subarray(k * NAMES, (k + 1) * NAMES))
    weights.set(signalWeights(signals, { method: 'zscore' }).map(Number), k * NAMES)
  }
  return averageTurnover(dailyTurnover({ values: weights, state: composite.state }, dates).values)
}

const cases: [weighting: BlendSpec['weighting'], weights: number[], composite: number[]][] = [
  ['ic', [0.6921940129165725, 0.30780598708342755], [0.7543304192924016, 0.4513168312325046]],
  ['ir', [0.5662591502734045, 0.4337408497265956], [0.8810206015709632, 0.18940102797689196]],
  ['volParity', [0.5007502840995691, 0.49924971590043077], []],
  ['equal', [0.5, 0.5], [0.9476771544076896, 0.05159710138615975]],
]
for (const [weighting, weights, composite] of cases) {
  test(`${weighting}: weights and composite on the last of January are those of the reference`, () => {
    const got = weighted(weighting)
    assert.deepEqual(differences(got.weights, weights), [])
    assert.deepEqual(differences(got.composite.values.subarray(0, composite.length), composite), [])
  })
}

test('too few daily ICs give equal weights, which are said', () => {
  const got = combineSignals({ ...JANUARY, spec: { ...spec, minLookbackDays: 60 } })
  assert.deepEqual([...got.weights], [0.5, 0.5])
  assert.deepEqual(codes(got), ['blend_equal_weights'])
})

test('as many daily ICs as wanted are enough', () => {
  const got = combineSignals({ ...JANUARY, spec: { ...spec, minLookbackDays: 30 } })
  assert.deepEqual([...got.weights], [...weighted('ic').weights])
})

test('a day with fewer than thirty common names has no IC', () => {
  const state = B.signals.state.map((cell, k) => (k % NAMES < 3 ? CELL.absent : cell))
  const got = combineSignals({ ...JANUARY, parts: [A, { name: 'b', signals: { ...B.signals, state } }] })
  assert.deepEqual([...got.weights], [0.5, 0.5])
  assert.ok(codes(got).includes('blend_equal_weights'))
})

test('rolling over twenty days: eleven dates, their weights and turnover of the reference', () => {
  const got = combineSignals({ ...JANUARY, spec: { ...spec, lookbackDays: 20 }, rolling: true })
  assert.deepEqual([...got.dates], [...DATES.subarray(20)])
  assert.deepEqual(differences(got.weights.subarray(0, 2), [0.7327310315018742, 0.2672689684981256]), [])
  assert.deepEqual(differences(got.weights.subarray(20), [0.6677913723978438, 0.3322086276021563]), [])
  assert.deepEqual(differences(compositeTurnover(got), 0.392906811657067), [])
})

test('the two parts hardly correlate', () => {
  const { correlation } = weighted('ic')
  assert.deepEqual(
    differences(correlation, {
      pearson: [
        [1, -0.017737913455704562],
        [-0.017737913455704562, 1],
      ],
      spearman: [
        [1, -0.017693634484832823],
        [-0.017693634484832823, 1],
      ],
      conditionNumber: 1.036116457509031,
      warnings: [],
    }),
    [],
  )
})

test('a part and its double are one part, and two warnings say so', () => {
  const double = { name: '2a', signals: table((p, i) => 2 * a(p, i)) }
  const { correlation } = combineSignals({ ...JANUARY, parts: [A, double] })
  assert.deepEqual(differences(correlation.conditionNumber, 2e10), [])
  assert.deepEqual(codes(correlation), ['blend_parts_alike', 'blend_ill_conditioned'])
})

test('a part whose names never move has no weight by volatility, and two such parts share', () => {
  const still = { name: 'still', signals: table((p) => p * p) }
  const other = { name: 'other', signals: table((p) => Math.sqrt(p)) }
  assert.deepEqual([...weighted('volParity', { parts: [still, B] }).weights], [0, 1])
  assert.deepEqual([...weighted('volParity', { parts: [still, other] }).weights], [0.5, 0.5])
})

test('names that one part lacks are left out, and their share is said', () => {
  const short = {
    name: 'short',
    signals: { ...B.signals, state: B.signals.state.map((s, k) => (k % 32 === 0 ? 0 : s)) },
  }
  const got = combineSignals({ ...JANUARY, parts: [A, short] })
  assert.equal(got.composite.state[0], CELL.absent)
  assert.deepEqual(codes(got), ['blend_alignment_lost'])
  assert.match(got.warnings[0]!.message, /^3\.1% of the signals of a were left out/)
  assert.deepEqual([got.coverage, got.unionCoverage], [1, 31 / 32])
})

test('a null part makes a null composite, and counts as had', () => {
  const holed = { name: 'holed', signals: table((p, i) => (p === 1 ? null : b(p, i))) }
  const { composite } = combineSignals({ ...JANUARY, parts: [A, holed] })
  assert.deepEqual([composite.state[0], composite.state[1]], [CELL.null, CELL.value])
})

test('without normalising, the composite is the weighted sum of the signals as they are', () => {
  const { composite } = combineSignals({ ...JANUARY, spec: { ...spec, weighting: 'equal', normalize: false } })
  assert.equal(composite.values[4], (a(5, 30) + b(5, 30)) / 2)
})

const refusals: [title: string, change: Partial<CombineInput>, message: RegExp][] = [
  ['no part', { parts: [] }, /at least one signal/],
  ['no returns where the weighting needs them', { returns: null }, /weighting ic needs returns/],
  [
    'nothing in common and no as-of date',
    { asOf: null, parts: [A, { name: 'none', signals: { ...B.signals, state: new Uint8Array(31 * NAMES) } }] },
    /no \(date, name\) in common/,
  ],
]
for (const [title, change, message] of refusals) {
  test(`${title} is refused in words`, () => assert.throws(() => combineSignals({ ...JANUARY, ...change }), message))
}

const weightings = fc.constantFrom('equal', 'ic', 'ir', 'volParity' as const)

test('weights are not negative and sum to one on every date', () => {
  fc.assert(
    fc.property(weightings, fc.integer({ min: 5, max: 29 }), (weighting, lookbackDays) => {
      const got = combineSignals({ ...JANUARY, spec: { ...spec, weighting, lookbackDays } as never, rolling: true })
      for (let k = 0; k < got.dates.length; k++) {
        const [x, y] = [got.weights[2 * k]!, got.weights[2 * k + 1]!]
        assert.ok(x >= 0 && y >= 0 && Math.abs(x + y - 1) < 1e-12, `${x} and ${y}`)
      }
    }),
    { numRuns: 20 },
  )
})

test('nothing before a date changes when returns from it on and signals after it do', () => {
  fc.assert(
    fc.property(
      weightings,
      fc.integer({ min: 20, max: 30 }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      (weighting, cut, f) => {
        const change = (from: number, { values, state }: DenseTable) => ({
          state,
          values: values.map((value, k) => (Math.floor(k / NAMES) >= from ? value * f + (k % 7) : value)),
        })
        const base = { ...JANUARY, spec: { ...spec, weighting, lookbackDays: 15 } as never, rolling: true }
        const before = combineSignals(base)
        const after = combineSignals({
          ...base,
          parts: [A, B].map(({ name, signals }) => ({ name, signals: change(cut + 1, signals) })),
          returns: change(cut, JANUARY.returns!),
        })
        const safe = before.dates.findIndex((day) => day > DATES[cut]!)
        const rows = safe < 0 ? before.dates.length : safe
        assert.deepEqual(after.weights.subarray(0, 2 * rows), before.weights.subarray(0, 2 * rows))
        assert.deepEqual(
          after.composite.values.subarray(0, NAMES * rows),
          before.composite.values.subarray(0, NAMES * rows),
        )
      },
    ),
    { numRuns: 20 },
  )
})

test('the order of the names changes no weight', () => {
  const mirrored = ({ values, state }: DenseTable): DenseTable => {
    const from = (k: number) => k - (k % NAMES) + NAMES - 1 - (k % NAMES)
    return { values: values.map((_, k) => values[from(k)]!), state: state.map((_, k) => state[from(k)]!) }
  }
  for (const weighting of ['ic', 'ir', 'volParity'] as const) {
    const got = weighted(weighting, {
      parts: [A, B].map(({ name, signals }) => ({ name, signals: mirrored(signals) })),
      returns: mirrored(JANUARY.returns!),
    })
    assert.deepEqual(differences(got.weights, Array.from(weighted(weighting).weights)), [])
  }
})
