import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { createStream } from './splitmix64.ts'

const MASK = (1n << 64n) - 1n

/** splitmix64 as its authors print it, on BigInt. */
function reference(state: bigint, k: number): bigint {
  let z = (state + (BigInt(k) + 1n) * 0x9e3779b97f4a7c15n) & MASK
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
  return z ^ (z >> 31n)
}

const natural = fc.integer({ min: 0, max: 2 ** 51 })

test('a uniform draw is the upper 53 bits of splitmix64, for any seed, stream and position', () => {
  fc.assert(
    fc.property(natural, natural, natural, (seed, stream, k) => {
      const expected = Number(reference(reference(BigInt(seed), stream), k) >> 11n) * 2 ** -53
      assert.equal(createStream(seed, stream).uniform(k), expected)
    }),
  )
})

test('the first output of the published generator for state 0 is the published one', () => {
  assert.equal(reference(0n, 0), 0xe220a8397b1dcdafn)
})

test('normal draws have mean 0 and variance 1', () => {
  const stream = createStream(1, 2)
  const draws = Array.from({ length: 100_000 }, (_, k) => stream.normal(k))
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
  const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length
  assert.ok(Math.abs(mean) < 0.01 && Math.abs(variance - 1) < 0.02, `${mean} ${variance}`)
})
