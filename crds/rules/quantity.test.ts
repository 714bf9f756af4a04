import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { parseQuantity } from './quantity.ts'

const VALUES: readonly [quantity: string | number, value: number][] = [
  ['1', 1],
  [2, 2],
  ['100m', 0.1],
  ['1500m', 1.5],
  ['0.5', 0.5],
  ['1k', 1000],
  ['4Gi', 4_294_967_296],
  ['0.5Gi', 536_870_912],
  ['512Mi', 536_870_912],
  ['1Ti', 1_099_511_627_776],
  ['1G', 1_000_000_000],
]
for (const [quantity, value] of VALUES) {
  test(`${JSON.stringify(quantity)} is ${value}`, () => assert.equal(parseQuantity(quantity), value))
}

for (const text of ['', 'lots', '-1', '+1', '1 Gi', '1gi', '1KB', '1e3', '.5', '5.', '1Gi2', 'NaN', '1\n']) {
  test(`${JSON.stringify(text)} is no quantity`, () => assert.ok(Number.isNaN(parseQuantity(text))))
}
