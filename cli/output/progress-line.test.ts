import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import type { AttemptProgress } from '../../core/outcome.ts'
import { plainStyle, type Terminal } from '../terminal.ts'
import { progressLine } from './progress-line.ts'

function recorder(interactive: boolean, columns = 120) {
  const notes: string[] = []
  const moving: string[] = []
  const terminal: Terminal = {
    out: () => {},
    note: (text) => notes.push(text),
    moving: (text) => moving.push(text),
    interactive,
    columns,
    style: plainStyle,
    noteStyle: plainStyle,
  }
  return { notes, moving, terminal }
}

const computing = (done: number): AttemptProgress => ({
  percent: 20 + Math.round((done / 1000) * 70),
  stage: 'computing',
  date: dayNumber('2015-01-02') + done,
  done,
  total: 1000,
})

test('on a terminal there is one line with bar, percentage, date, rate and time left, gone when done', () => {
  let now = 0
  const { terminal, moving, notes } = recorder(true)
  const line = progressLine(terminal, { name: 'mom', quiet: false, monotonic: () => now })
  line.show(computing(0))
  now = 2_000
  line.show(computing(500))
  line.done()
  assert.equal(
    moving[1],
    '━━━━━━━━━━━━━──────────  55%  mom  computing 2016-05-16  250 dates a second, 2.0 s left'.replace(
      '──────────',
      '───────────',
    ),
  )
  assert.deepEqual([moving.at(-1), notes], ['', []])
})

test('a narrow terminal gets a line that cannot wrap', () => {
  const { terminal, moving } = recorder(true, 50)
  const line = progressLine(terminal, { name: 'a-long-name-of-a-backtest', quiet: false, monotonic: () => 0 })
  line.show(computing(500))
  assert.ok([...moving[0]!].length < 50, `${[...moving[0]!].length} columns`)
})

test('elsewhere plain lines come from two seconds on, ten seconds apart', () => {
  let now = 0
  const { terminal, notes } = recorder(false)
  const line = progressLine(terminal, { name: 'mom', quiet: false, monotonic: () => now })
  for (now = 0; now < 23_000; now += 500) line.show(computing(now / 100))
  assert.deepEqual(
    notes.map((note) => note.split(',')[0]),
    ['mom: computing 2015-01-22', 'mom: computing 2015-05-02', 'mom: computing 2015-08-10'],
  )
})

test('quiet prints no plain line', () => {
  const { terminal, notes } = recorder(false)
  let now = 0
  const line = progressLine(terminal, { name: 'mom', quiet: true, monotonic: () => now })
  for (now = 0; now < 30_000; now += 1000) line.show(computing(10))
  assert.deepEqual(notes, [])
})
