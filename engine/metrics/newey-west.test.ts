import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { closeEnough } from '../../test/golden/compare.ts'
import statistics from '../../test/golden/statistics-checks.json' with { type: 'json' }
import { neweyWest, neweyWestLag } from './newey-west.ts'

const SAMPLE = [0.1, 0.05, 0.2, -0.05, 0]

const cases: [lag: number, t: number][] = [
  [0, 1.5596257347301092],
  [1, 1.8463723646899914],
]
for (const [lag, t] of cases) {
  test(`the worked example with ${lag} lags has t ${t}`, () => {
    assert.ok(closeEnough(neweyWest(SAMPLE, lag).t, t))
  })
}

for (const id of ['hac.ic_L0', 'hac.ic_L3', 'hac.ic_L5', 'hac.ar1_100']) {
  test(`${id} of the statistics checks agrees with statsmodels`, () => {
    const check = statistics.checks.find((candidate) => candidate.id === id)!
    const { mean, se, t } = check.expected as unknown as { mean: number; se: number; t: number }
    const series = statistics.data[(check.inputs as { x: 'ic_48' | 'x_ar1_100' }).x]
    const got = neweyWest(series, (check.params as { lags: number }).lags)
    assert.ok(closeEnough(got.mean, mean), `mean ${got.mean}`)
    assert.ok(closeEnough(got.standardError, se), `standard error ${got.standardError}`)
    assert.ok(closeEnough(got.t, t), `t ${got.t}`)
  })
}

test('days without a number are left out and the series closes up', () => {
  assert.deepEqual(neweyWest([0.1, Number.NaN, 0.05, 0.2, Number.POSITIVE_INFINITY, -0.05, 0], 1), neweyWest(SAMPLE, 1))
})

test('a series without spread has no t', () => {
  const got = neweyWest([0.05, 0.05, 0.05], 1)
  assert.ok(closeEnough(got.mean, 0.05))
  assert.ok(Number.isNaN(got.standardError) && Number.isNaN(got.t))
})

test('one value has a mean and no standard error, none has neither', () => {
  assert.equal(neweyWest([0.3], 4).mean, 0.3)
  assert.ok(Number.isNaN(neweyWest([0.3], 4).t))
  assert.equal(neweyWest([], 4).n, 0)
  assert.ok(Number.isNaN(neweyWest([], 4).mean))
})

test('more lags than the series has are cut to its length less one', () => {
  assert.equal(neweyWest(SAMPLE, 19).lag, 4)
})

test('the lag of single-day labels follows the rule of thumb', () => {
  assert.deepEqual(
    [48, 100, 252, 1250, 2520].map((n) => neweyWestLag(n, 1)),
    [3, 4, 4, 7, 8],
  )
})

test('the lag of overlapping labels is their overlap', () => {
  assert.equal(neweyWestLag(2520, 21), 20)
})
