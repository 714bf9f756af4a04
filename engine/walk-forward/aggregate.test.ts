import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { aggregateWindows, parameterStability, walkForwardEfficiency } from './aggregate.ts'

const NONE = Number.NaN
const aggregate = (...pairs: [number, number][]) =>
  aggregateWindows(
    pairs.map(([trainIc, testIc]) => ({ trainIc, testIc })),
    2,
  )

for (const [title, pairs, [testIc, testIcir, ratio, overfit]] of [
  [
    'F6: two sound windows',
    [
      [0.2, 0.1],
      [0.3, 0.2],
    ],
    [0.15, 3, 1.6666666666666665, false],
  ],
  [
    'F7: a ratio of 2.0 is not above 2',
    [
      [0.2, 0.1],
      [0.3, NONE],
    ],
    [0.1, NONE, 2, false],
  ],
  ['F8: the ratio is blind to sign', [[0.05, -0.05]], [-0.05, NONE, 1, false]],
  ['F9: a test mean of 0 leaves it undetermined', [[0.2, 0]], [0, NONE, NONE, false]],
  ['F9: no valid window', [[0.1, NONE]], [NONE, NONE, NONE, false]],
  [
    'F10: equal windows have no spread',
    [
      [0.06, 0.02],
      [0.06, 0.02],
    ],
    [0.02, NONE, 3, true],
  ],
  [
    'F11: a NaN train window stays in the test mean',
    [
      [NONE, 0.1],
      [0.3, 0.2],
    ],
    [0.15, 3, 2, false],
  ],
] as [string, [number, number][], [number, number, number, boolean]][]) {
  test(title, () => {
    const got = aggregate(...pairs)
    for (const [name, value, expected] of [
      ['testIc', got.testIc, testIc],
      ['testIcir', got.testIcir, testIcir],
      ['ratio', got.overfittingRatio, ratio],
    ] as const) {
      assert.ok(Object.is(value, expected) || Math.abs(value - expected) <= 1e-12, `${name} ${value}`)
    }
    assert.equal(got.isOverfit, overfit)
  })
}

test('T13: degradation and the sign flip see what the ratio does not', () => {
  const got = aggregate([0.05, -0.05])
  assert.deepEqual([got.degradation, got.signFlip, got.signFlipShare, got.positiveWindows], [2, true, 1, 0])
})

test('a train mean at or below 0 has nothing to degrade', () => {
  assert.equal(aggregate([-0.1, 0.1]).degradation, null)
  assert.equal(aggregate([0, 0.1]).degradation, null)
  assert.equal(aggregate([NONE, 0.1]).degradation, null)
})

test('NaN windows are listed and counted nowhere else', () => {
  const got = aggregate([0.1, 0.2], [0.3, NONE], [0.1, -0.1], [NONE, NONE])
  assert.deepEqual(got.nanWindows, [1, 3])
  assert.deepEqual([got.validWindows, got.positiveWindows, got.signFlipShare], [2, 0.5, 0.5])
})

test('stability counts values, the usual one and the changes', () => {
  const choices = [
    { a: 5, b: 'x' },
    { a: 10, b: 'x' },
    { a: 10, b: 'x' },
    { a: 5, b: 'x' },
  ]
  assert.deepEqual(parameterStability(['a', 'b'], choices), [
    { name: 'a', usual: 5, usualShare: 0.5, distinct: 2, changeShare: 2 / 3 },
    { name: 'b', usual: 'x', usualShare: 1, distinct: 1, changeShare: 0 },
  ])
  assert.equal(parameterStability(['a'], [{ a: 1 }])[0]!.changeShare, null)
  assert.deepEqual(parameterStability(['a'], []), [])
})

test('efficiency needs a gain in sample', () => {
  assert.equal(walkForwardEfficiency([-0.1, 0.05], [0.1]), null)
  assert.equal(walkForwardEfficiency([], []), null)
  assert.equal(walkForwardEfficiency([0.2], [0.1]), 0.5)
})
