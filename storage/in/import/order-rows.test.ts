import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { orderRows, rankIds } from './order-rows.ts'

const rowsOf = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: -20, max: 20 })), { minLength: 1, maxLength: 60 })

test('rows come in (key, date) order and equal ones keep theirs', () => {
  fc.assert(
    fc.property(rowsOf, (rows) => {
      const keys = Int32Array.from(rows, ([key]) => key)
      const dates = Int32Array.from(rows, ([, date]) => date)
      const { order } = orderRows(keys, 6, dates)
      const expected = rows.map((_, row) => row).sort((a, b) => keys[a]! - keys[b]! || dates[a]! - dates[b]! || a - b)
      assert.deepEqual([...(order ?? rows.keys())], expected)
    }),
  )
})

test('rows that stand in order already are not moved', () => {
  assert.equal(orderRows(Int32Array.of(0, 0, 1), 2, Int32Array.of(1, 2, 0)).order, null)
})

test('a row after a later date of its key counts as unsorted, a row of another key does not', () => {
  const { unsorted } = orderRows(Int32Array.of(1, 0, 1, 1), 2, Int32Array.of(5, 3, 4, 6))
  assert.deepEqual(unsorted, { count: 1, rows: [2] })
})

test('ids are ranked by value, whatever their order', () => {
  const { ids, keys } = rankIds(Float64Array.of(30, 10, 30, 20))
  assert.deepEqual([...ids], [10, 20, 30])
  assert.deepEqual([...keys], [2, 0, 2, 1])
})
