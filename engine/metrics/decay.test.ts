import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { decayRate, halfLife, meanOfValid } from './decay.ts'

const nan = Number.NaN
const lives: [title: string, horizons: number[], ic: number[], expected: number | null][] = [
  ['M21 half is met at a point', [1, 5, 10], [0.1, 0.05, 0.02], 5],
  ['M21 half lies between two points', [1, 5, 10], [0.5, 0.4, 0.2], 8.75],
  ['M21 half is never reached', [1, 5, 10], [0.5, 0.45, 0.4], null],
  ['M22 a gap before the crossing is not interpolated across', [1, 5, 10], [0.5, nan, 0.2], 10],
  ['M23 a first value below zero has no half', [1, 5], [-0.1, 0.3], null],
  ['M23 one point is no curve', [1], [0.3], null],
  ['M24 a fall through zero', [1, 2], [0.1, -0.1], 1.25],
  ['M24 a rise first', [1, 5, 10, 20], [0.1, 0.2, 0.04, 0.01], 9.6875],
  ['a first value of NaN has no half', [1, 5], [nan, 0.1], null],
]
for (const [title, horizons, ic, expected] of lives) {
  test(title, () => {
    const actual = halfLife(horizons, ic)
    assert.ok(actual === expected || Math.abs(actual! - expected!) < 1e-12, `${actual}`)
  })
}

const rates: [title: string, horizons: number[], ic: number[], expected: number | null][] = [
  ['M25 an exponential gives its own rate', [1, 5, 10], [1, 5, 10].map((h) => 0.1 * Math.exp(-0.05 * h)), 0.05],
  ['M25 a fit through three points', [1, 2, 4], [0.4, 0.2, 0.1], 0.4455946160742507],
  ['a rising curve does not decay', [1, 2], [0.1, 0.2], 0],
  ['one positive point is no fit', [1, 2], [0.1, -0.2], null],
]
for (const [title, horizons, ic, expected] of rates) {
  test(title, () => {
    const actual = decayRate(horizons, ic)
    assert.ok(actual === expected || Math.abs(actual! - expected!) < 1e-12, `${actual}`)
  })
}

test('the mean of a horizon skips NaN dates', () => {
  assert.equal(meanOfValid(Float64Array.of(1, nan, 2)), 1.5)
  assert.equal(meanOfValid(Float64Array.of(nan)), nan)
})
