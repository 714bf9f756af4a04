import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { counterRandom } from '../laws/random-rows.ts'
import { weighSearch } from './weigh-search.ts'

const weigh = (series: readonly Float64Array[], chosen: number) => weighSearch({ series, chosen, tried: series.length })

/** About normal daily scores: a sum of uniform numbers. */
function noise(seed: number): () => number {
  const below = counterRandom(seed)
  return () => Array.from({ length: 12 }, () => below(2 ** 20) / 2 ** 20).reduce((sum, u) => sum + u, -6)
}

function trialsOf(count: number, { days = 120, mean = 0, seed = 1 } = {}): Float64Array[] {
  const next = noise(seed)
  return Array.from({ length: count }, (_, c) =>
    Float64Array.from({ length: days }, () => 0.1 * next() + (c === 0 ? mean : 0)),
  )
}

test('a single trial has nothing to deflate and nothing to overfit', () => {
  const found = weigh(trialsOf(1, { mean: 0.05 }), 0)
  assert.deepEqual([found.trials, found.effectiveTrials, found.expectedBest], [1, 1, 0])
  assert.equal(found.deflated, found.probabilistic)
  assert.deepEqual([found.overfittingProbability, found.blocks], [null, 0])
})

test('the best of a hundred noise trials looks skilled alone, and not once they are counted', () => {
  const trials = trialsOf(100)
  const means = trials.map((trial) => trial.reduce((sum, x) => sum + x, 0))
  const found = weigh(trials, means.indexOf(Math.max(...means)))
  assert.ok(found.probabilistic! > 0.95 && found.deflated! < 0.95, `${found.probabilistic} ${found.deflated}`)
})

test('a planted trial stands out among noise', () => {
  const found = weigh(trialsOf(20, { mean: 0.08 }), 0)
  assert.ok(found.deflated! > 0.99, String(found.deflated))
  assert.equal(found.overfittingProbability, 0)
})

test('over many searches among noise, the best of one half is as often in the lower half of the other', () => {
  const shares = Array.from({ length: 20 }, (_, seed) => {
    return weigh(trialsOf(10, { days: 64, seed: 50 + seed }), 0).overfittingProbability!
  })
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  assert.ok(Math.abs(mean - 0.5) < 0.15, String(mean))
})

test('trials that could not win count as chances of luck', () => {
  const series = trialsOf(10, { mean: 0.02 })
  const more = weighSearch({ series, chosen: 0, tried: 40 })
  assert.equal(more.trials, 40)
  assert.ok(more.expectedBest! > weigh(series, 0).expectedBest!)
})

test('days on which a trial has no score are left out for all', () => {
  const trials = trialsOf(3)
  trials[1]![7] = Number.NaN
  trials[2]![90] = Number.NaN
  assert.equal(weigh(trials, 0).days, 118)
})

for (const [days, count, blocks] of [
  [120, 3, 16],
  [24, 3, 12],
  [3, 3, 0],
  [120, 1500, 12],
] as const) {
  test(`${count} trials of ${days} days are cut into ${blocks} blocks`, () => {
    assert.equal(weigh(trialsOf(count, { days }), 0).blocks, blocks)
  })
}

test('scores that never vary leave what is not defined null', () => {
  const found = weigh([new Float64Array(60), new Float64Array(60)], 0)
  assert.deepEqual([found.sharpe, found.probabilistic, found.deflated, found.meanCorrelation], [null, null, null, null])
})
