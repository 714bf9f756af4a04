import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CELL } from '../../engine/result.ts'
import { sampleResult } from '../../test/contract/sample-result.ts'
import { bookOfWeights } from './book.ts'

test('book and turnover from the rows equal those of the dense grid, bit for bit', () => {
  const { weights, dates, permnos, book, turnover } = sampleResult({ days: 40, names: 23 })
  const rows: [number, number, number][] = []
  for (const [cell, state] of weights.state.entries()) {
    if (state === CELL.absent) continue
    const [k, i] = [Math.floor(cell / permnos.length), cell % permnos.length]
    rows.push([dates[k] as number, permnos[i] as number, weights.values[cell] as number])
  }
  const found = bookOfWeights({
    date: Int32Array.from(rows, ([date]) => date),
    permno: Float64Array.from(rows, ([, permno]) => permno),
    weight: Float64Array.from(rows, ([, , weight]) => weight),
  })
  assert.deepEqual(found, { book, turnover })
})

test('a name that leaves counts with the weight it had, and the first date with half its gross', () => {
  const { turnover } = bookOfWeights({
    date: Int32Array.of(1, 1, 2),
    permno: Float64Array.of(10, 20, 20),
    weight: Float64Array.of(0.5, -0.5, -0.25),
  })
  assert.deepEqual([...turnover.values], [0.5, 0.375])
})

test('no rows give no dates', () => {
  const empty = { date: new Int32Array(0), permno: new Float64Array(0), weight: new Float64Array(0) }
  assert.equal(bookOfWeights(empty).book.dates.length, 0)
})
