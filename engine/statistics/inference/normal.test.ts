import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { normalCdf, normalQuantile, twoSidedP } from './normal.ts'

const inside = fc.double({ min: 1e-300, max: 0.5, noNaN: true })

test('Phi of its inverse is the probability again, down to 1e-300, within 1e-12 of it', () => {
  fc.assert(
    fc.property(inside, (p) => {
      assert.ok(Math.abs(normalCdf(normalQuantile(p)) / p - 1) < 1e-12, `${normalCdf(normalQuantile(p))}`)
    }),
  )
})

test('the inverse at 1 - p is the negative of the inverse at p', () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -20, max: 0.5, noNaN: true }), (p) => {
      assert.ok(Math.abs(normalQuantile(1 - p) + normalQuantile(p)) < 1e-9)
    }),
  )
})

test('Phi never falls, across the seams of its two methods too', () => {
  const steps = Array.from({ length: 4001 }, (_, k) => (k - 2000) / 50)
  const seams = [-1.5, 1.5].flatMap((x) => [x - 1e-9, x, x + 1e-9])
  const values = [...steps, ...seams].sort((a, b) => a - b).map(normalCdf)
  values.slice(1).forEach((value, k) => {
    assert.ok(value >= values[k]!, `${k}: ${value} after ${values[k]}`)
  })
})

test('both methods agree where they meet', () => {
  assert.ok(Math.abs(normalCdf(1.5) - normalCdf(1.5 - 1e-15)) < 1e-15)
  // Abramowitz & Stegun, table 26.1.
  assert.ok(Math.abs(normalCdf(1.5) - 0.933192798731142) < 1e-15)
})

const ends: [title: string, value: number, expected: number][] = [
  ['Phi of minus infinity is 0', normalCdf(Number.NEGATIVE_INFINITY), 0],
  ['Phi of infinity is 1', normalCdf(Number.POSITIVE_INFINITY), 1],
  ['Phi of NaN is NaN', normalCdf(Number.NaN), Number.NaN],
  ['the inverse of 0 is minus infinity', normalQuantile(0), Number.NEGATIVE_INFINITY],
  ['the inverse of 1 is infinity', normalQuantile(1), Number.POSITIVE_INFINITY],
  ['the inverse of a half is 0', normalQuantile(0.5), 0],
  ['the inverse below 0 is NaN', normalQuantile(-0.1), Number.NaN],
  ['the inverse above 1 is NaN', normalQuantile(1.1), Number.NaN],
  ['the inverse of NaN is NaN', normalQuantile(Number.NaN), Number.NaN],
  ['a statistic of 0 has p 1', twoSidedP(0), 1],
]
for (const [title, value, expected] of ends) test(title, () => assert.equal(value, expected))
