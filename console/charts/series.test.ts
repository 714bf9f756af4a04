import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayNumber } from '../../core/dates.ts'
import { compoundPath, drawdownPath, histogram, monthMeans, rollingMean, runningSum, worstDrawdown } from './series.ts'

const near = (actual: ArrayLike<number>, expected: number[]) => {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) assert.ok(Number.isNaN(actual[i]), `at ${i}: ${actual[i]}`)
    else assert.ok(Math.abs(actual[i]! - value) < 1e-12, `at ${i}: ${actual[i]} is not ${value}`)
  })
}

test('returns compound, and a day without one leaves a gap but no loss', () => {
  near(compoundPath([0.1, NaN, 0.1]), [0.1, NaN, 0.21])
})

test('the drawdown counts a loss on the first day from the wealth before it', () => {
  near(drawdownPath(compoundPath([-0.1, 0.05])), [-0.1, -0.055])
})

test('a drawdown is never above zero, and zero at every new peak', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 1 }), (returns) => {
      const path = compoundPath(returns)
      assert.ok(drawdownPath(path).every((value, i) => value <= 0 && (value < 0 || path[i]! >= -1e-12)))
    }),
  )
})

test('the worst drawdown names its peak, its trough and its recovery', () => {
  const path = compoundPath([0.1, -0.1, -0.1, 0.3])
  const worst = worstDrawdown([1, 2, 3, 4], path)!
  assert.ok(Math.abs(worst.depth + 0.19) < 1e-12)
  assert.deepEqual([worst.peak, worst.trough, worst.recovery], [1, 3, 4])
})

test('a drawdown from the start has no peak day, and one that lasts has no recovery', () => {
  const worst = worstDrawdown([1, 2], compoundPath([-0.1, -0.1]))!
  assert.deepEqual([worst.peak, worst.trough, worst.recovery], [null, 2, null])
})

test('wealth that only rises has no drawdown', () => {
  assert.equal(worstDrawdown([1, 2], compoundPath([0.1, 0])), null)
})

test('a rolling mean waits until it has all its days, and skips days without a value', () => {
  near(rollingMean([1, 2, 3, NaN, 5], 3), [NaN, NaN, 2, 2.5, 4])
})

test('a rolling mean is absent where fewer than half of its days have a value', () => {
  near(rollingMean([NaN, NaN, 1, 2], 3), [NaN, NaN, NaN, 1.5])
})

test('a running sum passes over a day without a value', () => {
  near(runningSum([1, NaN, 2], 0.5), [0.5, NaN, 1.5])
})

test('a histogram counts every finite value once', () => {
  const values = fc.array(fc.double({ min: -1, max: 1 }))
  fc.assert(
    fc.property(values, (numbers) => {
      const total = histogram(numbers, 0.05).reduce((sum, bin) => sum + bin.count, 0)
      assert.equal(total, numbers.filter(Number.isFinite).length)
    }),
  )
})

test('a value on an edge of two bins belongs to the upper one', () => {
  const [bin] = histogram([0.5], 0.5)
  assert.deepEqual(bin, { low: 0.5, high: 1, count: 1 })
})

test('month means leave out days without a value and keep months that have none', () => {
  const days = ['2015-01-30', '2015-02-02', '2015-02-03', '2015-03-02'].map(dayNumber)
  const months = monthMeans(days, [0.2, 0.1, 0.3, NaN])
  assert.deepEqual(
    months.map(({ year, month, days: count }) => [year, month, count]),
    [
      [2015, 0, 1],
      [2015, 1, 2],
      [2015, 2, 0],
    ],
  )
  assert.ok(Math.abs(months[1]!.mean - 0.2) < 1e-12 && Number.isNaN(months[2]!.mean))
})
