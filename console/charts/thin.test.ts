import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { MOST_POINTS, thin } from './thin.ts'

test('nothing is left out up to 2,500 points', () => {
  assert.equal(thin(MOST_POINTS, [new Float64Array(MOST_POINTS)]).length, MOST_POINTS)
})

test('beyond, at most as many points remain, both ends and every extreme among them', () => {
  const column = fc.array(fc.double({ noNaN: true }), { minLength: 50, maxLength: 400 })
  fc.assert(
    fc.property(column, (values) => {
      const kept = thin(values.length, [values], 40)
      assert.ok(values.length <= 40 || kept.length <= 40)
      const shown = kept.map((i) => values[i]!)
      assert.equal(Math.max(...shown), Math.max(...values))
      assert.equal(Math.min(...shown), Math.min(...values))
      assert.deepEqual([kept[0], kept.at(-1)], [0, values.length - 1])
      assert.ok(kept.every((index, i) => i === 0 || index > kept[i - 1]!))
    }),
  )
})
