import type { Interval, Numbers } from '../charts/scale.ts'
import type { ReportModel, Scalars } from './model.ts'

/** Two-sided 90% of a normal distribution: the interval that the tiles give. */
const Z_90 = 1.6448536269514722
const DAYS_PER_YEAR = 252
const BP = 10_000

/** A scalar as a number; NaN for null, for a text and for a name that is not there. */
export function scalar(scalars: Scalars | undefined, name: string): number {
  const value = scalars !== undefined && Object.hasOwn(scalars, name) ? scalars[name] : null
  return typeof value === 'number' ? value : NaN
}

/** The mean rank IC to show: the mean itself, or that of the valid days where a bad day made it NaN. */
export function headlineIc({ metrics }: Pick<ReportModel, 'metrics'>): {
  readonly name: string
  readonly value: number
} {
  const value = scalar(metrics, 'mean_ic')
  if (Number.isFinite(value)) return { name: 'mean_ic', value }
  const valid = scalar(metrics, 'mean_ic_valid')
  return Number.isFinite(valid) ? { name: 'mean_ic_valid', value: valid } : { name: 'mean_ic', value: NaN }
}

/** 90% interval of a mean from the mean and its t; null where the t is zero or not known. */
export function meanInterval(mean: number, t: number): Interval | null {
  if (!Number.isFinite(mean) || !Number.isFinite(t) || t === 0) return null
  const reach = Math.abs(mean / t) * Z_90
  return [mean - reach, mean + reach]
}

/**
 * 90% interval of an annualised Sharpe ratio of `days` daily returns, from the standard error
 * sqrt((1 + s²/2) / days) of a daily ratio s, which takes days as independent and normal (Lo 2002).
 */
export function sharpeInterval(sharpe: number, days: number): Interval | null {
  if (!Number.isFinite(sharpe) || days < 2) return null
  const daily = sharpe / Math.sqrt(DAYS_PER_YEAR)
  const reach = Math.sqrt(((1 + daily ** 2 / 2) / days) * DAYS_PER_YEAR) * Z_90
  return [sharpe - reach, sharpe + reach]
}

/** Cost per unit traded, in basis points, that would take the whole sum of gross returns; NaN without a trade. */
export function breakEvenBp({ returns, turnover }: Pick<ReportModel, 'returns' | 'turnover'>): number {
  const traded = 2 * finiteSum(turnover.values)
  return traded > 0 && returns.gross.length > 0 ? (finiteSum(returns.gross) / traded) * BP : NaN
}

/** Amounts at which the capacity curve is read: 100,000 to 100 billion USD, two a decade. */
const AMOUNTS_USD = Array.from({ length: 13 }, (_, i) => 10 ** (5 + i / 2))

export interface CapacityCurve {
  readonly amounts: readonly number[]
  /** Gross return a year, compounded, minus a year's costs. */
  readonly net: readonly number[]
}

/**
 * Return a year after costs by portfolio value: commissions stay the same share, impact grows with the root of the
 * value (engine.md T18). Ends where costs have taken three times the gross return. Null without costs or alpha.
 */
export function capacityCurve({ costs, computation, turnover }: ReportModel): CapacityCurve | null {
  const value = computation.costModel?.portfolioValueUsd ?? NaN
  const alpha = scalar(costs?.capacity, 'gross_alpha_annualized')
  const aYear = DAYS_PER_YEAR / turnover.dates.length / value
  const commission = scalar(costs?.summary, 'commission_spread_cost_usd') * aYear
  const impact = scalar(costs?.summary, 'market_impact_cost_usd') * aYear
  const net = AMOUNTS_USD.map((amount) => alpha - commission - impact * Math.sqrt(amount / value))
  if (!Number.isFinite(net[0])) return null
  const floor = Math.min(net[0]!, 0) - 2 * Math.abs(alpha)
  const count = Math.max(2, net.filter((rest) => rest >= floor).length)
  return { amounts: AMOUNTS_USD.slice(0, count), net: net.slice(0, count) }
}

/** Values of another series on these dates; NaN where it has none. */
export function onDates(dates: Numbers, other: { readonly dates: Numbers; readonly values: Numbers }): Float64Array {
  const values = new Map(Array.from(other.dates, (date, i) => [date, other.values[i]!]))
  return Float64Array.from(dates, (date) => values.get(date) ?? NaN)
}

/** First and last day of everything daily: the one time axis of the page; null when there is no day. */
export function spanOf(model: ReportModel): Interval | null {
  const all = [model.returns.dates, model.ic.dates, model.turnover.dates, model.book?.dates ?? []]
  const ends = all.flatMap((dates) => (dates.length === 0 ? [] : [dates[0]!, dates[dates.length - 1]!]))
  return ends.length === 0 ? null : [Math.min(...ends), Math.max(...ends)]
}

function finiteSum(values: Numbers): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]!)) sum += values[i]!
  return sum
}
