import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { driftsOf } from './verdict.ts'

const TOLERANCE = { relative: 0.001, absolute: 0.000001 }

const cases: readonly [title: string, golden: number | null, actual: number | null, drifts: boolean][] = [
  ['the same number agrees', 0.0252, 0.0252, false],
  ['0.08 % passes', 1, 1.0008, false],
  ['0.1 % is the bound', 1, 1.001, false],
  ['4 % fails', 1, 1.04, true],
  ['the tolerance is of the golden, not of the larger one', 1, 0.9989, true],
  ['the absolute floor holds near zero', 0, 0.000001, false],
  ['above the floor near zero fails', 0, 0.0000011, true],
  ['signs matter', 0.1, -0.1, true],
  ['null equals null', null, null, false],
  ['a NaN of the result is a null', null, Number.NaN, false],
  ['a number where the golden has null fails', null, 0, true],
  ['a null where the golden has a number fails', 0, null, true],
  ['a NaN where the golden has a number fails', 0.5, Number.NaN, true],
  ['equal infinities agree', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false],
]
for (const [title, golden, actual, drifts] of cases) {
  test(title, () => assert.equal(driftsOf({ icir: golden }, { icir: actual }, () => TOLERANCE).length > 0, drifts))
}

test('a metric that only one side has is a drift that names it', () => {
  const found = driftsOf({ icir: 1, gone: 2 }, { icir: 1, extra: 3 }, () => TOLERANCE)
  assert.deepEqual(
    found.map(({ metric, expected, actual }) => [metric, expected, actual]),
    [
      ['gone', 2, undefined],
      ['extra', undefined, 3],
    ],
  )
})

test('a drift says by how much, and what was allowed', () => {
  const [drift] = driftsOf({ icir: 2 }, { icir: 2.5 }, () => TOLERANCE)
  assert.deepEqual([drift?.relativeDifference, drift?.allowed], [0.25, 0.002])
})

test('a metric may have a tolerance of its own', () => {
  const own = (metric: string) => (metric === 'icir' ? { relative: 1, absolute: 0 } : TOLERANCE)
  assert.deepEqual(
    driftsOf({ icir: 1, mean_ic: 1 }, { icir: 1.5, mean_ic: 1.5 }, own).map(({ metric }) => metric),
    ['mean_ic'],
  )
})
