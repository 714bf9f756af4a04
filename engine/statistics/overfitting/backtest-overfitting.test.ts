import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { backtestOverfitting } from './backtest-overfitting.ts'

/** 2 to 6 trials over 16 to 24 rows; returns on a grid, so that ties and constants occur. */
const searches = fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 16, max: 24 })).chain(([trials, rows]) =>
  fc.array(
    fc.array(fc.integer({ min: -3, max: 3 }), { minLength: rows, maxLength: rows }).map((r) => Float64Array.from(r)),
    { minLength: trials, maxLength: trials },
  ),
)

test('PBO is a probability, strictly below no more than at or below, and every logit is finite', () => {
  fc.assert(
    fc.property(searches, (trials) => {
      const { probability, probabilityStrict, logits, lossProbability } = backtestOverfitting(trials, 8)
      assert.ok(probabilityStrict >= 0 && probabilityStrict <= probability && probability <= 1)
      assert.ok(lossProbability >= 0 && lossProbability <= 1)
      assert.ok(logits.every(Number.isFinite))
    }),
  )
})

test('the order of the trials plays no part, ties included', () => {
  fc.assert(
    fc.property(searches, fc.infiniteStream(fc.nat()), (trials, keys) => {
      const key = new Map(trials.map((returns) => [returns, keys.next().value as number]))
      const shuffled = trials.toSorted((a, b) => key.get(a)! - key.get(b)!)
      const [before, after] = [backtestOverfitting(trials, 4), backtestOverfitting(shuffled, 4)]
      assert.equal(after.probability, before.probability)
      before.logits.forEach((logit, k) => {
        assert.ok(Math.abs(logit - after.logits[k]!) < 1e-12)
      })
    }),
  )
})

test('a trial that is best in every block is never overfitted', () => {
  const noise = Float64Array.from({ length: 64 }, (_, t) => Math.sin(t * t))
  const trials = [noise, noise.map((x) => x + 5), noise.map((x) => x - 1)]
  const found = backtestOverfitting(trials, 8)
  assert.equal(found.probability, 0)
  assert.equal(found.lossProbability, 0)
  assert.ok(found.logits.every((logit) => Math.abs(logit - Math.log(3)) < 1e-12))
})

test('trials that are all the same rank in the middle: overfitting cannot be told from skill', () => {
  const returns = Float64Array.from({ length: 32 }, (_, t) => Math.sin(t))
  const found = backtestOverfitting([returns, returns.slice(), returns.slice()], 4)
  assert.equal(found.probability, 1)
  assert.equal(found.probabilityStrict, 0)
})

test('rows that do not divide into the blocks are all used, none twice', () => {
  const one = Float64Array.from({ length: 19 }, (_, t) => Math.cos(t * 3))
  const other = one.map((x, t) => -x * (1 + t / 50))
  assert.equal(backtestOverfitting([one, other], 4).splits, 6)
})

test('16 blocks make 12,870 splits', () => {
  const one = Float64Array.from({ length: 32 }, (_, t) => Math.cos(t * 3))
  assert.equal(backtestOverfitting([one, one.map((x) => x * x)]).splits, 12_870)
})

const wrong: [title: string, trials: number[][], blocks: number, message: RegExp][] = [
  [
    'an odd number of blocks is refused',
    [
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ],
    3,
    /3 blocks are even/,
  ],
  ['more blocks than a computer has time for are refused', [[1], [1]], 22, /from 2 to 20/],
  ['one trial is refused', [[1, 2, 3, 4]], 2, /two trials or more/],
  [
    'trials of unequal length are refused',
    [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
    2,
    /one calendar/,
  ],
  [
    'too few rows are refused',
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
    2,
    /3 rows make 2 blocks/,
  ],
]
for (const [title, trials, blocks, message] of wrong) {
  test(title, () => {
    assert.throws(
      () =>
        backtestOverfitting(
          trials.map((r) => Float64Array.from(r)),
          blocks,
        ),
      message,
    )
  })
}
