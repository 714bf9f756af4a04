import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { addMonths, dayNumber, formatIsoDate } from '../../core/dates.ts'
import { separateWindows, type Window, walkWindows } from './windows.ts'

const months = (trainMonths: number, testMonths: number, stepMonths: number, minTrainDays: number) => ({
  trainMonths,
  testMonths,
  stepMonths,
  minTrainDays,
})
const span = (from: number, to: number) => `${formatIsoDate(from)}..${formatIsoDate(to)}`
const train = (window: Window | undefined) => span(window!.trainStart, window!.trainEnd)
const tested = (window: Window | undefined) => span(window!.testStart, window!.testEnd)

test('F1: 12/3/3 over two years gives four windows, the last one whole', () => {
  const windows = walkWindows(months(12, 3, 3, 252), '2020-01-01', '2021-12-31')
  assert.equal(windows.length, 4)
  assert.equal(train(windows[0]), '2020-01-01..2020-12-31')
  assert.equal(tested(windows[0]), '2021-01-01..2021-03-31')
  assert.equal(tested(windows[3]), '2021-10-01..2021-12-31')
})

test('F2: a day clamped to the end of February stays clamped', () => {
  const windows = walkWindows(months(1, 1, 1, 1), '2024-01-31', '2024-06-30')
  assert.deepEqual(
    windows.map((window) => formatIsoDate(window.trainStart)),
    ['2024-01-31', '2024-02-29', '2024-03-29', '2024-04-29'],
  )
  assert.equal(formatIsoDate(windows[0]!.trainEnd), '2024-02-28')
  assert.equal(tested(windows[0]), '2024-02-29..2024-03-28')
})

test('a cursor clamped in February does not test a day twice', () => {
  const windows = walkWindows(months(1, 2, 2, 1), '2013-12-29', '2014-06-30')
  assert.deepEqual(windows.map(tested), ['2014-01-29..2014-03-28', '2014-03-29..2014-05-27'])
  assert.equal(formatIsoDate(windows[1]!.trainEnd), '2014-03-27')
})

test('F3: 6/3/6 over two years gives three windows', () => {
  const windows = walkWindows(months(6, 3, 6, 10), '2024-01-15', '2025-12-31')
  assert.equal(windows.length, 3)
  assert.equal(train(windows[1]), '2024-07-15..2025-01-14')
})

test('F4: a leap year has the 366 days that another year lacks', () => {
  assert.equal(walkWindows(months(12, 3, 3, 366), '2020-01-01', '2021-03-31').length, 1)
  assert.throws(() => walkWindows(months(12, 3, 3, 366), '2021-01-01', '2022-03-31'), {
    code: 'walkforward_invalid',
    message: /365 calendar days, below minTrainDays 366/,
  })
})

test('F5: a step below the test span is refused', () => {
  assert.throws(() => walkWindows(months(12, 3, 2, 252), '2020-01-01', '2021-12-31'), {
    code: 'walkforward_invalid',
    field: '/spec/windows/stepMonths',
  })
})

test('a span that no window fits in is refused', () => {
  assert.throws(() => walkWindows(months(12, 3, 3, 252), '2020-01-01', '2021-03-30'), {
    code: 'walkforward_invalid',
    message: /no window of 12 \+ 3 months/,
  })
})

const DAY_OF_2012 = dayNumber('2012-01-01')
const asked = fc
  .record({
    trainMonths: fc.integer({ min: 1, max: 14 }),
    testMonths: fc.integer({ min: 1, max: 6 }),
    more: fc.integer({ min: 0, max: 5 }),
    start: fc.integer({ min: 0, max: 900 }),
    length: fc.integer({ min: 700, max: 2200 }),
  })
  .map(({ more, start, length, ...rest }) => ({
    spec: { ...rest, stepMonths: rest.testMonths + more, minTrainDays: 1 },
    start: formatIsoDate(DAY_OF_2012 + start),
    end: formatIsoDate(DAY_OF_2012 + start + length),
  }))

test('test windows are disjoint and in order, inside the span, and each follows its train window', () => {
  fc.assert(
    fc.property(asked, ({ spec, start, end }) => {
      const windows = walkWindows(spec, start, end)
      windows.forEach((window, i) => {
        assert.equal(window.id, i)
        assert.equal(window.testStart, Math.max(window.trainEnd, windows[i - 1]?.testEnd ?? 0) + 1)
        assert.equal(window.testEnd, addMonths(window.trainEnd + 1, spec.testMonths) - 1)
        assert.ok(window.trainStart < window.trainEnd && window.testEnd <= dayNumber(end))
        if (i > 0) assert.ok(window.testStart > windows[i - 1]!.testEnd)
      })
    }),
  )
})

const weekdays = Int32Array.from({ length: 3000 }, (_, t) => dayNumber('2012-01-02') + 7 * Math.floor(t / 5) + (t % 5))

test('purge and embargo keep so many trading days between every train and test label, and never overlap', () => {
  const gapsAsked = fc.record({
    purgeDays: fc.integer({ min: 0, max: 12 }),
    embargoDays: fc.integer({ min: 0, max: 12 }),
  })
  fc.assert(
    fc.property(asked, gapsAsked, ({ spec, start, end }, gaps) => {
      const plain = walkWindows(spec, start, end)
      const windows = separateWindows(plain, gaps, weekdays)
      windows.forEach((window, i) => {
        const between = weekdays.filter((day) => day > window.trainEnd && day < window.testStart).length
        const apart = weekdays.filter((day) => day > plain[i]!.trainEnd && day < plain[i]!.testStart).length
        assert.equal(between, gaps.purgeDays + gaps.embargoDays + apart)
        assert.ok(window.trainEnd < window.testStart && window.testStart <= window.testEnd)
        assert.deepEqual([window.trainStart, window.testEnd], [plain[i]!.trainStart, plain[i]!.testEnd])
      })
    }),
  )
})

test('nothing to purge leaves the dates as the calendar gives them', () => {
  const windows = walkWindows(months(12, 3, 3, 252), '2013-01-01', '2014-12-31')
  assert.deepEqual(separateWindows(windows, { purgeDays: 0, embargoDays: 0 }, weekdays), windows)
})

for (const [field, gaps] of [
  ['purgeDays', { purgeDays: 30, embargoDays: 0 }],
  ['embargoDays', { purgeDays: 0, embargoDays: 30 }],
] as const) {
  test(`${field} that leave nothing are refused, naming the window`, () => {
    const windows = walkWindows(months(1, 1, 1, 1), '2013-01-01', '2013-12-31')
    assert.throws(() => separateWindows(windows, gaps, weekdays), {
      code: 'walkforward_invalid',
      field: `/spec/windows/${field}`,
      message: /window 0: .* 23 trading days|window 0: .* 20 trading days/,
    })
  })
}
