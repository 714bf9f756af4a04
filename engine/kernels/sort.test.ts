import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ascendingOrder } from '../stats.ts'
import { createSorter } from './sort.ts'

const anyDouble = fc.double({ noDefaultInfinity: false, noNaN: false })
const tied = fc.constantFrom(0, -0, 1, -1, 0.1, 5e-324, -5e-324)
const squeezed = fc.oneof(fc.double({ min: 0, max: 1e-9, noNaN: true }), fc.constant(1e300))
const sample = fc.oneof(fc.array(anyDouble), fc.array(tied), fc.array(squeezed, { minLength: 100, maxLength: 300 }))

test('a sorter gives the order of a plain comparison, ties by position', () => {
  fc.assert(
    fc.property(sample, (values) => {
      const sorter = createSorter(values.length)
      sorter.sort(Float64Array.from(values), values.length)
      assert.deepEqual(sorter.order, ascendingOrder(values))
      assert.deepEqual(
        Array.from(sorter.sorted, (value) => value + 0),
        Array.from(sorter.order, (at) => values[at]! + 0),
      )
    }),
  )
})

test('a sorter may be used again for a shorter list', () => {
  const sorter = createSorter(4)
  sorter.sort(Float64Array.of(4, 3, 2, 1), 4)
  sorter.sort(Float64Array.of(9, 8), 2)
  assert.deepEqual([...sorter.order.subarray(0, 2)], [1, 0])
})

test('one giant among many small values costs no quadratic time and no order', () => {
  const values = Float64Array.from({ length: 20000 }, (_, i) => ((i * 7919) % 20011) / 1e12)
  values[77] = 1e250
  const sorter = createSorter(values.length)
  sorter.sort(values, values.length)
  assert.deepEqual(sorter.order, ascendingOrder(values))
})
