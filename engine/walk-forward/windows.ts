import { addMonths, dayNumber, formatIsoDate, type IsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { WindowSpec } from '../../core/request.ts'
import { firstRowFrom } from '../point-in-time.ts'

/** One window: four day numbers, both ends of both spans included. */
export interface Window {
  /** From 0, in the order of time. */
  readonly id: number
  readonly trainStart: number
  readonly trainEnd: number
  readonly testStart: number
  readonly testEnd: number
}

/**
 * The windows of a walk by the calendar alone (engine.md 8.2). The cursor moves on from itself, so a day that the end
 * of a month clamped stays clamped. Train and test spans of a window touch; the last window is whole or not there. A
 * test span never holds a day of the one before (ADR 110).
 *
 * Throws `walkforward_invalid` for test windows that would overlap, a train window below `minTrainDays` calendar days,
 * and a span that no window fits in.
 */
export function walkWindows(
  spec: Omit<WindowSpec, 'purgeDays' | 'embargoDays'>,
  start: IsoDate,
  end: IsoDate,
): Window[] {
  const { trainMonths, testMonths, stepMonths, minTrainDays } = spec
  if (stepMonths < testMonths) {
    throw invalid(
      `stepMonths ${stepMonths} is less than testMonths ${testMonths}: test windows would overlap; ` +
        `allowed: ${testMonths} or more`,
      '/spec/windows/stepMonths',
    )
  }
  const windows: Window[] = []
  for (let trainStart = dayNumber(start); ; trainStart = addMonths(trainStart, stepMonths)) {
    const testStart = addMonths(trainStart, trainMonths)
    const testEnd = addMonths(testStart, testMonths) - 1
    if (testEnd > dayNumber(end)) break
    if (testStart - trainStart < minTrainDays) {
      throw invalid(
        `the train window from ${formatIsoDate(trainStart)} has ${testStart - trainStart} calendar days, ` +
          `below minTrainDays ${minTrainDays}; choose a smaller minTrainDays or more trainMonths`,
        '/spec/windows/minTrainDays',
      )
    }
    // A cursor clamped after its window was cut comes up to three days early: those days are tested already.
    const untested = Math.max(testStart, (windows.at(-1)?.testEnd ?? testStart - 1) + 1)
    windows.push({ id: windows.length, trainStart, trainEnd: testStart - 1, testStart: untested, testEnd })
  }
  if (windows.length === 0) {
    throw invalid(
      `no window of ${trainMonths} + ${testMonths} months fits between ${start} and ${end}; ` +
        'choose shorter windows or a longer span',
      '/spec/windows',
    )
  }
  return windows
}

/**
 * Windows kept apart (engine.md 8.3, T25): `purgeDays` trading days leave the end of each train span, and
 * `embargoDays` trading days leave the start of each test span. A span that nothing is taken from keeps its dates.
 * `dates`: the trading calendar. Throws `walkforward_invalid` when a span would be empty.
 */
export function separateWindows(
  windows: readonly Window[],
  { purgeDays, embargoDays }: Pick<WindowSpec, 'purgeDays' | 'embargoDays'>,
  dates: Int32Array,
): Window[] {
  return windows.map((window) => {
    const trainDays = tradingDays(dates, window.trainStart, window.trainEnd)
    const testDays = tradingDays(dates, window.testStart, window.testEnd)
    if (purgeDays > 0 && purgeDays >= trainDays.count) {
      throw emptied(window, `purgeDays ${purgeDays}`, `train span of ${trainDays.count}`, '/spec/windows/purgeDays')
    }
    if (embargoDays > 0 && embargoDays >= testDays.count) {
      throw emptied(window, `embargoDays ${embargoDays}`, `test span of ${testDays.count}`, '/spec/windows/embargoDays')
    }
    const trainEnd = purgeDays === 0 ? window.trainEnd : dates[trainDays.end - 1 - purgeDays]!
    const testStart = embargoDays === 0 ? window.testStart : dates[testDays.first + embargoDays]!
    return { ...window, trainEnd, testStart }
  })
}

/** Rows of the calendar from one day number to another, both included. */
function tradingDays(dates: Int32Array, from: number, to: number): { first: number; end: number; count: number } {
  const first = firstRowFrom(dates, from)
  const end = firstRowFrom(dates, to + 1)
  return { first, end, count: end - first }
}

function emptied(window: Window, what: string, span: string, field: string): HindcastError {
  return invalid(`window ${window.id}: ${what} leaves nothing of a ${span} trading days; choose fewer`, field)
}

function invalid(message: string, field: string): HindcastError {
  return new HindcastError('walkforward_invalid', message, { field })
}
