import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { deflatedSharpe } from './deflated-sharpe.ts'
import {
  minTrackRecord,
  probabilisticSharpe,
  type SharpeSample,
  sharpeInterval,
  sharpeSample,
} from './probabilistic-sharpe.ts'

/** Moments of some distribution: the kurtosis is at least 1 + skewness². */
const samples: fc.Arbitrary<SharpeSample> = fc
  .record({
    sharpe: fc.double({ min: -1, max: 1, noNaN: true }),
    observations: fc.integer({ min: 2, max: 5000 }),
    skewness: fc.double({ min: -3, max: 3, noNaN: true }),
    excess: fc.double({ min: 0.1, max: 20, noNaN: true }),
  })
  .map(({ excess, ...rest }) => ({ ...rest, kurtosis: 1 + rest.skewness ** 2 + excess }))
const benchmarks = fc.double({ min: -0.5, max: 0.5, noNaN: true })

test('PSR is a probability', () => {
  fc.assert(
    fc.property(samples, benchmarks, (sample, benchmark) => {
      const p = probabilisticSharpe(sample, benchmark)
      assert.ok(p >= 0 && p <= 1, `${p}`)
    }),
  )
})

test('PSR against zero never falls as the ratio rises, while skewness times ratio stays below 2', () => {
  fc.assert(
    fc.property(samples, fc.double({ min: 0, max: 0.5, noNaN: true }), (sample, more) => {
      const higher = { ...sample, sharpe: sample.sharpe + more }
      // Beyond, a longer right tail widens the error faster than the ratio grows: a trait of the formula.
      fc.pre(sample.skewness * sample.sharpe < 2 && sample.skewness * higher.sharpe < 2)
      assert.ok(probabilisticSharpe(higher) >= probabilisticSharpe(sample) - 1e-15)
    }),
  )
})

test('PSR never rises as the benchmark rises', () => {
  fc.assert(
    fc.property(samples, benchmarks, benchmarks, (sample, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      assert.ok(probabilisticSharpe(sample, high) <= probabilisticSharpe(sample, low))
    }),
  )
})

test('DSR of more than one trial is never above PSR against zero', () => {
  const trials = fc.double({ min: 1, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(samples, trials, fc.double({ min: 0, max: 1, noNaN: true }), (sample, n, variance) => {
      assert.ok(deflatedSharpe(sample, n, variance) <= probabilisticSharpe(sample))
    }),
  )
})

test('DSR of one trial is PSR against zero, whatever the variance', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      assert.equal(deflatedSharpe(sample, 1, Number.NaN), probabilisticSharpe(sample))
    }),
  )
})

test('a track record of the least length has PSR 0.95', () => {
  fc.assert(
    fc.property(samples, benchmarks, (sample, benchmark) => {
      fc.pre(sample.sharpe > benchmark + 1e-3)
      const observations = minTrackRecord(sample, benchmark)
      assert.ok(Math.abs(probabilisticSharpe({ ...sample, observations }, benchmark) - 0.95) < 1e-9)
    }),
  )
})

test('no length suffices for a ratio that does not exceed its benchmark', () => {
  assert.equal(minTrackRecord({ sharpe: 0.1, skewness: 0, kurtosis: 3 }, 0.1), Number.POSITIVE_INFINITY)
})

test('an interval of the ratio is in order, holds it, and grows with the level', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const [low, high] = sharpeInterval(sample, 0.9)
      const [lower, higher] = sharpeInterval(sample, 0.99)
      assert.ok(lower <= low && low <= sample.sharpe && sample.sharpe <= high && high <= higher)
    }),
  )
})

test('returns that do not vary, or fewer than two, have no PSR and no least length', () => {
  for (const returns of [[], [0.01], [0.01, 0.01, 0.01]]) {
    const sample = sharpeSample(Float64Array.from(returns))
    assert.ok(Number.isNaN(probabilisticSharpe(sample)), String(returns))
    assert.ok(Number.isNaN(minTrackRecord(sample)), String(returns))
  }
})
