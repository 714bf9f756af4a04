import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { counterWords } from './counter-words.ts'
import { drawCircular, drawDays, drawPermutation, drawStationary } from './draw.ts'
import type { RandomWords } from './kernels.ts'
import { numpyWords } from './numpy-words.ts'

const SEED = fc.nat({ max: 2 ** 31 })
const DAYS = fc.integer({ min: 1, max: 60 })

function opened(seed: number): RandomWords {
  const words = counterWords(seed, 12)
  words.open(0)
  return words
}

function picked(days: number, draw: (picks: Int32Array) => void): number[] {
  const picks = new Int32Array(days).fill(-1)
  draw(picks)
  return [...picks]
}

test('every draw lies inside the days, and a permutation holds each day once', () => {
  fc.assert(
    fc.property(SEED, DAYS, fc.integer({ min: 1, max: 70 }), (seed, days, length) => {
      const draws = [
        picked(days, (picks) => drawDays(opened(seed), picks, days)),
        picked(days, (picks) => drawCircular(opened(seed), picks, length)),
        picked(days, (picks) => drawStationary(opened(seed), picks, length)),
      ]
      for (const day of draws.flat()) assert.ok(day >= 0 && day < days)
      const order = picked(days, (picks) => drawPermutation(opened(seed), picks))
      assert.deepEqual(
        order.sort((a, b) => a - b),
        Array.from({ length: days }, (_, i) => i),
      )
    }),
  )
})

for (const [generator, open] of [
  ['counter', opened],
  ['numpy', (seed: number) => numpyWords(seed, 12)],
] as const) {
  test(`blocks of one day draw what single days draw, with the ${generator} generator`, () => {
    fc.assert(
      fc.property(SEED, DAYS, (seed, days) => {
        const single = picked(days, (picks) => drawDays(open(seed), picks, days))
        const circular = picked(days, (picks) => drawCircular(open(seed), picks, 1))
        const stationary = picked(days, (picks) => drawStationary(open(seed), picks, 1))
        assert.deepEqual([circular, stationary], [single, single])
      }),
    )
  })
}

test('circular blocks run on from their start, over the end, and the last is cut', () => {
  fc.assert(
    fc.property(SEED, DAYS, fc.integer({ min: 1, max: 70 }), (seed, days, length) => {
      const picks = picked(days, (into) => drawCircular(opened(seed), into, length))
      for (let i = 1; i < days; i++) if (i % length !== 0) assert.equal(picks[i], (picks[i - 1]! + 1) % days)
    }),
  )
})

/** Words from uniform numbers, as the index rule of the statistics checks gives them. */
function wordsOf(uniforms: readonly number[]): RandomWords {
  const chunk = Uint32Array.from(uniforms, (u) => u * 2 ** 32)
  return { chunk, next: 0, refill: () => assert.fail('no more words') }
}

test('the published index rule: steps (a, b) start a block at floor(12 b) when a < 1/4', () => {
  const uniforms = [
    0.2069, 0.9182, 0.511, 0.633, 0.5099, 0.7853, 0.9297, 0.4389, 0.6661, 0.5398, 0.1165, 0.7669, 0.9996, 0.2609,
    0.6377, 0.0297, 0.9138, 0.0966, 0.0275, 0.8679, 0.3004, 0.4902, 0.7593, 0.6502,
  ]
  const starts = uniforms.filter((_, i) => i % 2 === 1)
  const jumps = uniforms.filter((_, i) => i % 2 === 0).slice(1)
  const picks = picked(12, (into) => drawStationary(wordsOf([...starts, ...jumps]), into, 4))
  assert.deepEqual(picks, [11, 0, 1, 2, 3, 9, 10, 11, 0, 10, 11, 0])
})

test('every day is drawn equally often, first and last too', () => {
  const days = 7
  const paths = 20000
  const draws = {
    days: (words: RandomWords, picks: Int32Array) => drawDays(words, picks, days),
    permutation: drawPermutation,
    circular: (words: RandomWords, picks: Int32Array) => drawCircular(words, picks, 3),
    stationary: (words: RandomWords, picks: Int32Array) => drawStationary(words, picks, 2.5),
  }
  const words = counterWords(1, 32)
  const picks = new Int32Array(days)
  for (const [name, draw] of Object.entries(draws)) {
    const counts = new Float64Array(days)
    for (let path = 0; path < paths; path++) {
      words.open(path)
      draw(words, picks)
      // One place of the path, so that blocks do not make the counts depend on each other.
      counts[picks[path % days]!]!++
    }
    const expected = paths / days
    const chiSquare = counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0)
    // The 99.99 % point of chi-square with six degrees of freedom.
    assert.ok(chiSquare < 27.86, `${name}: ${chiSquare}`)
  }
})
