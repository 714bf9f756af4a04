/** The trading days of a column of dates: sorted distinct days (engine.md 1.5), and the place of each among them. */
export interface Calendar {
  /** Ascending day numbers. */
  readonly days: Int32Array
  /** The place of a day of the column; days of no row give no sensible number. O(1). */
  indexOf(day: number): number
  /** The place of the first trading day that is not before `day`; `days.length` when there is none. O(log days). */
  firstFrom(day: number): number
}

/** The calendar of at least one date, O(rows + days between first and last), without a set of rows. */
export function calendarOf(dates: Int32Array): Calendar {
  let first = dates[0]!
  let last = first
  for (const day of dates) {
    if (day < first) first = day
    else if (day > last) last = day
  }
  const index = new Int32Array(last - first + 1).fill(-1)
  for (const day of dates) index[day - first] = 0
  let count = 0
  for (let at = 0; at < index.length; at++) if (index[at] === 0) index[at] = count++
  const days = new Int32Array(count)
  for (let at = 0; at < index.length; at++) if (index[at]! >= 0) days[index[at]!] = first + at
  return {
    days,
    indexOf: (day) => index[day - first]!,
    firstFrom: (day) => lowerBound(days, day),
  }
}

function lowerBound(days: Int32Array, day: number): number {
  let low = 0
  let high = days.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (days[middle]! < day) low = middle + 1
    else high = middle
  }
  return low
}
