import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { momentum } from './momentum.ts'
import { rawSignalOn } from './raw-signal.ts'

const first = dayNumber('2024-01-01')
const days = Array.from({ length: 12 }, (_, i) => first + i)

function raw(parameters: { lookbackDays: number; skipDays: number }, ret: (day: number) => number | null) {
  const panel = panelFromRows({ permno: days.map(() => 7), date: days, ret: days.map((_, i) => ret(i + 1)) })
  return rawSignalOn(momentum, parameters, panel, '2024-01-12').get(7)
}

test('the last return that counts is the one skipDays before the date', () => {
  const spike = (on: number) => raw({ lookbackDays: 8, skipDays: 3 }, (day) => (day === on ? 1 : 0))
  assert.deepEqual([3, 4, 9, 10].map(spike), [0, 1, 1, 0])
})

test('a name needs returns on half as many days as the lookback has', () => {
  const onDays = (n: number) => raw({ lookbackDays: 10, skipDays: 0 }, (day) => (day > 12 - n ? 0.1 : null))
  assert.equal(onDays(4), undefined)
  assert.ok(Math.abs(onDays(5)! - (1.1 ** 5 - 1)) < 1e-12)
})

test('a skip beyond the lookback leaves an empty window and no signal', () =>
  assert.equal(
    raw({ lookbackDays: 5, skipDays: 9 }, () => 0.1),
    undefined,
  ))
