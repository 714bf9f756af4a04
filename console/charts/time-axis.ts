import { dateParts, MONTHS } from '../../core/date-text.ts'
import { dayNumber } from '../../core/dates.ts'

export interface TimeTick {
  readonly day: number
  readonly label: string
  /** False: left out where the chart is narrow. */
  readonly main: boolean
}

/** Days up to which single dates are labelled, and months up to which each month is. */
const DAYS_FOR_DATES = 45
const MONTHS_FOR_MONTHS = 16
const MONTHS_FOR_QUARTERS = 40
const MOST_YEARS = 12

/** The labels of an axis from the first day to the last: months as words, years where they would crowd. */
export function timeTicks(first: number, last: number): TimeTick[] {
  if (last - first <= DAYS_FOR_DATES) return dateTicks(first, last)
  const months = monthStarts(first, last)
  if (months.length <= MONTHS_FOR_MONTHS) return labelled(months, 1, 3)
  if (months.length <= MONTHS_FOR_QUARTERS) return labelled(months, 3, 12)
  return yearTicks(months)
}

function dateTicks(first: number, last: number): TimeTick[] {
  const step = Math.max(1, Math.ceil((last - first) / 6))
  const ticks: TimeTick[] = []
  for (let day = first; day <= last; day += step) {
    const { month, date } = dateParts(day)
    ticks.push({ day, label: `${date} ${MONTHS[month]}`, main: ticks.length % 2 === 0 })
  }
  return ticks
}

interface MonthStart {
  readonly day: number
  readonly year: number
  readonly month: number
}

/** First days of months inside the span; the month in which the span begins counts when most of it is there. */
function monthStarts(first: number, last: number): MonthStart[] {
  const starts: MonthStart[] = []
  let { year, month } = dateParts(first)
  for (;;) {
    const day = monthStart(year, month)
    if (day > last) return starts
    if (day >= first - 7) starts.push({ day: Math.max(day, first), year, month })
    month++
    if (month === 12) {
      month = 0
      year++
    }
  }
}

function monthStart(year: number, month: number): number {
  return dayNumber(`${String(year).padStart(4, '0')}-${String(month + 1).padStart(2, '0')}-01`)
}

function labelled(months: readonly MonthStart[], every: number, mainEvery: number): TimeTick[] {
  const oneYear = months.every((start) => start.year === months[0]?.year)
  return months
    .filter((start) => start.month % every === 0)
    .map(({ day, year, month }) => ({
      day,
      label: month === 0 && !oneYear ? String(year) : MONTHS[month]!,
      main: month % mainEvery === 0,
    }))
}

function yearTicks(months: readonly MonthStart[]): TimeTick[] {
  const januaries = months.filter((start) => start.month === 0)
  const step = Math.ceil(januaries.length / MOST_YEARS)
  return januaries
    .filter((start) => start.year % step === 0)
    .map(({ day, year }, i) => ({ day, label: String(year), main: i % 2 === 0 }))
}
