import { isZeroSpread, maxAbs, sum } from '../stats.ts'

/** The mean of a series with a standard error that allows for autocorrelation. */
export interface NeweyWest {
  /** Finite values used. */
  readonly n: number
  /** Autocovariances used: the wanted lag, at most n - 1. */
  readonly lag: number
  /** NaN when there is no value. */
  readonly mean: number
  /** NaN below two values or without spread. */
  readonly standardError: number
  /** mean / standardError; NaN with it. */
  readonly t: number
}

/**
 * Newey-West t of the mean of a series in time order: Bartlett weights 1 - l/(lag + 1), autocovariances divided by n,
 * no small-sample correction. Values that are not finite are left out and the series closes up.
 *
 * Source: Newey & West 1987; engine.md 11.3.1. Cost: O(n · lag).
 */
export function neweyWest(values: ArrayLike<number>, lag: number): NeweyWest {
  const x = Float64Array.from(values).filter(Number.isFinite)
  const n = x.length
  const mean = sum(x) / n
  const used = Math.max(0, Math.min(lag, n - 1))
  const standardError = Math.sqrt(longRunVariance(x, mean, used) / n)
  return { n, lag: used, mean, standardError, t: mean / standardError }
}

/**
 * Autocovariances to use for n labels of `horizon` days each: overlapping labels (horizon above 1) share horizon - 1
 * days with their neighbours, others take the rule of thumb floor(4 (n/100)^(2/9)).
 *
 * Source: engine.md 11.3.1; Newey & West 1994.
 */
export function neweyWestLag(n: number, horizon: number): number {
  return horizon > 1 ? horizon - 1 : Math.floor(4 * (n / 100) ** (2 / 9))
}

function longRunVariance(x: Float64Array, mean: number, lag: number): number {
  const variance = autocovariance(x, mean, 0)
  if (x.length < 2 || isZeroSpread(Math.sqrt(variance), maxAbs(x))) return Number.NaN
  let total = variance
  for (let l = 1; l <= lag; l++) total += 2 * (1 - l / (lag + 1)) * autocovariance(x, mean, l)
  return total
}

function autocovariance(x: Float64Array, mean: number, lag: number): number {
  let total = 0
  for (let t = lag; t < x.length; t++) total += (x[t]! - mean) * (x[t - lag]! - mean)
  return total / x.length
}
