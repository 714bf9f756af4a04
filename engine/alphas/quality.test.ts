import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { type FundamentalRows, panelFromRows } from '../panel-from-rows.ts'
import { quality } from './quality.ts'
import { rawSignalOn } from './raw-signal.ts'

const older = dayNumber('2022-12-31')
const latest = dayNumber('2023-12-31')
const dates = ['2024-03-29', '2024-03-30', '2024-06-04']

function raw(statements: FundamentalRows | null, metric: string, date = '2024-06-04') {
  const prices = { permno: dates.map(() => 9), date: dates.map(dayNumber), ret: dates.map(() => 0) }
  return [...rawSignalOn(quality, { metric }, panelFromRows(prices, statements), date)]
}

test('A19 roe divides the latest income by the latest equity; null income is a null, never an older one', () =>
  assert.deepEqual(
    raw(
      { permno: [1, 1, 2, 3], datadate: [older, latest, latest, latest], ceq: [500, 500, -5, 7], ni: [40, null, 1, 2] },
      'roe',
    ),
    [
      [1, null],
      [3, 2 / 7],
    ],
  ))

test('A20 gp divides gross profit by assets; a name without assets has no row', () =>
  assert.deepEqual(
    raw(
      { permno: [1, 2, 3], datadate: [latest, latest, latest], revt: [10, 1, 1], cogs: [5, 1, null], at: [100, 0, 9] },
      'gp',
    ),
    [
      [1, 0.05],
      [3, null],
    ],
  ))

const filed = { permno: [1], datadate: [latest], ceq: [10], ni: [1] }
const visible: [what: string, date: string, availableFrom: string | null, rows: number][] = [
  ['A21 a statement is not known 89 days after its period', '2024-03-29', null, 0],
  ['A21 a statement is known 90 days after its period', '2024-03-30', null, 1],
  ['a statement with a date of its own is known on that date', '2024-03-29', '2024-03-29', 1],
  ['a statement with a later date of its own waits for it', '2024-03-30', '2024-06-04', 0],
]
for (const [what, date, availableFrom, rows] of visible) {
  test(what, () => {
    const from = [availableFrom === null ? null : dayNumber(availableFrom)]
    assert.equal(raw({ ...filed, availableFrom: from }, 'roe', date).length, rows)
  })
}

test('A22 without fundamentals quality has no rows', () => assert.deepEqual(raw(null, 'gp'), []))
