import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { differences } from '../../test/golden/compare.ts'
import { CELL, type DenseTable } from '../result.ts'
import { averageRanks } from '../stats.ts'
import { summariseBuckets } from './analyse-quantiles.ts'
import { bucketDates, bucketOf } from './bucket-dates.ts'

const bucketings: [title: string, signal: number[], count: number, buckets: number[]][] = [
  ['five names fill five buckets', [1, 2, 3, 4, 5], 5, [1, 2, 3, 4, 5]],
  ['four tied names share the bucket of their mean rank', [1, 1, 1, 1, 5], 5, [3, 3, 3, 3, 5]],
  ['seven names leave no bucket empty', [1, 2, 3, 4, 5, 6, 7], 5, [1, 2, 3, 3, 4, 5, 5]],
  ['two pairs of ties halve', [1, 1, 2, 2], 2, [1, 1, 2, 2]],
]
for (const [title, signal, count, buckets] of bucketings) {
  test(title, () => {
    const ranks = averageRanks(signal)
    assert.deepEqual(
      Array.from(ranks, (rank) => bucketOf(rank, signal.length, count)),
      buckets,
    )
  })
}

const SPEC = { count: 5, holdingPeriodDays: 1, skipDays: 1, minObservationsPerDate: 10, minTotalDates: 3 }

/** Rows of one value per name; null is a row without a value, undefined no row. */
function rowsOf(...days: (number | null | undefined)[][]) {
  const cells = days.flat()
  const signals: DenseTable = {
    values: Float64Array.from(cells, (value) => value ?? Number.NaN),
    state: Uint8Array.from(cells, (v) => (v === undefined ? CELL.absent : v === null ? CELL.null : CELL.value)),
  }
  return { dates: Int32Array.from(days, (_, k) => 19_723 + k), names: days[0]!.length, signals }
}

/** Every name has the return of its day; a null has none. */
function returnsOf(...days: (number | null)[][]) {
  return (day: number) => ({
    values: Float64Array.from(days[day - 19_723]!, (value) => value ?? Number.NaN),
    clear: Int32Array.from(days[day - 19_723]!, (value) => (value === null ? 0 : 1)),
    horizon: 1,
  })
}

const TEN = Array.from({ length: 10 }, (_, i) => i)
const Q3 = returnsOf(
  TEN.map((i) => i / 100),
  TEN.map((i) => (9 - i) / 100),
  TEN.map((i) => ((3 * i) % 10) / 100),
)

test('three sessions of ten names give the figures of the reference', () => {
  const result = summariseBuckets(bucketDates(rowsOf(TEN, TEN, TEN), Q3, SPEC), SPEC)
  assert.deepEqual(
    differences(result.summary, {
      mean_rank_ic: 0.0909090909090909,
      rank_ic_std: 1.0123207932418221,
      t_stat: 0.1555427542095638,
      rank_ic_positive_pct: 66.66666666666666,
      long_short_spread: 0.013333333333333343,
      n_dates: 3,
      n_dates_skipped: 0,
      period_start: '2024-01-01',
      period_end: '2024-01-03',
    }),
    [],
  )
  assert.deepEqual(differences(result.returns, [0.035, 0.055, 0.041666666666666664, 0.045, 0.04833333333333334]), [])
  assert.deepEqual([...result.observations], [6, 6, 6, 6, 6])
})

const skips: [title: string, signal: (number | null | undefined)[], returns: (number | null)[]][] = [
  ['a date with one name too few is skipped', [...TEN.slice(0, 9), null], TEN],
  ['a date on which a return is missing is short of a name too', TEN, [null, ...TEN.slice(1)]],
  ['a date with a constant signal is skipped', TEN.map(() => 0.1), TEN],
  ['a date with constant returns is skipped', TEN, TEN.map(() => 0.1)],
  ['an infinite signal is no observation', [...TEN.slice(0, 9), Number.POSITIVE_INFINITY], TEN],
  ['a NaN return is no observation', TEN, [...TEN.slice(0, 9), Number.NaN]],
]
for (const [title, signal, returns] of skips) {
  test(title, () => {
    const got = bucketDates(rowsOf(signal, TEN), returnsOf(returns, TEN), SPEC)
    assert.deepEqual([got.dates.length, got.skipped], [1, 1])
    assert.deepEqual([...got.dates], [19_724])
  })
}

test('a date without any signal row is not a signal date', () => {
  const got = bucketDates(rowsOf(new Array(10).fill(undefined), TEN), returnsOf(TEN, TEN), SPEC)
  assert.deepEqual([got.dates.length, got.skipped], [1, 0])
})

test('a bucket that no name falls into is left out of its mean', () => {
  const tied = [1, 1, 1, 1, 1, 1, 1, 1, 1, 9]
  const { means } = bucketDates(rowsOf(tied), returnsOf(TEN), SPEC)
  assert.deepEqual(differences(means[0], ['NaN', 'NaN', 4, 'NaN', 9]), [])
  const { returns, standardErrors } = summariseBuckets(bucketDates(rowsOf(tied, TEN), returnsOf(TEN, TEN), SPEC), SPEC)
  assert.deepEqual(differences(returns, [0.5, 2.5, 4.25, 6.5, 8.75]), [])
  assert.ok(Number.isNaN(standardErrors[0]!), 'one date has no error')
})

const cross = fc.integer({ min: 5, max: 40 }).chain((n) =>
  fc.record({
    signal: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: n, maxLength: n }),
    returns: fc.array(fc.integer({ min: -99, max: 99 }), { minLength: n, maxLength: n }),
    count: fc.integer({ min: 2, max: 10 }),
  }),
)

test('buckets hold every name once, and their means weighted by size are the mean of all', () => {
  fc.assert(
    fc.property(cross, ({ signal, returns, count }) => {
      const rule = { ...SPEC, count, minObservationsPerDate: 5 }
      const got = bucketDates(rowsOf(signal), returnsOf(returns), rule)
      fc.pre(got.dates.length === 1)
      const sizes = [...got.observations]
      assert.equal(
        sizes.reduce((a, b) => a + b),
        signal.length,
      )
      const weighted = got.means[0]!.reduce((sum, mean, b) => sum + (sizes[b] === 0 ? 0 : mean * sizes[b]!), 0)
      assert.deepEqual(
        differences(
          weighted,
          returns.reduce((a, b) => a + b),
        ),
        [],
      )
    }),
  )
})

test('a higher signal is never in a lower bucket', () => {
  fc.assert(
    fc.property(cross, ({ signal, count }) => {
      const ranks = averageRanks(signal)
      const buckets = Array.from(ranks, (rank) => bucketOf(rank, signal.length, count))
      const order = signal.map((_, i) => i).sort((a, b) => signal[a]! - signal[b]!)
      for (let k = 1; k < order.length; k++) assert.ok(buckets[order[k]!]! >= buckets[order[k - 1]!]!)
    }),
  )
})

test('the order of the names changes nothing', () => {
  fc.assert(
    fc.property(cross, ({ signal, returns, count }) => {
      const rule = { ...SPEC, count, minObservationsPerDate: 5 }
      const forward = bucketDates(rowsOf(signal), returnsOf(returns), rule)
      const backward = bucketDates(rowsOf(signal.toReversed()), returnsOf(returns.toReversed()), rule)
      assert.deepEqual(
        differences(
          backward.means,
          forward.means.map((day) => Array.from(day, String).map(Number)),
        ),
        [],
      )
      assert.deepEqual(backward.rankIc, forward.rankIc)
    }),
  )
})
