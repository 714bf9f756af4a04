import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { coverage, symbolsPerDate, universeCoverage } from './coverage.ts'

const wholes = (...values: number[]) => Int32Array.from(values)

test('coverage is 1, whatever is missing', () => assert.equal(coverage(wholes(40, 0, 40), wholes(3, 0, 40)), 1))
test('a date of nulls only makes coverage NaN', () => assert.equal(coverage(wholes(40, 2), wholes(40, 0)), Number.NaN))
test('no row gives coverage 0', () => assert.equal(coverage(wholes(0), wholes(0)), 0))
test('universe coverage compares with the names that have a price', () =>
  assert.equal(universeCoverage(wholes(10, 30), wholes(40, 40)), 0.5))
test('names per date count rows, nulls included, on the dates that have any', () => {
  assert.equal(symbolsPerDate(wholes(10, 0, 20)), 15)
  assert.equal(symbolsPerDate(wholes(0)), 0)
})
