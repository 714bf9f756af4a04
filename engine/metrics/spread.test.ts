import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { signalOf } from '../signal.ts'
import { createPairs, joinPairs } from './rank-ic.ts'
import { longShortSpread, spreadOfPairs } from './spread.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

function spread(signal: (number | null)[], returns: number[]): number | null {
  const pairs = createPairs(signal.length)
  const day = { values: Float64Array.from(returns), clear: new Int32Array(returns.length).fill(1), horizon: 1 }
  joinPairs(signalOf(signal), day, pairs)
  return spreadOfPairs(pairs)
}

const cases: [title: string, signal: (number | null)[], returns: number[], expected: number][] = [
  ['M15 ten names, one a bucket', upTo(10), upTo(10).map((i) => i / 100), 0.09],
  ['M16 twenty names, two a bucket', upTo(20), upTo(20).map((i) => i / 100), 0.18],
  ['M16 23 names make the low buckets bigger', upTo(23), upTo(23).map((i) => i / 100), 0.205],
  ['M17 three names make three buckets', [1, 2, 3], [0.01, 0.05, 0.02], 0.01],
  ['equal signals fall into buckets by id', [5, 5], [0.01, 0.04], 0.03],
]
for (const [title, signal, returns, expected] of cases) {
  test(title, () => assert.ok(Math.abs(spread(signal, returns)! - expected) < 1e-15))
}

test('M18 one name has no spread', () => assert.equal(spread([1, null], [0.1, 0.2]), null))
test('M18 a mean of exactly zero is NaN, as the reference has it', () =>
  assert.equal(longShortSpread(Float64Array.of(0.1, -0.1)), Number.NaN))
test('no date gives NaN', () => assert.equal(longShortSpread(new Float64Array(0)), Number.NaN))
