import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { dropUnit, isQueued, newUnitQueue, takeUnit } from './queue.ts'

function rest(queue: ReturnType<typeof newUnitQueue>): number[] {
  const taken: number[] = []
  for (let unit = takeUnit(queue); unit !== null; unit = takeUnit(queue)) taken.push(unit)
  return taken
}

test('an index takes its own units, in their order, each once', () => {
  for (const index of [0, 1, 2]) {
    const queue = newUnitQueue(8, (unit) => unit % 3 === index)
    assert.deepEqual(
      rest(queue),
      [0, 1, 2, 3, 4, 5, 6, 7].filter((unit) => unit % 3 === index),
    )
    assert.equal(takeUnit(queue), null)
  }
})

test('a unit that waits can be dropped once, one that was taken or is another index’s cannot', () => {
  const queue = newUnitQueue(3, (unit) => unit !== 2)
  assert.equal(takeUnit(queue), 0)
  assert.deepEqual(
    [0, 1, 1, 2].map((unit) => dropUnit(queue, unit)),
    [false, true, false, false],
  )
  assert.deepEqual(
    [0, 1, 2].map((unit) => isQueued(queue, unit)),
    [true, false, false],
  )
  assert.deepEqual(rest(queue), [])
})

test('whatever is dropped between takes, every unit is taken or dropped, never both', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(9), { nil: null }), { maxLength: 40 }), (acts) => {
      const queue = newUnitQueue(10, () => true)
      const [taken, dropped]: [number[], number[]] = [[], []]
      for (const act of acts) {
        if (act !== null && dropUnit(queue, act)) dropped.push(act)
        const unit = act === null ? takeUnit(queue) : null
        if (unit !== null) taken.push(unit)
      }
      const all = [...taken, ...rest(queue), ...dropped]
      assert.deepEqual(
        all.toSorted((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      )
    }),
  )
})
