/** Months as words, January first. */
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

const MS_PER_DAY = 86_400_000

/** The calendar fields of a day number; `month` counts from 0. */
export function dateParts(day: number): { readonly year: number; readonly month: number; readonly date: number } {
  const at = new Date(day * MS_PER_DAY)
  return { year: at.getUTCFullYear(), month: at.getUTCMonth(), date: at.getUTCDate() }
}

/** `2 Jan 2015`. */
export function dateText(day: number): string {
  const { year, month, date } = dateParts(day)
  return `${date} ${MONTHS[month]} ${year}`
}

/** `2 Jan to 31 Dec 2015`; the first year stands only where it differs from the last. */
export function dateRangeText(first: number, last: number): string {
  const from = dateParts(first)
  const sameYear = from.year === dateParts(last).year
  return `${sameYear ? `${from.date} ${MONTHS[from.month]}` : dateText(first)} to ${dateText(last)}`
}

/** A span of time in the largest units that matter: `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
