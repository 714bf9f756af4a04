import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { timeTicks } from './time-axis.ts'

const labels = (first: string, last: string) => timeTicks(dayNumber(first), dayNumber(last)).map((tick) => tick.label)

const cases: [title: string, first: string, last: string, expected: string[]][] = [
  [
    'one year is labelled by each month as a word',
    '2015-01-02',
    '2015-12-31',
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  ],
  ['over new year, January carries its year', '2014-11-03', '2015-02-27', ['Nov', 'Dec', '2015', 'Feb']],
  [
    'two years are labelled by quarter',
    '2014-01-02',
    '2015-12-31',
    ['2014', 'Apr', 'Jul', 'Oct', '2015', 'Apr', 'Jul', 'Oct'],
  ],
  ['five years are labelled by year', '2013-02-08', '2018-02-07', ['2014', '2015', '2016', '2017', '2018']],
  [
    'a month is labelled by dates',
    '2015-03-02',
    '2015-04-10',
    ['2 Mar', '9 Mar', '16 Mar', '23 Mar', '30 Mar', '6 Apr'],
  ],
  ['a single day is one label', '2015-03-02', '2015-03-02', ['2 Mar']],
]
for (const [title, first, last, expected] of cases) test(title, () => assert.deepEqual(labels(first, last), expected))

test('every tick lies on the axis, and long spans have at most a dozen', () => {
  const [first, last] = [dayNumber('1960-01-04'), dayNumber('2020-12-31')]
  const ticks = timeTicks(first, last)
  assert.ok(ticks.length <= 12 && ticks.every(({ day }) => day >= first && day <= last))
})

test('a narrow chart keeps some labels and drops others', () => {
  const ticks = timeTicks(dayNumber('2015-01-02'), dayNumber('2015-12-31'))
  assert.deepEqual(
    ticks.filter((tick) => tick.main).map((tick) => tick.label),
    ['Jan', 'Apr', 'Jul', 'Oct'],
  )
})
