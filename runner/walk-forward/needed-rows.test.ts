import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Walk } from '../../engine/walk-forward/plan-walk.ts'
import { newUnitQueue } from '../units/queue.ts'
import { neededRows } from './needed-rows.ts'

/** Windows on the rows from 100 on: train and test spans by their first row and length. */
function walkOf(spans: readonly (readonly [train: readonly [number, number], test: readonly [number, number]])[]) {
  const windows = spans.map(([train, test], id) => ({
    id,
    train: { first: 100 + train[0], count: train[1] },
    test: { first: 100 + test[0], count: test[1] },
  }))
  return { windows, rows: { first: 100, count: 50 } } as unknown as Walk
}

const WALK = walkOf([
  [
    [0, 10],
    [10, 5],
  ],
  [
    [5, 10],
    [17, 3],
  ],
  [
    [30, 10],
    [40, 10],
  ],
])

const CASES: readonly [title: string, wanted: readonly number[], range: [number, number], rows: number[][]][] = [
  [
    'all of them',
    [0, 1, 2],
    [0, 50],
    [
      [0, 15],
      [17, 20],
      [30, 50],
    ],
  ],
  [
    'a window alone, without the days between its spans',
    [1],
    [0, 50],
    [
      [5, 15],
      [17, 20],
    ],
  ],
  [
    'a turn in the middle',
    [0, 1, 2],
    [12, 35],
    [
      [12, 15],
      [17, 20],
      [30, 35],
    ],
  ],
  ['a turn that none needs', [0, 1], [20, 50], []],
  ['no window', [], [0, 50], []],
]
for (const [title, wanted, range, rows] of CASES) {
  test(`rows that windows need: ${title}`, () => {
    assert.deepEqual(
      neededRows(
        WALK,
        newUnitQueue(3, (unit) => wanted.includes(unit)),
        range,
      ),
      rows,
    )
  })
}

test('the rows of any turns are the days of the windows, each once and in order', () => {
  const span = fc.tuple(fc.nat(49), fc.integer({ min: 1, max: 20 }))
  const windows = fc.array(fc.tuple(span, span), { maxLength: 5 })
  fc.assert(
    fc.property(windows, fc.integer({ min: 1, max: 80 }), (spans, turn) => {
      const queue = newUnitQueue(spans.length, () => true)
      const found: number[] = []
      for (let from = 0; from < 50; from += turn) {
        for (const [first, end] of neededRows(walkOf(spans), queue, [from, Math.min(50, from + turn)])) {
          for (let row = first; row < end; row++) found.push(row)
        }
      }
      const days = spans.flat().flatMap(([first, count]) => Array.from({ length: count }, (_, k) => first + k))
      const wanted = [...new Set(days)].filter((row) => row < 50).toSorted((a, b) => a - b)
      assert.deepEqual(found, wanted)
    }),
  )
})
