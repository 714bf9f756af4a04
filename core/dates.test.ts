import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { addMonths, dayNumber, formatIsoDate, parseIsoDate } from './dates.ts'

const NO_DATES = [
  '',
  '2015-02-30',
  '2015-13-01',
  '2015-1-2',
  '2015-00-10',
  '15-01-02',
  '2015-01-02T00:00:00Z',
  ' 2015-01-02',
  '2015-01-02\n',
  '+2015-01-02',
  '２０１５-01-02',
]

for (const text of NO_DATES) {
  test(`${JSON.stringify(text)} is no date`, () => assert.equal(parseIsoDate(text), null))
}

test('day 0 is 1 January 1970, and days before it are negative', () => {
  assert.equal(parseIsoDate('1970-01-01'), 0)
  assert.equal(parseIsoDate('1969-12-31'), -1)
})

test('29 February is a date in leap years only', () => {
  assert.equal(parseIsoDate('2016-02-29'), 16860)
  assert.equal(parseIsoDate('2000-02-29'), 11016)
  assert.equal(parseIsoDate('1900-02-29'), null)
  assert.equal(parseIsoDate('2015-02-29'), null)
})

test('a day number and its date name each other', () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 100_000 }), (day) => {
      assert.equal(parseIsoDate(formatIsoDate(day)), day)
      assert.equal(dayNumber(formatIsoDate(day)), day)
    }),
  )
})

test('dates sort as text as they sort as days', () => {
  const day = fc.integer({ min: -200_000, max: 200_000 })
  fc.assert(fc.property(day, day, (a, b) => assert.equal(formatIsoDate(a) < formatIsoDate(b), a < b)))
})

test('what is no date cannot be asked for its day', () => {
  assert.throws(() => dayNumber('yesterday'), /"yesterday" is not a calendar date; write YYYY-MM-DD/)
})

const MONTHS: readonly [from: string, months: number, to: string][] = [
  ['2024-01-31', 1, '2024-02-29'],
  ['2023-01-31', 1, '2023-02-28'],
  ['2024-02-29', 1, '2024-03-29'],
  ['2024-02-29', 12, '2025-02-28'],
  ['2024-12-15', 1, '2025-01-15'],
  ['2024-03-31', -1, '2024-02-29'],
  ['2015-06-30', 0, '2015-06-30'],
]
for (const [from, months, to] of MONTHS) {
  test(`${from} and ${months} months is ${to}`, () => {
    assert.equal(formatIsoDate(addMonths(dayNumber(from), months)), to)
  })
}
