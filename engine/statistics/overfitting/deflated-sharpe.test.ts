import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { pearson } from '../../stats.ts'
import { effectiveTrials, expectedMaximum, meanPairwiseCorrelation, weighSearch } from './deflated-sharpe.ts'

const trial = Float64Array.of(0.01, -0.02, 0.015, 0, 0.01, 0.004)

test('the expected maximum never falls with the number of trials, whole or not', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }), (a, b) => {
      assert.ok(expectedMaximum(Math.min(a, b)) <= expectedMaximum(Math.max(a, b)))
    }),
  )
})

test('ten copies of one trial are one effective trial, so luck takes nothing away', () => {
  const search = weighSearch(Array.from({ length: 10 }, () => trial))
  assert.ok(Math.abs(search.effectiveTrials - 1) < 1e-12)
  assert.equal(search.variance, 0)
  assert.equal(search.deflated, search.probabilistic)
})

test('trials without correlation are all effective, opposed ones no more than there are', () => {
  assert.equal(effectiveTrials(8, 0), 8)
  assert.equal(effectiveTrials(8, -0.5), 8)
  assert.equal(effectiveTrials(0, 0), 1)
})

test('a trial that does not vary counts as a trial and never wins', () => {
  const search = weighSearch([new Float64Array(6).fill(1), trial, trial.map((r) => r / 2 - 0.001)])
  assert.equal(search.trials, 3)
  assert.equal(search.best, 1)
  assert.ok(Number.isNaN(search.sharpes[0]!))
  assert.ok(Number.isFinite(search.deflated))
})

test('of equal trials the earliest is the best', () => {
  assert.equal(weighSearch([trial, trial]).best, 0)
})

test('a search without a trial that varies has no best and no probability', () => {
  const search = weighSearch([new Float64Array(6)])
  assert.equal(search.best, -1)
  assert.ok(Number.isNaN(search.deflated))
})

test('the mean correlation leaves out what does not vary, and is NaN of one column', () => {
  assert.ok(Math.abs(meanPairwiseCorrelation([trial, new Float64Array(6), trial]) - 1) < 1e-12)
  assert.ok(Number.isNaN(meanPairwiseCorrelation([trial])))
})

test('the mean correlation is that of all pairs', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true })
  const columns = fc.array(fc.array(value, { minLength: 12, maxLength: 12 }), { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(columns, (drawn) => {
      const trials = drawn.map((column) => Float64Array.from(column, (x, t) => x + Math.sin(t)))
      const pairs = trials.flatMap((a, i) => trials.slice(0, i).map((b) => pearson(a, b)))
      const expected = pairs.reduce((total, rho) => total + rho, 0) / pairs.length
      assert.ok(Math.abs(meanPairwiseCorrelation(trials) - expected) < 1e-9)
    }),
  )
})
