import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { calendarOf } from './calendar.ts'

const dates = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 40 })

test('a calendar holds each day once, ascending, and finds its place', () => {
  fc.assert(
    fc.property(dates, (rows) => {
      const { days, indexOf } = calendarOf(Int32Array.from(rows))
      assert.deepEqual(
        [...days],
        [...new Set(rows)].sort((a, b) => a - b),
      )
      for (const day of rows) assert.equal(days[indexOf(day)], day)
    }),
  )
})

test('the first trading day from any day on is the smallest that is not before it', () => {
  fc.assert(
    fc.property(dates, fc.integer({ min: -310, max: 310 }), (rows, day) => {
      const { days, firstFrom } = calendarOf(Int32Array.from(rows))
      const expected = [...days].findIndex((trading) => trading >= day)
      assert.equal(firstFrom(day), expected < 0 ? days.length : expected)
    }),
  )
})
