import { compound, isZeroSpread, maxAbs, mean, sampleSd } from '../../stats.ts'
import { autocovariance } from '../inference/hac.ts'

/** Trading days a year; weekly returns take 52, monthly 12 (never a count of calendar days). */
export const DAILY = 252

/** Compound growth a year of returns, `perYear` of which make a year; -1 after ruin, NaN without a return. */
export function annualGrowth(returns: Float64Array, perYear = DAILY): number {
  if (returns.length === 0) return Number.NaN
  const growth = 1 + compound(returns)
  return growth <= 0 ? -1 : growth ** (perYear / returns.length) - 1
}

/** Sample standard deviation times the root of the periods a year; NaN below two returns. */
export function annualVolatility(returns: Float64Array, perYear = DAILY): number {
  return (sampleSd(returns) ?? Number.NaN) * Math.sqrt(perYear)
}

/** The return of one period that compounds to a yearly rate. */
export function ratePerPeriod(annual: number, perYear = DAILY): number {
  return (1 + annual) ** (1 / perYear) - 1
}

/** Mean excess return over its sample standard deviation, per period; NaN below two returns or without spread. */
export function sharpePerPeriod(returns: Float64Array, rate = 0): number {
  const sd = sampleSd(returns)
  if (sd === null || isZeroSpread(sd, maxAbs(returns))) return Number.NaN
  return (mean(returns)! - rate) / sd
}

/** Root mean square of the shortfalls below `target`, over all n returns; NaN without a return. */
export function downsideDeviation(returns: Float64Array, target = 0): number {
  let squares = 0
  for (let t = 0; t < returns.length; t++) squares += Math.min(returns[t]! - target, 0) ** 2
  return Math.sqrt(squares / returns.length)
}

/** Mean return above `target` over the downside deviation, per period; NaN where nothing fell short of it. */
export function sortinoPerPeriod(returns: Float64Array, target = 0): number {
  const downside = downsideDeviation(returns, target)
  if (returns.length === 0 || isZeroSpread(downside, maxAbs(returns))) return Number.NaN
  return (mean(returns)! - target) / downside
}

/** A Sharpe ratio carried from one period to `q` of them. */
export interface ScaledSharpe {
  /** Of lags 1 to q - 1. */
  readonly autocorrelations: Float64Array
  /** What the ratio of one period is multiplied by; the root of q when there is no autocorrelation. */
  readonly factor: number
  readonly sharpe: number
}

/**
 * Sharpe ratio over q periods that allows for autocorrelation: q / sqrt(q + 2 sum (q - i) rho_i) times the ratio of one
 * period. NaN without spread, or where the estimated variance of q periods is not positive.
 *
 * Source: Lo 2002, Financial Analysts Journal 58(4).
 */
export function loScaledSharpe(returns: Float64Array, q: number): ScaledSharpe {
  const centre = mean(returns) ?? Number.NaN
  const variance = autocovariance(returns, centre, 0)
  const autocorrelations = new Float64Array(q - 1)
  let spread = q
  for (let i = 1; i < q; i++) {
    const rho = autocovariance(returns, centre, i) / variance
    autocorrelations[i - 1] = rho
    spread += 2 * (q - i) * rho
  }
  const factor = q / Math.sqrt(spread)
  return { autocorrelations, factor, sharpe: factor * sharpePerPeriod(returns) }
}
