import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CELL } from '../result.ts'
import { annualizedTurnover, averageTurnover, dailyTurnover } from './turnover.ts'

/** Weights by date, null for no row. */
function turnover(days: (number | null)[][]): { daily: number[]; average: number } {
  const flat = days.flat()
  const weights = {
    values: Float64Array.from(flat, (weight) => weight ?? 0),
    state: Uint8Array.from(flat, (weight) => (weight === null ? CELL.absent : CELL.value)),
  }
  const { values } = dailyTurnover(weights, Int32Array.from(days.keys()))
  return { daily: [...values], average: averageTurnover(values) }
}
const rounded = (values: number[]) => values.map((value) => Math.round(value * 1e12) / 1e12)

test('M26 half the absolute changes, from cash on the first date', () => {
  const { daily, average } = turnover([
    [0.5, -0.5, null],
    [0.5, null, -0.5],
    [0.25, -0.25, null],
  ])
  assert.deepEqual(daily, [0.5, 0.5, 0.5])
  assert.equal(average, 0.5)
  assert.equal(annualizedTurnover(average), 126)
})

test('M27 the first date is left out of the average', () => {
  const { daily, average } = turnover([
    [0.5, -0.5],
    [0.3, -0.3],
  ])
  assert.deepEqual(rounded(daily), [0.5, 0.2])
  assert.deepEqual(rounded([average]), [0.2])
})

test('M28 one date has an average of 0', () => assert.deepEqual(turnover([[0.5, -0.5]]), { daily: [0.5], average: 0 }))

test('T14 a date without any weight row does not exist', () =>
  assert.deepEqual(
    turnover([
      [0.5, -0.5],
      [null, null],
      [0.5, -0.5],
    ]).daily,
    [0.5, 0],
  ))
