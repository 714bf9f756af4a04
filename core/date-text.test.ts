import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dateRangeText, dateText, durationText } from './date-text.ts'
import { dayNumber } from './dates.ts'

test('a date has its month as a word', () => {
  assert.equal(dateText(dayNumber('2015-01-02')), '2 Jan 2015')
})

test('a range inside one year names the year once', () => {
  assert.equal(dateRangeText(dayNumber('2015-01-02'), dayNumber('2015-12-31')), '2 Jan to 31 Dec 2015')
})

test('a range over two years names both', () => {
  assert.equal(dateRangeText(dayNumber('2014-12-31'), dayNumber('2015-01-02')), '31 Dec 2014 to 2 Jan 2015')
})

const durations: [milliseconds: number, text: string][] = [
  [412, '0.4 s'],
  [9_960, '10 s'],
  [59_600, '1 min 0 s'],
  [185_000, '3 min 5 s'],
  [3_725_000, '1 h 2 min'],
]
for (const [milliseconds, text] of durations) {
  test(`${milliseconds} ms is ${text}`, () => assert.equal(durationText(milliseconds), text))
}
