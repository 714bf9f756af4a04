import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearest } from './nearest.ts'

test('the nearest of ascending values is found, the earlier of two as near', () => {
  const days = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 })
  fc.assert(
    fc.property(days, fc.integer({ min: -1200, max: 1200 }), (unsorted, wanted) => {
      const values = unsorted.toSorted((a, b) => a - b)
      const best = Math.min(...values.map((value) => Math.abs(value - wanted)))
      assert.equal(
        nearest(values, wanted),
        values.findIndex((value) => Math.abs(value - wanted) === best),
      )
    }),
  )
})

test('of nothing, nothing is nearest', () => {
  assert.equal(nearest([], 3), -1)
})
