/**
 * Calendar dates as whole days since 1970-01-01, without time or time zone.
 * An ISO date is `YYYY-MM-DD`; a day number is a whole number and may be negative.
 */
export type IsoDate = string

const MS_PER_DAY = 86_400_000
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/

/** The day number of an ISO date, or null when the text is no date of the calendar (2015-02-30). */
export function parseIsoDate(text: string): number | null {
  if (!ISO_DATE.test(text)) return null
  const ms = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(ms)) return null
  const day = ms / MS_PER_DAY
  return formatIsoDate(day) === text ? day : null
}

/** The day number of an ISO date that is known to be one. */
export function dayNumber(date: IsoDate): number {
  const day = parseIsoDate(date)
  if (day === null) throw new RangeError(`"${date}" is not a calendar date; write YYYY-MM-DD`)
  return day
}

/** The ISO date of a day number. */
export function formatIsoDate(day: number): IsoDate {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
}

/** The same day `months` later, clamped to the last day of that month (31 January + 1 is 28 or 29 February). */
export function addMonths(day: number, months: number): number {
  const from = new Date(day * MS_PER_DAY)
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1)
  const target = new Date(first)
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate()
  return first / MS_PER_DAY + Math.min(from.getUTCDate(), lastDay) - 1
}
