import { dateParts } from '../../core/date-text.ts'
import { extentOf, type Numbers } from './scale.ts'

/** Days of the rolling mean of the daily rank IC: about a month. */
export const ROLLING_DAYS = 21

/** Return compounded from the first day to each; a day without a return is NaN and changes nothing after it. */
export function compoundPath(returns: Numbers): Float64Array {
  const path = new Float64Array(returns.length)
  let wealth = 1
  for (let i = 0; i < returns.length; i++) {
    const value = returns[i]!
    if (Number.isFinite(value)) wealth *= 1 + value
    path[i] = Number.isFinite(value) ? wealth - 1 : NaN
  }
  return path
}

/** Wealth over its highest value so far, minus one, from a path of `compoundPath`; wealth starts at one. */
export function drawdownPath(path: Numbers): Float64Array {
  const drawdown = new Float64Array(path.length)
  let peak = 1
  for (let i = 0; i < path.length; i++) {
    const wealth = 1 + path[i]!
    if (wealth > peak) peak = wealth
    drawdown[i] = peak > 0 ? (wealth - peak) / peak : NaN
  }
  return drawdown
}

export interface Drawdown {
  /** A fraction, zero or below. */
  readonly depth: number
  /** The day of the peak (null: the start), of the trough, and of the return to the peak (null: never). */
  readonly peak: number | null
  readonly trough: number
  readonly recovery: number | null
}

/** The deepest drawdown of a path of `compoundPath`, first of equals; null when there is none. */
export function worstDrawdown(dates: Numbers, path: Numbers): Drawdown | null {
  const drawdown = drawdownPath(path)
  let trough = -1
  for (let i = 0; i < drawdown.length; i++) {
    if (drawdown[i]! < 0 && (trough < 0 || drawdown[i]! < drawdown[trough]!)) trough = i
  }
  if (trough < 0) return null
  let peak = trough
  while (peak >= 0 && !(drawdown[peak]! >= 0)) peak--
  let recovery = trough
  while (recovery < drawdown.length && !(drawdown[recovery]! >= 0)) recovery++
  return {
    depth: drawdown[trough]!,
    peak: peak < 0 ? null : dates[peak]!,
    trough: dates[trough]!,
    recovery: recovery < drawdown.length ? dates[recovery]! : null,
  }
}

/** Mean of the last `days` values, NaN until there are as many days and at least half of them have a value. */
export function rollingMean(values: Numbers, days = ROLLING_DAYS): Float64Array {
  const means = new Float64Array(values.length).fill(NaN)
  for (let i = days - 1; i < values.length; i++) {
    let sum = 0
    let count = 0
    for (let j = i - days + 1; j <= i; j++) {
      if (!Number.isFinite(values[j]!)) continue
      sum += values[j]!
      count++
    }
    if (count * 2 >= days) means[i] = sum / count
  }
  return means
}

/** Sum from the first day to each, times `factor`; a day without a value is NaN and adds nothing. */
export function runningSum(values: Numbers, factor = 1): Float64Array {
  const sums = new Float64Array(values.length)
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isFinite(value)) sum += value * factor
    sums[i] = Number.isFinite(value) ? sum : NaN
  }
  return sums
}

export interface Bin {
  readonly low: number
  readonly high: number
  readonly count: number
}

/** Counts of the finite values in bins of one width whose edges are its multiples. */
export function histogram(values: Numbers, width: number): Bin[] {
  const extent = extentOf([values])
  if (extent === null) return []
  const first = Math.floor(extent[0] / width)
  const last = Math.floor(extent[1] / width)
  const counts = new Array<number>(last - first + 1).fill(0)
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) counts[Math.floor(values[i]! / width) - first]!++
  }
  return counts.map((count, i) => ({ low: (first + i) * width, high: (first + i + 1) * width, count }))
}

export interface MonthMean {
  readonly year: number
  /** From 0. */
  readonly month: number
  readonly mean: number
  /** Days with a value. */
  readonly days: number
}

/** Mean of the finite values of each calendar month that has dates; NaN where none is finite. */
export function monthMeans(dates: Numbers, values: Numbers): MonthMean[] {
  const months = new Map<number, { sum: number; days: number }>()
  for (let i = 0; i < dates.length; i++) {
    const { year, month } = dateParts(dates[i]!)
    const key = year * 12 + month
    const seen = months.get(key) ?? { sum: 0, days: 0 }
    months.set(key, seen)
    if (!Number.isFinite(values[i]!)) continue
    seen.sum += values[i]!
    seen.days++
  }
  return [...months].map(([key, { sum, days }]) => ({
    year: Math.floor(key / 12),
    month: key % 12,
    mean: days === 0 ? NaN : sum / days,
    days,
  }))
}
