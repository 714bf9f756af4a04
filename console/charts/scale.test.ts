import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { extentOf, linearScale, logScale, MOST_TICKS, padded, tickDigits, ticksOf } from './scale.ts'

const ticks: [title: string, interval: [number, number], expected: number[]][] = [
  ['returns get steps of five percent', [-0.03, 0.1], [0, 0.05, 0.1]],
  ['an interval around zero has zero among its ticks', [-0.47, 0.46], [-0.4, -0.2, 0, 0.2, 0.4]],
  ['an interval without width has one tick', [3, 3], [3]],
  ['large numbers get round steps', [0, 488], [0, 100, 200, 300, 400]],
]
for (const [title, interval, expected] of ticks) test(title, () => assert.deepEqual(ticksOf(interval), expected))

const interval = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
  .map(([low, width]): [number, number] => [low, low + width])
  .filter(([low, high]) => high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)))

test('ticks lie inside any interval, ascend, and are at most five', () => {
  fc.assert(
    fc.property(interval, ([low, high]) => {
      const found = ticksOf([low, high])
      const slack = (high - low) * 1e-6 + Math.abs(low) * 1e-9
      assert.ok(found.length <= MOST_TICKS)
      assert.ok(found.every((tick, i) => tick >= low - slack && tick <= high + slack && !(tick <= found[i - 1]!)))
    }),
  )
})

test('a linear scale maps the ends of its domain onto the ends of its range', () => {
  fc.assert(
    fc.property(interval, (domain) => {
      const scale = linearScale(domain, [200, 8])
      assert.ok(Math.abs(scale(domain[0]) - 200) < 1e-6 && Math.abs(scale(domain[1]) - 8) < 1e-3)
    }),
  )
})

test('a domain without width stands in the middle', () => {
  assert.equal(linearScale([0.5, 0.5], [0, 100])(0.5), 50)
})

test('a log scale puts equal ratios at equal distances', () => {
  const x = logScale([1, 100], [0, 1000])
  assert.ok(Math.abs(x(10) - 500) < 1e-9)
})

test('an extent ignores what is not finite', () => {
  assert.deepEqual(extentOf([[NaN, 2, Infinity], [-1]]), [-1, 2])
  assert.equal(extentOf([[NaN], []]), null)
})

test('padding leaves a side that stands on zero on zero', () => {
  assert.deepEqual(padded([0, 1], 0.1), [0, 1.1])
  assert.deepEqual(padded([0, 0]), [-1, 1])
  assert.deepEqual(padded([0, 5e-324]), [-1, 1])
})

const digits: [title: string, values: number[], factor: number, expected: number][] = [
  ['whole percents need no digit', [0, 0.05, 0.1], 100, 0],
  ['half percents need one', [0, 0.005, 0.01], 100, 1],
  ['steps of 0.02 need two', [0, 0.02], 1, 2],
  ['steps of a hundred need none', [0, 100], 1, 0],
]
for (const [title, values, factor, expected] of digits) {
  test(`axis digits: ${title}`, () => assert.equal(tickDigits(values, factor), expected))
}
