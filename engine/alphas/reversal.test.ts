import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { momentum } from './momentum.ts'
import { rawSignalOn } from './raw-signal.ts'
import { reversal } from './reversal.ts'

/** Name 1 earns 1 % on 1 to 12 January; name 2 earns 2 % to the 11th and has a null on the 12th. */
const first = dayNumber('2024-01-01')
const days = Array.from({ length: 12 }, (_, i) => first + i)
const panel = panelFromRows({
  permno: [...days.map(() => 1), ...days.map(() => 2)],
  date: [...days, ...days],
  ret: [...days.map(() => 0.01), ...days.map((day) => (day === first + 11 ? null : 0.02))],
})

const near = (actual: Map<number, number | null>, expected: [number, number][]) => {
  assert.deepEqual(
    [...actual.keys()],
    expected.map(([permno]) => permno),
  )
  for (const [permno, value] of expected) assert.ok(Math.abs(actual.get(permno)! - value) < 1e-12, `${permno}`)
}

test('A14 reversal is minus the compound return of the window, both ends included, nulls skipped', () =>
  near(rawSignalOn(reversal, { lookbackDays: 11 }, panel, '2024-01-12'), [
    [1, -0.12682503013196977],
    [2, -0.24337430839465246],
  ]))

test('A15 eleven returns are enough for a lookback of 22', () =>
  near(rawSignalOn(reversal, { lookbackDays: 22 }, panel, '2024-01-12'), [
    [1, -0.12682503013196977],
    [2, -0.24337430839465246],
  ]))

test('eleven returns are too few for a lookback of 23', () =>
  assert.deepEqual([...rawSignalOn(reversal, { lookbackDays: 23 }, panel, '2024-01-12').keys()], [1]))

test('A16 momentum runs from the lookback to the skip, both ends included', () =>
  near(rawSignalOn(momentum, { lookbackDays: 10, skipDays: 3 }, panel, '2024-01-12'), [
    [1, 0.08285670562808001],
    [2, 0.17165938100226574],
  ]))
