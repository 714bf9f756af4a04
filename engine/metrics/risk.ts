import { formatIsoDate } from '../../core/dates.ts'
import type { Series } from '../result.ts'
import { isZeroSpread, maxAbs, mean, percentileOfSorted, sampleSd, sum } from '../stats.ts'

/** Trading days a year (engine.md 0.4). */
export const DAYS_PER_YEAR = 252
/** Below this daily standard deviation a Sharpe ratio is a division by nothing (engine.md 6.6). */
const SHARPE_SD_FLOOR = 1e-8
/** Tail of value at risk and expected shortfall. */
const TAIL = 0.05

/** Risk of a daily return series. Null where a figure is not defined; no figure is ever NaN. */
export interface RiskMetrics {
  /** Every scalar under its name in `BacktestResult.metrics`. */
  readonly metrics: Readonly<Record<RiskMetricName, number | null>>
  /** Labels of the deepest fall; null without a return. */
  readonly drawdown: DrawdownDates | null
  /** The calendar month with the lowest compounded return; null without a return. */
  readonly worstMonth: MonthReturn | null
}

export type RiskMetricName =
  | 'cumulative_return'
  | 'volatility_ann'
  | 'gross_sharpe'
  | 'sortino'
  | 'calmar'
  | 'max_drawdown'
  | 'var_5'
  | 'es_5'
  | 'skewness'
  | 'kurtosis'
  | 'positive_day_rate'
  | 'worst_month'

/** Day numbers are labels of returns: the last return before the peak and the last one of the fall. */
export interface DrawdownDates {
  /** Null when the peak is the start, before the first return. */
  readonly peak: number | null
  /** Null when the series never fell. */
  readonly trough: number | null
}

export interface MonthReturn {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly value: number
}

/** The deepest fall of a wealth curve that starts at 1; positions count returns, 0 is the start. */
export interface Drawdown {
  /** Positive share of the peak; above 1 when a return below -1 took the curve under zero (engine.md C7). */
  readonly depth: number
  readonly peak: number
  readonly trough: number
  /** Whether the curve ever stood at or below zero: nothing after that has a meaning. */
  readonly ruined: boolean
}

/**
 * Risk of daily returns, labelled by decision date. Null, NaN and infinite returns are left out, as in engine.md 6.6.
 * Volatility and Sharpe use n - 1, skewness and raw kurtosis (normal = 3) use n, value at risk (interpolated) and
 * expected shortfall (mean at or below it) are negative returns, the drawdown is positive and 1 after ruin.
 *
 * Source: engine.md 6.6 and 11.3.6; product.md 2.2.
 */
export function riskMetrics(returns: Series): RiskMetrics {
  const { dates, values } = finiteReturns(returns)
  const fall = maxDrawdown(values)
  const depth = fall === null ? null : fall.ruined ? 1 : fall.depth
  const worst = worstMonth(dates, values)
  const [var5, es5] = tailLoss(values)
  return {
    metrics: {
      cumulative_return: compounded(values),
      volatility_ann: scaled(sampleSd(values), Math.sqrt(DAYS_PER_YEAR)),
      gross_sharpe: sharpe(values),
      sortino: sortino(values),
      calmar: calmar(values, depth),
      max_drawdown: depth,
      var_5: var5,
      es_5: es5,
      skewness: standardisedMoment(values, 3),
      kurtosis: standardisedMoment(values, 4),
      positive_day_rate: shareNotNegative(values),
      worst_month: worst?.value ?? null,
    },
    drawdown: fall && {
      peak: fall.peak === 0 ? null : dates[fall.peak - 1]!,
      trough: fall.trough === 0 ? null : dates[fall.trough - 1]!,
    },
    worstMonth: worst,
  }
}

/** The returns that are finite, with their labels. */
export function finiteReturns(returns: Series): Series {
  const kept = returns.values.map((value, k) => (Number.isFinite(value) ? k : -1)).filter((k) => k >= 0)
  return {
    dates: Int32Array.from(kept, (k) => returns.dates[k]!),
    values: kept.map((k) => returns.values[k]!),
  }
}

/** Compounded return of finite returns; null without one. */
export function compounded(returns: Float64Array): number | null {
  if (returns.length === 0) return null
  let growth = 1
  for (const r of returns) growth *= 1 + r
  return growth - 1
}

/** Annualised Sharpe ratio of finite daily returns, no risk-free rate; null below two or without spread (6.6). */
export function sharpe(returns: Float64Array): number | null {
  const sd = sampleSd(returns)
  if (sd === null || sd < SHARPE_SD_FLOOR) return null
  return (mean(returns)! / sd) * Math.sqrt(DAYS_PER_YEAR)
}

/** Deepest fall of the wealth curve of finite returns, by engine.md 6.6; null without one. */
export function maxDrawdown(returns: Float64Array): Drawdown | null {
  if (returns.length === 0) return null
  let wealth = 1
  let top = 1
  let topAt = 0
  let deepest = { depth: 0, peak: 0, trough: 0 }
  let ruined = false
  for (let k = 0; k < returns.length; k++) {
    wealth *= 1 + returns[k]!
    if (wealth <= 0) ruined = true
    if (wealth > top) {
      top = wealth
      topAt = k + 1
    }
    const depth = (top - wealth) / top
    if (depth > deepest.depth) deepest = { depth, peak: topAt, trough: k + 1 }
  }
  return { ...deepest, ruined }
}

/** Mean over downside deviation about zero, which divides by all n; null without a loss beyond rounding. */
function sortino(returns: Float64Array): number | null {
  let squares = 0
  for (const r of returns) if (r < 0) squares += r * r
  const downside = Math.sqrt(squares / returns.length)
  // With no return at all both sides are NaN, which is no zero spread.
  if (returns.length === 0 || isZeroSpread(downside, maxAbs(returns))) return null
  return (mean(returns)! / downside) * Math.sqrt(DAYS_PER_YEAR)
}

/** Compound annual growth over the drawdown; null without a fall or after ruin. */
function calmar(returns: Float64Array, depth: number | null): number | null {
  if (depth === null || depth === 0 || depth >= 1) return null
  const growth = 1 + compounded(returns)!
  return (growth ** (DAYS_PER_YEAR / returns.length) - 1) / depth
}

function tailLoss(returns: Float64Array): [number | null, number | null] {
  const sorted = returns.toSorted()
  const cut = percentileOfSorted(sorted, TAIL)
  if (cut === null) return [null, null]
  const tail = sorted.filter((r) => r <= cut)
  return [cut, sum(tail) / tail.length]
}

function standardisedMoment(returns: Float64Array, power: number): number | null {
  const centre = mean(returns)
  if (centre === null) return null
  let squares = 0
  let powers = 0
  for (const r of returns) {
    squares += (r - centre) ** 2
    powers += (r - centre) ** power
  }
  const sd = Math.sqrt(squares / returns.length)
  return isZeroSpread(sd, maxAbs(returns)) ? null : powers / returns.length / sd ** power
}

/** Share of days at or above zero: the hit rate of engine.md 9.3, not the one of 3.5. */
function shareNotNegative(returns: Float64Array): number | null {
  if (returns.length === 0) return null
  return returns.filter((r) => r >= 0).length / returns.length
}

function worstMonth(dates: Int32Array, returns: Float64Array): MonthReturn | null {
  let worst: MonthReturn | null = null
  for (let from = 0; from < dates.length; ) {
    const label = monthLabel(dates[from]!)
    let to = from + 1
    while (to < dates.length && monthLabel(dates[to]!) === label) to++
    const value = compounded(returns.subarray(from, to))!
    if (worst === null || value < worst.value) {
      worst = { year: Number(label.slice(0, 4)), month: Number(label.slice(5)), value }
    }
    from = to
  }
  return worst
}

/** `YYYY-MM` of a day number. */
function monthLabel(day: number): string {
  return formatIsoDate(day).slice(0, 7)
}

function scaled(value: number | null, by: number): number | null {
  return value === null ? null : value * by
}
