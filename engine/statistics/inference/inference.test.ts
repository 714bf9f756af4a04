import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { sampleSd } from '../../stats.ts'
import { sharpeDifference } from '../overfitting/sharpe-difference.ts'
import { type Adjustment, adjustP } from './adjusted-p.ts'
import { hacLag, hacMean, longRunCovariance, overlapFacts, plainT, plugInBandwidth } from './hac.ts'

const ADJUSTMENTS: readonly Adjustment[] = ['bonferroni', 'holm', 'benjamini-hochberg', 'benjamini-yekutieli']
const family = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 })
const waves = Float64Array.from({ length: 60 }, (_, t) => Math.sin(t * t) + 0.3)

for (const adjustment of ADJUSTMENTS) {
  test(`${adjustment}: a p never falls, never exceeds 1, and keeps its place among the others`, () => {
    fc.assert(
      fc.property(family, (values) => {
        const p = Float64Array.from(values)
        const adjusted = adjustP(p, adjustment)
        p.forEach((value, i) => {
          assert.ok(adjusted[i]! >= value - 1e-15 && adjusted[i]! <= 1)
          p.forEach((other, j) => {
            if (value < other) assert.ok(adjusted[i]! <= adjusted[j]!)
          })
        })
      }),
    )
  })

  test(`${adjustment}: one test alone stays as it is`, () => {
    assert.deepEqual(adjustP(Float64Array.of(0.03), adjustment), Float64Array.of(0.03))
  })
}

test('labels of a day do not overlap, of 21 days they do, and one in 21 stands alone', () => {
  assert.equal(overlapFacts(waves, 1).overlaps, false)
  const { overlaps, disjoint, lag, disjointT } = overlapFacts(waves, 21)
  assert.deepEqual([overlaps, disjoint, lag], [true, 3, 20])
  assert.equal(disjointT, plainT(Float64Array.of(waves[0]!, waves[21]!, waves[42]!)))
})

test('the lag covers the overlap of labels, however short the series', () => {
  assert.equal(hacLag(10, 63), 62)
  assert.equal(hacLag(252, 1), 4)
})

test('with lag 0 and the small-sample factor a HAC t is the plain t', () => {
  assert.ok(Math.abs(hacMean(waves, 0).tSmallSample - plainT(waves)) < 1e-12)
})

test('a constant has no t, no p and no bandwidth', () => {
  const flat = new Float64Array(20)
  assert.ok(Number.isNaN(hacMean(flat, 2).t) && Number.isNaN(hacMean(flat, 2).p))
  assert.ok(Number.isNaN(plainT(flat)) && Number.isNaN(plugInBandwidth(flat)))
})

test('at lag 0 the covariance of scores is their mean product', () => {
  const covariance = longRunCovariance([Float64Array.of(1, 2), Float64Array.of(3, -1)], 0)
  assert.deepEqual(Array.from(covariance), [2.5, 0.5, 0.5, 5])
})

test('a run does not differ from itself, and a difference turns with the order', () => {
  const other = waves.map((x, t) => x * 0.5 + Math.cos(t * t * t))
  assert.equal(sharpeDifference(waves, waves, 3).difference, 0)
  const [one, two] = [sharpeDifference(waves, other, 3), sharpeDifference(other, waves, 3)]
  assert.ok(Math.abs(one.t + two.t) < 1e-12 && Math.abs(one.p - two.p) < 1e-12)
  assert.ok(sampleSd(other)! > 0)
})

test('a Sharpe ratio does not change with the size of the bet, nor does its difference to another', () => {
  const other = waves.map((x, t) => x * 0.5 + Math.cos(t * t * t))
  const [one, two] = [
    sharpeDifference(waves, other, 3),
    sharpeDifference(
      waves.map((x) => 7 * x),
      other,
      3,
    ),
  ]
  assert.ok(Math.abs(one.t - two.t) < 1e-9)
})
