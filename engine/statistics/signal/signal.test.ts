import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { halfLifeOf, icRatio, icSeries, rankAutocorrelation } from './cross-sections.ts'
import { assignBuckets, bucketReturns, bucketTurnover, driftedTurnover, NO_BUCKET } from './quantiles.ts'

const signals = fc.array(fc.option(fc.integer({ min: -5, max: 5 }), { nil: null }), { minLength: 1, maxLength: 40 })

test('a bucket is from 1 to the count, in the order of the signals, and equal signals share one', () => {
  fc.assert(
    fc.property(signals, fc.integer({ min: 2, max: 10 }), (signal, count) => {
      const buckets = assignBuckets(signal, count)
      signal.forEach((a, i) => {
        assert.ok(a === null ? buckets[i] === NO_BUCKET : buckets[i]! >= 1 && buckets[i]! <= count)
        signal.forEach((b, j) => {
          if (a !== null && b !== null && a < b) assert.ok(buckets[i]! <= buckets[j]!)
          if (a === b) assert.equal(buckets[i], buckets[j])
        })
      })
    }),
  )
})

test('ten names without ties make five buckets of two', () => {
  const buckets = assignBuckets([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 5)
  assert.deepEqual(Array.from(buckets), [5, 5, 4, 4, 3, 3, 2, 2, 1, 1])
})

test('dates weigh alike in a bucket, not names', () => {
  const buckets = [Int8Array.of(1, 1, 1, 2), Int8Array.of(1, 2, 2, 2)]
  const { means } = bucketReturns(
    buckets,
    [
      [0.01, 0.01, 0.01, 0],
      [0.05, 0, 0, 0],
    ],
    2,
  )
  assert.ok(Math.abs(means[0]! - 0.03) < 1e-15)
})

test('an empty bucket has no return that day, and the day no spread', () => {
  const { daily, spread, spreadMean } = bucketReturns(
    [Int8Array.of(1, 1), Int8Array.of(1, 2)],
    [
      [1, 2],
      [3, 5],
    ],
    2,
  )
  assert.deepEqual(Array.from(daily), [1.5, Number.NaN, 3, 5])
  assert.deepEqual(Array.from(spread), [Number.NaN, 2])
  assert.equal(spreadMean, 2)
})

test('a bucket that stays has no turnover, one that empties none that could be told', () => {
  const [stay, swap] = [Int8Array.of(1, 2), Int8Array.of(2, 1)]
  assert.deepEqual(Array.from(bucketTurnover([stay, stay, swap, Int8Array.of(2, 2)], 1)), [0, 1, Number.NaN])
})

test('weights that only drift are no turnover', () => {
  // 0.6 and 0.4 after +10 % and -10 %: the book earned 2 %.
  const turnover = driftedTurnover(
    [Float64Array.of(0.6, 0.4), Float64Array.of(0.66 / 1.02, 0.36 / 1.02)],
    [[0.1, -0.1]],
  )
  assert.ok(turnover[0]! < 1e-15)
})

test('an autocorrelation compares the names that both dates have', () => {
  assert.ok(
    Math.abs(
      rankAutocorrelation(
        [
          [1, 2, 3, null],
          [10, 20, null, 5],
          [2, 1, null, null],
        ],
        2,
      )[0]! + 1,
    ) < 1e-15,
  )
})

const halves: [rho: number, life: number][] = [
  [0.5, 1],
  [Math.SQRT1_2, 2],
  [0, 0],
  [-0.3, 0],
  [1, Number.POSITIVE_INFINITY],
]
for (const [rho, life] of halves) {
  test(`an autocorrelation of ${rho.toFixed(2)} halves in ${life} lags`, () => {
    assert.ok(halfLifeOf(rho) === life || Math.abs(halfLifeOf(rho) - life) < 1e-12)
  })
}

test('an IC does not change under a rising function of the signal, and turns with its sign', () => {
  const value = fc.double({ min: -3, max: 3, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 3, maxLength: 20 }), (rows) => {
      const [signal, future] = [rows.map(([x]) => x), rows.map(([, y]) => y)]
      const of = (column: number[]) => icSeries([column], [future]).rankIc[0]!
      fc.pre(!Number.isNaN(of(signal)))
      assert.ok(Math.abs(of(signal.map((x) => 2 * x)) - of(signal)) < 1e-12)
      assert.ok(Math.abs(of(signal.map((x) => -x)) + of(signal)) < 1e-12)
    }),
  )
})

test('coverage counts the signals, pairs what also has a return', () => {
  const { coverage, pairs } = icSeries([[1, 2, null, 4]], [[0.1, null, 0.2, 0.3]])
  assert.equal(coverage[0], 0.75)
  assert.equal(pairs[0], 2)
})

test('one date has no IC ratio', () => assert.ok(Number.isNaN(icRatio(Float64Array.of(0.1)))))
