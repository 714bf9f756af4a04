import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SearchSpec } from '../../../core/request.ts'
import { drawIndexes } from './draw-indexes.ts'
import { mersenneTwister } from './mersenne-twister.ts'
import { bestTry, searchSpace } from './search-space.ts'

const grid: SearchSpec = {
  method: 'grid',
  parameters: { a: [1, 2], b: ['x', 'y', 'z'] },
  metric: 'mean_ic',
  iterations: 10,
  seed: 42,
  generator: 'counter',
}
const python = (seed: number, total: number, count: number) => drawIndexes({ seed, total, count }, 'python-mt19937')

test('seed 42 gives the published first outputs of MT19937', () => {
  const next = mersenneTwister(42)
  assert.deepEqual([next(), next(), next()], [0xa3b1799d, 0x1c80317f, 0x06671ad1])
})

test('a seed of more than 32 bits keys with two words', () => {
  // CPython: [random.Random(2**40 + 7).getrandbits(32) for _ in range(2)]
  const next = mersenneTwister(2 ** 40 + 7)
  assert.deepEqual([next(), next()], [2635837658, 3209733218])
})

for (const [title, [seed, total, count], expected] of [
  ['S2: seed 42, 3 values, 2 draws', [42, 3, 2], [2, 0]],
  ['S3: seed 0, 4 of 10', [0, 10, 4], [6, 9, 0, 2]],
  ['S3: seed 1, 5 of 100 by rejection', [1, 100, 5], [17, 72, 97, 8, 32]],
  ['S3: seed 123, 6 of 6', [123, 6, 6], [0, 2, 5, 1, 4, 3]],
  ['S4: seed 7, 4 of 2 with replacement', [7, 2, 4], [0, 0, 1, 0]],
  ['S4: seed 42, 6 of 3 with replacement', [42, 3, 6], [1, 0, 0, 0, 2, 2]],
] as const) {
  test(title, () => assert.deepEqual(python(seed, total, count), expected))
}

test('the counter draws without repeats while there are enough, below the total otherwise', () => {
  const asked = fc.record({ total: fc.integer({ min: 1, max: 60 }), count: fc.integer({ min: 1, max: 80 }) })
  fc.assert(
    fc.property(asked, fc.maxSafeNat(), ({ total, count }, seed) => {
      const drawn = drawIndexes({ total, count, seed }, 'counter')
      assert.equal(drawn.length, count)
      assert.ok(drawn.every((i) => Number.isInteger(i) && i >= 0 && i < total))
      if (count <= total) assert.equal(new Set(drawn).size, count)
    }),
  )
})

test('a longer counter search begins with the tries of a shorter one', () => {
  const draws = { total: 50, seed: 9 }
  const long = drawIndexes({ ...draws, count: 30 }, 'counter')
  assert.deepEqual(drawIndexes({ ...draws, count: 8 }, 'counter'), long.slice(0, 8))
  assert.notDeepEqual(drawIndexes({ ...draws, count: 8, seed: 10 }, 'counter'), long.slice(0, 8))
})

test('every index of a small space comes first about as often', () => {
  const firsts = new Map<number, number>()
  for (let seed = 0; seed < 5000; seed++) {
    const [first] = drawIndexes({ total: 5, count: 1, seed }, 'counter')
    firsts.set(first!, (firsts.get(first!) ?? 0) + 1)
  }
  for (const times of firsts.values()) assert.ok(Math.abs(times - 1000) < 120, String(times))
})

test('a grid changes its rightmost parameter fastest', () => {
  const space = searchSpace(grid)
  assert.deepEqual(space.names, ['a', 'b'])
  assert.deepEqual(space.combinations.slice(0, 4), [
    { a: 1, b: 'x' },
    { a: 1, b: 'y' },
    { a: 1, b: 'z' },
    { a: 2, b: 'x' },
  ])
  assert.deepEqual(space.tries, [0, 1, 2, 3, 4, 5])
})

test('a random search that draws a combination twice holds it once', () => {
  const space = searchSpace({
    ...grid,
    method: 'random',
    parameters: { a: [1, 2, 3] },
    iterations: 6,
    generator: 'python-mt19937',
  })
  assert.deepEqual(space.combinations, [{ a: 2 }, { a: 1 }, { a: 3 }])
  assert.deepEqual(space.tries, [0, 1, 1, 1, 2, 2])
})

for (const [title, change, message] of [
  ['S5: a random search of no iteration', { method: 'random', iterations: 0 }, /at least 1/],
  ['S5: an empty list', { parameters: { a: [1], b: [] } }, /"b" has no value/],
  ['S5: an empty list, at random', { method: 'random', parameters: { a: [] } }, /"a" has no value/],
] as const) {
  test(`${title} is refused`, () => {
    assert.throws(() => searchSpace({ ...grid, ...change }), { code: 'walkforward_invalid', message })
  })
}

for (const method of ['grid', 'random'] as const) {
  test(`S5: ${method} without a parameter is one try with none`, () => {
    const space = searchSpace({ ...grid, method, parameters: {}, iterations: 1 })
    assert.deepEqual(space, { names: [], combinations: [{}], tries: [0] })
  })
}

for (const [title, scores, best] of [
  ['S1: a NaN never wins against a number', [0.1, Number.NaN, 0.3], 2],
  ['S1: without any score the first wins', [Number.NaN, Number.NaN], 0],
  ['a NaN in front gives way', [Number.NaN, -0.3], 1],
  ['of equal scores the earliest wins', [0.1, 0.3, 0.3], 1],
  ['minus infinity is no better than NaN', [Number.NaN, Number.NEGATIVE_INFINITY], 0],
] as const) {
  test(title, () => assert.equal(bestTry(scores), best))
}
