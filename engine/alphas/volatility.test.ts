import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { rawSignalOn } from './raw-signal.ts'
import { volatility } from './volatility.ts'

const days = [9, 10, 11, 12].map((day) => dayNumber('2024-01-01') + day - 1)
const panel = panelFromRows({
  permno: [...days.map(() => 1), ...days.map(() => 2), days.length],
  date: [...days, ...days, days[3]!],
  ret: [0.01, 0, 0.01, 0, 0.04, 0, 0.04, null, 0.5],
})

test('A17 volatility is minus the sample deviation of the returns in the window', () => {
  const raw = rawSignalOn(volatility, { lookbackDays: 3, minObservations: 2 }, panel, '2024-01-12')
  assert.ok(Math.abs(raw.get(1)! + 0.005773502691896258) < 1e-15)
  assert.ok(Math.abs(raw.get(2)! + 0.023094010767585032) < 1e-15)
  assert.equal(raw.has(4), false, 'one return is fewer than minObservations')
})

test('equal returns have no deviation, whatever rounding leaves', () => {
  const flat = panelFromRows({ permno: days.map(() => 1), date: days, ret: days.map(() => 0.1) })
  assert.equal(rawSignalOn(volatility, { lookbackDays: 9, minObservations: 2 }, flat, '2024-01-12').get(1), -0)
})
