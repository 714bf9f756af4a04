import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { signalOf } from '../signal.ts'
import { countHits, hitRate } from './hit-rate.ts'
import { createPairs, joinPairs } from './rank-ic.ts'

const six = <T>(values: T[]) => Array<T[]>(6).fill(values).flat()
const nan = Number.NaN

function rate(signal: (number | null)[], returns: (number | null)[]): number {
  const pairs = createPairs(signal.length)
  const clear = Int32Array.from(returns, (value) => (value === null ? 0 : 1))
  joinPairs(signalOf(signal), { values: Float64Array.from(returns, (r) => r ?? nan), clear, horizon: 1 }, pairs)
  return hitRate(countHits(pairs))
}

const cases: [title: string, signal: (number | null)[], returns: (number | null)[], expected: number][] = [
  ['M13 pairs with a zero signal are dropped', six([1, -1, 1, -1, 0]), six([1, 1, -1, -1, 1]), 0.5],
  ['M14 29 pairs are too few', six([1, 1, 1, 1, 1]).slice(1), six([1, 1, 1, 1, 1]).slice(1), nan],
  ['a null drops the pair', [...six([1, 1, 1, 1, 1]), null], [...six([1, 1, 1, 1, -1]), -1], 0.8],
  ['zero returns alone leave nothing to count', six([1, 1, 1, 1, 1]), six([0, 0, 0, 0, 0]), nan],
  ['T35 a NaN signal counts as positive', six([nan, nan, nan, nan, nan]), six([1, -1, 1, -1, 1]), 0.6],
]
for (const [title, signal, returns, expected] of cases) test(title, () => assert.equal(rate(signal, returns), expected))
