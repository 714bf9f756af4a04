import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { areaPath, barsPath, linePath } from './path.ts'

test('a line breaks at a day without a value and goes on after it', () => {
  assert.equal(linePath([0, 1, 2, 3, 4], [5, 6, NaN, 7, 8]), 'M0 5L1 6M3 7L4 8')
})

test('a point too far away to be drawn breaks the line like a missing one', () => {
  assert.equal(linePath([0, 1, 2], [5, -1e308, 6]), 'M0 5h0M2 6h0')
})

test('a lone point is drawn as a dot', () => {
  assert.equal(linePath([0, 1, 2], [NaN, 6, NaN]), 'M1 6h0')
})

test('nothing finite draws nothing', () => {
  assert.equal(linePath([0, 1], [NaN, NaN]), '')
  assert.equal(areaPath([], [], 3), '')
})

test('an area closes on its base line', () => {
  assert.equal(areaPath([0, 10], [4, NaN], 2), 'M0 2L0 4L10 2L10 2Z')
})

test('bars above and below the base are two paths', () => {
  const bars = { x: [10, 20], y: [5, 15], base: 10, width: 4 }
  assert.equal(barsPath(bars, 'above'), 'M8 10V5h4V10Z')
  assert.equal(barsPath(bars, 'below'), 'M18 10V15h4V10Z')
})
