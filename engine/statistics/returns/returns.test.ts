import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { captureRatios, fitBenchmark, informationRatio, trackingError } from './benchmark.ts'
import { calmarRatio, deepestFall, martinRatio, underWater } from './drawdown.ts'
import { annualGrowth, loScaledSharpe, ratePerPeriod, sharpePerPeriod, sortinoPerPeriod } from './growth.ts'
import { gainToPain, moments, omegaRatio, shareOfGains, tailLoss, tailRatio } from './tail.ts'

const of = (...values: number[]) => Float64Array.from(values)
const series = fc
  .array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 2, maxLength: 60 })
  .map((values) => Float64Array.from(values))

/** What a figure is where its formula divides by nothing. */
const edges: [title: string, value: number, expected: number][] = [
  ['no return has no growth a year', annualGrowth(of()), Number.NaN],
  ['ruin is a growth of -1, whatever comes after', annualGrowth(of(-1, 0.5)), -1],
  ['a loss beyond everything is ruin too', annualGrowth(of(-1.2, 0.1)), -1],
  ['a rate of nothing is nothing a period', ratePerPeriod(0), 0],
  ['one return has no Sharpe ratio', sharpePerPeriod(of(0.01)), Number.NaN],
  ['returns that do not vary have no Sharpe ratio', sharpePerPeriod(of(0.1, 0.1, 0.1)), Number.NaN],
  ['returns without a loss have no Sortino ratio', sortinoPerPeriod(of(0.01, 0.02)), Number.NaN],
  ['no return has no Sortino ratio', sortinoPerPeriod(of()), Number.NaN],
  ['a ratio of one period scales to itself', loScaledSharpe(of(0.01, -0.02, 0.03), 1).factor, 1],
  ['wealth that never falls has no Calmar ratio', calmarRatio(of(0.01, 0.02)), Number.NaN],
  ['wealth that never falls has no Martin ratio', martinRatio(of(0.01, 0.02)), Number.NaN],
  ['wealth that never falls has depth 0', deepestFall(of(0.01, 0.02)).depth, 0],
  ['no return has no ulcer index', underWater(of()).ulcer, Number.NaN],
  ['returns without a loss have an infinite omega', omegaRatio(of(0.01, 0.02)), Number.POSITIVE_INFINITY],
  ['returns of zero have no omega', omegaRatio(of(0, 0)), Number.NaN],
  ['returns without a loss have an infinite gain to pain', gainToPain(of(0.01)), Number.POSITIVE_INFINITY],
  ['no return has no tail ratio', tailRatio(of()), Number.NaN],
  ['zero is no gain', shareOfGains(of(0, 0.01)), 0.5],
  ['no return has no value at risk', tailLoss(of()).varHistorical, Number.NaN],
  ['three values have no excess kurtosis of a sample', moments(of(1, 2, 4)).sampleExcessKurtosis, Number.NaN],
  ['two values have no skewness of a sample', moments(of(1, 2)).sampleSkewness, Number.NaN],
  ['returns that do not vary have no skewness', moments(of(0.1, 0.1, 0.1)).skewness, Number.NaN],
  ['a benchmark that does not vary has no beta', fitBenchmark(of(1, 2, 3), of(0, 0, 0), 1).beta, Number.NaN],
  ['no up day has no up capture', captureRatios(of(0.01, 0.02), of(-0.01, -0.02)).up, Number.NaN],
  ['one return has no information ratio', informationRatio(of(0.01), of(0)), Number.NaN],
  ['the benchmark itself has no tracking error', trackingError(of(0.01, -0.02), of(0.01, -0.02)), 0],
]
for (const [title, value, expected] of edges) test(title, () => assert.equal(value, expected))

test('a fall that wealth never came back from has no recovery', () => {
  assert.deepEqual(deepestFall(of(0.1, -0.5, 0.2)), { depth: -0.5, peak: 1, trough: 2, recovery: null })
})

test('a recovery exactly to the peak counts', () => {
  assert.deepEqual(deepestFall(of(-0.5, 1)), { depth: -0.5, peak: 0, trough: 1, recovery: 2 })
})

test('the deepest fall is no shallower than the pain, the ulcer lies between', () => {
  fc.assert(
    fc.property(series, (returns) => {
      const { ulcer, pain, share } = underWater(returns)
      const depth = -deepestFall(returns).depth
      assert.ok(pain <= ulcer + 1e-12 && ulcer <= depth + 1e-12 && share >= 0 && share <= 1)
    }),
  )
})

test('expected shortfall is never better than value at risk', () => {
  fc.assert(
    fc.property(series, (returns) => {
      const loss = tailLoss(returns, 0.1)
      assert.ok(loss.cvarHistorical <= loss.varHistorical + 1e-15)
      assert.ok(loss.cvarFractional <= loss.varHistorical + 1e-15)
      assert.ok(!(loss.cvarGaussian > loss.varGaussian))
    }),
  )
})

test('part of a day counts in part: the worst 2.5 of 5 days', () => {
  const { cvarFractional } = tailLoss(of(-5, -3, -1, 2, 4), 0.5)
  assert.ok(Math.abs(cvarFractional - (-5 - 3 - 0.5) / 2.5) < 1e-15)
})

test('twice the benchmark and a little has beta 2 and that little as alpha', () => {
  fc.assert(
    fc.property(series, (benchmark) => {
      fc.pre(new Set(benchmark.map((b) => Math.round(b * 100))).size > 1)
      const { alpha, beta, r2 } = fitBenchmark(
        benchmark.map((b) => 2 * b + 0.001),
        benchmark,
        1,
      )
      assert.ok(Math.abs(alpha - 0.001) < 1e-9 && Math.abs(beta - 2) < 1e-9 && r2 > 1 - 1e-9)
    }),
  )
})

test('columns of unequal length are refused', () => {
  assert.throws(() => fitBenchmark(of(1, 2), of(1), 0), /same dates/)
  assert.throws(() => captureRatios(of(1, 2), of(1)), /same dates/)
  assert.throws(() => trackingError(of(1, 2), of(1)), /same dates/)
})
