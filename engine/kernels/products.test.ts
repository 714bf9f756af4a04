import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { createProducts } from './products.ts'

test('arrays of one memory do not overlap and start on multiples of 16 bytes', () => {
  const products = createProducts(400)
  const first = products.doubles(3)
  const second = products.wholes(5)
  first.fill(1)
  second.fill(7)
  assert.deepEqual([...first], [1, 1, 1])
  assert.deepEqual([first.byteOffset % 16, second.byteOffset % 16], [0, 0])
})
