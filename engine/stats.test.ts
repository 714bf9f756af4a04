import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as stats from './stats.ts'

const near = (actual: number | null, expected: number | null, title: string) => {
  if (expected === null || Number.isNaN(expected)) assert.equal(actual, expected, title)
  else assert.ok(actual !== null && Math.abs(actual - expected) <= 1e-12, `${title}: ${actual}, expected ${expected}`)
}
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
const withNulls = (ranks: Float64Array) => [...ranks].map((rank) => (Number.isNaN(rank) ? null : rank))
const gappy = [3, Number.NaN, 1, null, Number.NaN, 3]
const nan = Number.NaN
const inf = Number.POSITIVE_INFINITY

const scalars: [title: string, actual: number | null, expected: number | null][] = [
  ['P1 the 1 % nearest-rank quantile of 50 values is the lowest', stats.quantileNearest(upTo(50), 0.01), 0],
  ['P1 the 99 % quantile of 50 values is the highest', stats.quantileNearest(upTo(50), 0.99), 49],
  ['P2 a position of one half goes up', stats.quantileNearest(upTo(51), 0.01), 1],
  ['P2 a position of 49.5 goes up', stats.quantileNearest(upTo(51), 0.99), 50],
  ['P3 151 values at 1 %', stats.quantileNearest(upTo(151), 0.01), 2],
  ['P3 151 values at 99 %', stats.quantileNearest(upTo(151), 0.99), 149],
  ['P4 10 values at 25 %', stats.quantileNearest(upTo(10), 0.25), 2],
  ['P4 10 values at 50 %', stats.quantileNearest(upTo(10), 0.5), 5],
  ['P4 10 values at 75 %', stats.quantileNearest(upTo(10), 0.75), 7],
  ['P5 the lowest of values with null and NaN', stats.quantileNearest([1, 2, null, nan, 3], 0), 1],
  ['P5 the median counts NaN and skips null', stats.quantileNearest([1, 2, null, nan, 3], 0.5), 3],
  ['P5 three quarters', stats.quantileNearest([1, 2, null, nan, 3], 0.75), 3],
  ['P5 the highest value is NaN', stats.quantileNearest([1, 2, null, nan, 3], 1), nan],
  ['a quantile of nulls is null', stats.quantileNearest([null], 0.5), null],
  ['P8 compound skips a null', stats.compound([0.1, null]), 0.10000000000000009],
  ['P8 compound of a NaN is NaN', stats.compound([null, nan]), nan],
  ['compound of nothing is 0', stats.compound([]), 0],
  ['P9 the linear 5 % percentile', stats.percentileLinear([4, 2, 3, 1], 0.05), 1.15],
  ['P9 the linear median', stats.percentileLinear([4, 2, 3, 1], 0.5), 2.5],
  ['P9 the linear 95 % percentile', stats.percentileLinear([4, 2, 3, 1], 0.95), 3.85],
  ['the top percentile of infinities is NaN', stats.percentileLinear([inf, inf], 1), nan],
  ['P10 three times one percent', stats.compound([0.01, 0.01, 0.01]), 0.030301],
  ['P10 five times two percent', stats.compound([0.02, 0.02, 0.02, 0.02, 0.02]), 0.1040808032],
  ['the mean skips nulls', stats.mean([1, null, 3]), 2],
  ['the mean of nothing is null', stats.mean([null]), null],
  ['the mean with a NaN is NaN', stats.mean([1, nan]), nan],
  ['the sample deviation divides by n - 1', stats.sampleSd([1, 2, null, 3]), 1],
  ['the sample deviation of one value is null', stats.sampleSd([1, null]), null],
  ['the sample deviation with an infinity is NaN', stats.sampleSd([1, inf]), nan],
  ['the population deviation divides by n', stats.populationSd([1, 3]), 1],
  ['the population deviation of one value is 0', stats.populationSd([5]), 0],
  ['Pearson drops rows with a null on either side', stats.pearson([1, 2, 9, 3, null], [2, 4, null, 6, 1]), 1],
  ['Pearson with a NaN is NaN', stats.pearson([1, nan, 3], [1, 2, 3]), nan],
  ['Pearson of one pair is NaN', stats.pearson([1], [1]), nan],
  ['Pearson of a constant is NaN even where rounding leaves a spread', stats.pearson([0.1, 0.1, 0.1], [1, 2, 3]), nan],
  ['Spearman sees only order', stats.spearman([1, 2, 3, 4], [1, 8, 27, 64]), 1],
  ['Spearman ranks within the joined rows', stats.spearman([5, 1, 2, 3], [null, 3, 2, 1]), -1],
]

for (const [title, actual, expected] of scalars) test(title, () => near(actual, expected, title))

test('P6 average ranks: ties share, null stays null, NaNs tie on top', () =>
  assert.deepEqual(withNulls(stats.averageRanks(gappy)), [2.5, 4.5, 1, null, 4.5, 2.5]))

test('P7 ordinal ranks: ties go by position', () =>
  assert.deepEqual(withNulls(stats.ordinalRanks(gappy)), [2, 4, 1, null, 5, 3]))

test('minus zero and zero tie', () => assert.deepEqual([...stats.averageRanks([0, -0, 1])], [1.5, 1.5, 3]))
