import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../core/dates.ts'
import type { Backtest } from '../core/request.ts'
import { computeAll } from './compute.ts'
import { panelFromRows } from './panel-from-rows.ts'

const DAYS = 30

/** Warnings of a reversal run over so many names whose return on a day is given. */
function warningsOf(names: number, ret: (name: number, day: number) => number): Map<string, string> {
  const cells = Array.from({ length: names * DAYS }, (_, cell) => [cell % names, Math.floor(cell / names)] as const)
  const panel = panelFromRows({
    permno: cells.map(([name]) => name + 1),
    date: cells.map(([, day]) => dayNumber('2024-01-01') + day),
    ret: cells.map(([name, day]) => ret(name, day)),
  })
  const backtest: Backtest = {
    dataset: 'test',
    snapshotId: null,
    alpha: { name: 'reversal', parameters: { lookbackDays: 3, winsorizePct: 0 } },
    startDate: '2024-01-10',
    endDate: '2024-01-20',
    weightMethod: 'zscore',
    decayHorizons: [1],
    costModel: null,
    quantiles: null,
  }
  return new Map(computeAll(backtest, panel).warnings.map(({ code, message }) => [code, message]))
}

const plain = (name: number, day: number) => ((name * 7 + day * 11) % 41) / 1000

test('a run on good data has nothing to say', () => assert.deepEqual([...warningsOf(40, plain)], []))

test('days with signals for too few names are counted', () =>
  assert.match(warningsOf(20, plain).get('thin_days')!, /^11 of 11 days have signals for fewer than 30 names/))

test('days on which all signals are equal are counted', () => {
  const said = warningsOf(40, () => 0.01)
  assert.match(said.get('flat_signal')!, /^On 11 of 11 days all names have the same signal/)
  assert.match(said.get('ic_not_a_number')!, /^11 daily ICs are not a number/)
})

test('the most extreme signal is named with its date', () => {
  const said = warningsOf(60, (name, day) => (name === 5 && day === 14 ? 5 : plain(name, day)))
  assert.match(said.get('extreme_signal')!, /7\.\d standard deviations from the mean on 2024-01-1[5-8]/)
})
