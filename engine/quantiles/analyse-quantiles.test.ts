import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { HindcastError } from '../../core/errors.ts'
import { differences } from '../../test/golden/compare.ts'
import { neweyWest } from '../metrics/newey-west.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { CELL } from '../result.ts'
import { analyseQuantiles } from './analyse-quantiles.ts'
import { holdingReturns } from './holding-returns.ts'

const FIRST = 19_000
const NAMES = 8
const DAYS = 90
const noise = (t: number, i: number) => ((7919 * (i + 1) + 10473 * t + 613 * (i + 1) * t + 4421) % 10007) / 10007 - 0.5

const CELLS = Array.from({ length: DAYS * NAMES }, (_, k) => ({ t: Math.floor(k / NAMES), i: k % NAMES }))
const PANEL = panelFromRows({
  permno: CELLS.map(({ i }) => 10_001 + i),
  date: CELLS.map(({ t }) => FIRST + t),
  ret: CELLS.map(({ t, i }) => (t === 30 && i === 2 ? null : noise(t, i) / 10)),
})
const SIGNALS = {
  values: Float64Array.from(CELLS, ({ t, i }) => noise(t + 500, i)),
  state: new Uint8Array(DAYS * NAMES).fill(CELL.value),
}
const SPEC = { count: 2, holdingPeriodDays: 5, skipDays: 2, minObservationsPerDate: 4, minTotalDates: 10 }
const INPUT = { panel: PANEL, dates: PANEL.dates, signals: SIGNALS, spec: SPEC }

test('a holding return compounds the sessions from skip on', () => {
  const got = holdingReturns(PANEL, SPEC)(FIRST + 10).values[3]!
  const wanted = [12, 13, 14, 15, 16].reduce((growth, t) => growth * (1 + noise(t, 3) / 10), 1) - 1
  assert.deepEqual(differences(got, wanted), [])
})

test('one missing return inside the holding period removes the name, on both sides of a tile', () => {
  const on = holdingReturns(PANEL, SPEC)
  const held = Array.from(PANEL.dates, (day) => on(day).clear[2]! >= SPEC.holdingPeriodDays)
  const missing = held.flatMap((known, t) => (known ? [] : [t]))
  assert.deepEqual(missing, [24, 25, 26, 27, 28, 84, 85, 86, 87, 88, 89])
})

test('dates whose holding period runs past the panel are skipped and counted', () => {
  const { summary } = analyseQuantiles(INPUT)
  assert.deepEqual([summary.n_dates, summary.n_dates_skipped], [84, 6])
})

test('the robust t and the errors of the buckets use as many lags as holding periods overlap', () => {
  const { summary, dailyIc, daily, standardErrors, dates } = analyseQuantiles(INPUT)
  assert.equal(summary.t_stat_newey_west, neweyWest(dailyIc, 4).t)
  const bottom = Array.from(dates, (_, k) => daily[2 * k]!)
  assert.equal(standardErrors[0], neweyWest(bottom, 4).standardError)
})

test('the disjoint t takes every fifth date', () => {
  const { summary, dailyIc } = analyseQuantiles(INPUT)
  const apart = dailyIc.filter((_, k) => k % 5 === 0)
  assert.equal(summary.n_dates_disjoint, 17)
  // Newey-West without lags divides by n, the plain t by n - 1.
  assert.deepEqual(differences(summary.t_stat_disjoint, neweyWest(apart, 0).t * Math.sqrt(16 / 17)), [])
})

test('just enough dates are enough', () => {
  assert.equal(analyseQuantiles({ ...INPUT, spec: { ...SPEC, minTotalDates: 84 } }).summary.n_dates, 84)
})

const failures: [title: string, change: object, message: RegExp][] = [
  ['too few dates', { spec: { ...SPEC, minTotalDates: 85 } }, /needs 85 dates: 84 of 90 signal dates have 4 names/],
  ['too few names a date', { spec: { ...SPEC, minObservationsPerDate: 9 } }, /0 of 90 signal dates have 9 names/],
  ['no signal', { signals: { ...SIGNALS, state: new Uint8Array(DAYS * NAMES) } }, /no date has a signal/],
  ['a skip beyond the panel', { spec: { ...SPEC, skipDays: 300 } }, /no signal has a return/],
  ['a holding period longer than the panel', { spec: { ...SPEC, holdingPeriodDays: 200 } }, /no signal has a return/],
]
for (const [title, change, message] of failures) {
  test(`${title}: the analysis says what is missing and fails as insufficient data`, () => {
    assert.throws(
      () => analyseQuantiles({ ...INPUT, ...change }),
      (error) => error instanceof HindcastError && error.code === 'insufficient_data' && message.test(error.message),
    )
  })
}

test('no date changes when returns after its holding period do', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 80 }), (cut) => {
      const ret = PANEL.ret.map((r, cell) => (cell >= cut * NAMES ? r / 3 : r))
      const changed = analyseQuantiles({ ...INPUT, panel: { ...PANEL, ret } })
      const before = analyseQuantiles(INPUT)
      const safe = before.dates.findIndex((day) => day - FIRST + SPEC.skipDays + SPEC.holdingPeriodDays > cut)
      assert.deepEqual(changed.dailyIc.subarray(0, safe), before.dailyIc.subarray(0, safe))
      assert.deepEqual(changed.daily.subarray(0, 2 * safe), before.daily.subarray(0, 2 * safe))
    }),
  )
})
