import type { CostModel } from '../../core/request.ts'
import { DAYS_PER_YEAR } from '../metrics/risk.ts'
import { BPS, isUsable, type Trades } from './trades.ts'

/** Range, steps and stop of the search for the breakeven AUM (engine.md 0.4). */
const SEARCH_LOW_USD = 1e3
const SEARCH_HIGH_USD = 1e10
const SEARCH_STEPS = 50
const SEARCH_STOP = 1e-6

/** What the capacity of a book depends on, one number each; null where not defined. */
export interface CapacityInputs {
  /** Two-sided turnover of a mean weight date. */
  readonly turnover: number
  /** ADV and volatility of a mean traded dollar. */
  readonly advUsd: number | null
  readonly volatility: number | null
  /** Gross return a year, compounded. */
  readonly alpha: number | null
}

/** Keys of platform.md 3.1 *Capacity*, and the closed form of the breakeven. */
export type Capacity = Readonly<Record<string, number | string | null>>

const LIMITS = ['impact_5bps', 'participation', 'breakeven'] as const

/**
 * Capacity of a book by engine.md 6.8: one name of mean ADV and volatility takes the whole day's trade, so the figures
 * are too small by about the number of names (T18); `repricedCapacity` is the better answer. All null without dates.
 */
export function capacity(trades: Trades, grossReturn: number | null, model: CostModel): Capacity {
  const inputs = capacityInputs(trades, grossReturn)
  const { turnover, advUsd, volatility, alpha } = inputs
  const limits: Record<(typeof LIMITS)[number], number | null> = {
    impact_5bps: impactAum(5, inputs, model),
    participation: usable(advUsd) && turnover > 0 ? (model.participationLimit * advUsd) / turnover : null,
    breakeven: breakevenAum(inputs, model),
  }
  const limiting = smallest(limits, LIMITS)
  const dates = trades.dates.length
  return {
    avg_daily_turnover: dates === 0 ? null : turnover,
    avg_holding_period_days: turnover > 0 ? 1 / turnover : null,
    portfolio_adv: advUsd,
    portfolio_sigma: volatility,
    gross_alpha_annualized: alpha,
    impact_aum_5bps: limits.impact_5bps,
    impact_aum_10bps: impactAum(10, inputs, model),
    participation_aum: limits.participation,
    breakeven_aum: limits.breakeven,
    breakeven_aum_closed_form: breakevenClosedForm(inputs, model),
    implied_max_capacity: limiting === null ? null : limits[limiting],
    limiting_factor: limiting,
  }
}

/** The means that the formulas of engine.md 6.8 take. */
export function capacityInputs({ dates, totals }: Trades, grossReturn: number | null): CapacityInputs {
  const perDollar = (weighted: number) => {
    const mean = weighted / totals.tradedUsd
    return isUsable(mean) ? mean : null
  }
  return {
    turnover: dates.length === 0 ? 0 : totals.turnover / dates.length,
    advUsd: perDollar(totals.valueTimesAdv),
    volatility: perDollar(totals.valueTimesVolatility),
    alpha: annualAlpha(grossReturn, dates.length),
  }
}

/** Total return over `days` as a compounded return a year; null when all or more was lost. */
export function annualAlpha(grossReturn: number | null, days: number): number | null {
  if (grossReturn === null || !Number.isFinite(grossReturn) || grossReturn <= -1 || days === 0) return null
  return (1 + grossReturn) ** (DAYS_PER_YEAR / days) - 1
}

/** AUM at which a mean trade moves its price by `bps`; null when it never does. */
export function impactAum(bps: number, inputs: CapacityInputs, model: CostModel): number | null {
  const slope = impactSlope(inputs, model)
  return slope === null ? null : finite((inputs.advUsd! * (bps / slope) ** 2) / inputs.turnover)
}

/** AUM at which costs take the whole alpha, found as the reference finds it: its stop leaves about 1e-6 of error. */
export function breakevenAum(inputs: CapacityInputs, model: CostModel): number | null {
  const { turnover, advUsd, alpha } = inputs
  const slope = impactSlope(inputs, model)
  if (slope === null || alpha === null || alpha <= 0) return null
  const net = (aum: number) =>
    alpha - ((model.bpsPerTrade + slope * Math.sqrt((aum * turnover) / advUsd!)) * turnover * DAYS_PER_YEAR) / BPS
  if (net(SEARCH_LOW_USD) <= 0 || net(SEARCH_HIGH_USD) > 0) return null
  let [low, high] = [SEARCH_LOW_USD, SEARCH_HIGH_USD]
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (low + high) / 2
    const left = net(middle)
    if (Math.abs(left) < SEARCH_STOP) return middle
    if (left > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The root that `breakevenAum` searches for, without its bounds; null when costs exceed the alpha at any size. */
export function breakevenClosedForm(inputs: CapacityInputs, model: CostModel): number | null {
  const { turnover, advUsd, alpha } = inputs
  const slope = impactSlope(inputs, model)
  if (slope === null || alpha === null) return null
  const spare = (alpha * BPS) / (DAYS_PER_YEAR * turnover) - model.bpsPerTrade
  return spare > 0 ? finite((advUsd! / turnover) * (spare / slope) ** 2) : null
}

/** The first of the smallest non-null limits; null when all are null. */
export function smallest<Name extends string>(
  limits: Readonly<Record<Name, number | null>>,
  order: readonly Name[],
): Name | null {
  let least: Name | null = null
  for (const name of order) {
    const limit = limits[name]
    if (limit !== null && (least === null || limit < limits[least]!)) least = name
  }
  return least
}

/** Impact of trading a whole ADV, bps; null when it is nothing or an input is missing. */
function impactSlope({ turnover, advUsd, volatility }: CapacityInputs, model: CostModel): number | null {
  if (!usable(advUsd) || !usable(volatility) || turnover <= 0) return null
  const slope = model.impactCoefficient * volatility * BPS
  return isUsable(slope) ? slope : null
}

/** An impact too small to count takes the root of a capacity beyond all numbers: then there is no limit. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function usable(value: number | null): value is number {
  return value !== null && isUsable(value)
}
