import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { countWindows, trainOverlap } from './walk-forward.ts'

const YEAR_AND_QUARTER = { trainMonths: 12, testMonths: 3, stepMonths: 3, minTrainDays: 252 }

const COUNTS: readonly [start: string, end: string, change: object, count: number, shortest: number][] = [
  ['2014-01-01', '2015-03-31', {}, 1, 365],
  ['2014-01-01', '2015-03-30', {}, 0, Number.POSITIVE_INFINITY],
  ['2014-01-01', '2015-06-30', {}, 2, 365],
  ['2014-03-03', '2018-02-06', {}, 11, 365],
  ['2015-06-01', '2018-12-31', { stepMonths: 12 }, 3, 365],
  // A clamped cursor stays clamped: 31 January, 29 February, 29 March.
  ['2024-01-31', '2024-06-30', { trainMonths: 1, testMonths: 1, stepMonths: 1 }, 4, 29],
]
for (const [start, end, change, count, shortest] of COUNTS) {
  test(`${count} windows fit from ${start} to ${end} with ${JSON.stringify(change)}`, () => {
    const found = countWindows({ ...YEAR_AND_QUARTER, ...change }, dayNumber(start), dayNumber(end))
    assert.deepEqual(found, { count, shortestTrainDays: shortest })
  })
}

test('train windows overlap by what the step leaves of them', () => {
  assert.match(trainOverlap({ trainMonths: 12, stepMonths: 3 }) ?? '', /share 9 of 12 months/)
  assert.equal(trainOverlap({ trainMonths: 12, stepMonths: 12 }), undefined)
})
