import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { rawSignalOn } from './raw-signal.ts'
import { value } from './value.ts'

const day = (text: string) => dayNumber(text)
const prices = {
  permno: [1, 1, 2, 3],
  date: [day('2024-06-03'), day('2024-06-04'), day('2024-06-03'), day('2024-06-04')],
  ret: [0, 0, 0, 0],
  prc: [-99, -12, 10, 10],
  shrout: [100, 100, 100, null],
}
const statements = {
  permno: [1, 1, 2, 3],
  datadate: [day('2022-12-31'), day('2023-12-31'), day('2023-12-31'), day('2023-12-31')],
  ceq: [77, 500, -5, 500],
}

test('A18 value is the latest equity over the latest absolute capitalisation, where both are positive', () =>
  assert.deepEqual([...rawSignalOn(value, {}, panelFromRows(prices, statements), '2024-06-04')], [[1, 500 / 1200]]))

test('A22 without fundamentals value has no rows', () =>
  assert.equal(rawSignalOn(value, {}, panelFromRows(prices), '2024-06-04').size, 0))

test('a name whose last price is old keeps it', () => {
  const raw = rawSignalOn(value, {}, panelFromRows(prices, { ...statements, ceq: [77, 500, 50, 500] }), '2024-06-04')
  assert.equal(raw.get(2), 0.05)
})
