import { isZeroSpread, maxAbs, mean } from '../../stats.ts'
import { autocovariance } from '../inference/hac.ts'

/** Lengths of block that resample a series best, and what they were made of. */
export interface BlockLength {
  /** Mean length for the stationary bootstrap, and length for circular blocks: draw with `usableLength` of it. */
  readonly stationary: number
  readonly circular: number
  /** Autocovariances used. */
  readonly lags: number
  /** Sum of |lag| times autocovariance under the flat-top window. */
  readonly slope: number
  readonly longRunVariance: number
  readonly longest: number
}

/**
 * Automatic block length. A lag counts as the last one of note when the K = max(5, floor(log10 n)) autocorrelations
 * after it lie within 2 sqrt(log10(n)/n), each scaled by the values it is made of; twice as many autocovariances enter
 * with the flat-top window of Politis & Romano 1995. NaN for a constant series, 1 for fewer than three values.
 *
 * Source: Politis & White 2004, with the correction of Patton, Politis & White 2009.
 */
export function blockLength(series: Float64Array): BlockLength {
  const n = series.length
  const longest = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3))
  if (n < 3) return { stationary: 1, circular: 1, lags: 0, slope: 0, longRunVariance: Number.NaN, longest }
  const centre = mean(series)!
  const lags = lagsOfNote(series, centre)
  let slope = 0
  const variance = autocovariance(series, centre, 0)
  let longRunVariance = variance
  for (let lag = 1; lag <= lags; lag++) {
    const window = 2 * lag <= lags ? 1 : 2 * (1 - lag / lags)
    const covariance = autocovariance(series, centre, lag)
    slope += 2 * window * lag * covariance
    longRunVariance += 2 * window * covariance
  }
  const flat = isZeroSpread(Math.sqrt(variance), maxAbs(series))
  const length = (constant: number) =>
    flat
      ? Number.NaN
      : Math.min(
          longest,
          Math.cbrt((2 * slope * slope) / (constant * longRunVariance * longRunVariance)) * Math.cbrt(n),
        )
  return { stationary: length(2), circular: length(4 / 3), lags, slope, longRunVariance, longest }
}

/** A length to draw with: at least 1, which is also what a series without an estimate gets. */
export function usableLength(length: number): number {
  return Number.isNaN(length) ? 1 : Math.max(length, 1)
}

/** Twice the last lag of note, or the most that is looked at when the correlations never die down. */
function lagsOfNote(series: Float64Array, centre: number): number {
  const n = series.length
  const run = Math.max(5, Math.floor(Math.log10(n)))
  const most = Math.min(Math.ceil(Math.sqrt(n)) + run, n - 2)
  const band = 2 * Math.sqrt(Math.log10(n) / n)
  // Lag 0 is 1 by definition, which no band reaches.
  let quiet = 0
  for (let lag = 1; lag < most; lag++) {
    quiet = Math.abs(trimmedCorrelation(series, centre, lag)) < band ? quiet + 1 : 0
    if (quiet === run) return Math.min(2 * Math.max(lag - run + 1, 1), most)
  }
  return most
}

/** Correlation `lag` steps apart, scaled by the squares of all but the first, and all but the last, lag + 1 values. */
function trimmedCorrelation(series: Float64Array, centre: number, lag: number): number {
  const n = series.length
  let [late, early, products] = [0, 0, 0]
  for (let t = 0; t < n; t++) {
    const d = series[t]! - centre
    if (t >= lag + 1) late += d * d
    if (t < n - lag - 1) early += d * d
    if (t >= lag) products += d * (series[t - lag]! - centre)
  }
  return products / Math.sqrt(late * early)
}
