import { isZeroSpread, maxAbs, mean, percentileOfSorted, sampleSd } from '../../stats.ts'
import { normalDensity, normalQuantile } from '../inference/normal.ts'

/** Shape of a distribution of returns. Population moments enter the probabilistic Sharpe; sample ones are shown. */
export interface Moments {
  readonly skewness: number
  /** Raw: a normal distribution has 3. */
  readonly kurtosis: number
  readonly sampleSkewness: number
  /** Bias-corrected and in excess of 3. */
  readonly sampleExcessKurtosis: number
}

/** Third and fourth standardised moments; NaN without spread, the sample forms also below three or four values. */
export function moments(returns: Float64Array): Moments {
  const n = returns.length
  const centre = mean(returns) ?? Number.NaN
  let [m2, m3, m4] = [0, 0, 0]
  for (let t = 0; t < n; t++) {
    const d = returns[t]! - centre
    m2 += d * d
    m3 += d * d * d
    m4 += d * d * d * d
  }
  const variance = m2 / n
  const flat = n === 0 || isZeroSpread(Math.sqrt(variance), maxAbs(returns))
  const skewness = flat ? Number.NaN : m3 / n / variance ** 1.5
  const kurtosis = flat ? Number.NaN : m4 / n / variance ** 2
  return {
    skewness,
    kurtosis,
    sampleSkewness: n < 3 ? Number.NaN : (skewness * Math.sqrt(n * (n - 1))) / (n - 2),
    sampleExcessKurtosis: n < 4 ? Number.NaN : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (kurtosis - 3) + 6),
  }
}

/** Losses of the worst `alpha` of returns under each convention; all are returns, so losses are negative. */
export interface TailLoss {
  /** Interpolated quantile of the returns (type 7). */
  readonly varHistorical: number
  /** Mean of the returns at or below it. */
  readonly cvarHistorical: number
  /** Mean of the floor((n - 1) alpha) + 1 lowest returns. */
  readonly cvarPartition: number
  /** Mean of the lowest n · alpha returns, the last of them in part (Acerbi & Tasche 2002). */
  readonly cvarFractional: number
  readonly varGaussian: number
  readonly cvarGaussian: number
  /** Gaussian, bent by skewness and excess kurtosis (Cornish & Fisher 1938). */
  readonly varCornishFisher: number
}

/** Value at risk and expected shortfall at `alpha` in (0, 1); NaN without a return. */
export function tailLoss(returns: Float64Array, alpha = 0.05): TailLoss {
  const sorted = returns.toSorted()
  const n = sorted.length
  const cut = percentileOfSorted(sorted, alpha) ?? Number.NaN
  const below = sorted.filter((r) => r <= cut)
  const partition = sorted.subarray(0, Math.floor((n - 1) * alpha) + 1)
  const centre = mean(returns) ?? Number.NaN
  const sd = sampleSd(returns) ?? Number.NaN
  const z = normalQuantile(alpha)
  return {
    varHistorical: cut,
    cvarHistorical: mean(below) ?? Number.NaN,
    cvarPartition: mean(partition) ?? Number.NaN,
    cvarFractional: fractionalMean(sorted, n * alpha),
    varGaussian: centre + z * sd,
    cvarGaussian: centre - (normalDensity(z) / alpha) * sd,
    varCornishFisher: centre + cornishFisher(z, moments(returns)) * sd,
  }
}

/** Mean of the first `size` of the sorted values, the last one counted by the part of it that belongs. */
function fractionalMean(sorted: Float64Array, size: number): number {
  const whole = Math.min(Math.floor(size), sorted.length)
  let total = 0
  for (let k = 0; k < whole; k++) total += sorted[k]!
  const part = size - whole
  if (part > 0 && whole < sorted.length) total += part * sorted[whole]!
  return total / size
}

function cornishFisher(z: number, { skewness, kurtosis }: Moments): number {
  const excess = kurtosis - 3
  const bySkewness = ((z * z - 1) * skewness) / 6 - ((2 * z ** 3 - 5 * z) * skewness * skewness) / 36
  return z + bySkewness + ((z ** 3 - 3 * z) * excess) / 24
}

/** Gains over losses about `threshold`; Infinity without a loss, NaN without either. */
export function omegaRatio(returns: Float64Array, threshold = 0): number {
  const { gains, losses } = gainsAndLosses(returns, threshold)
  return gains / losses
}

/** Sum of returns over the sum of losses; Infinity without a loss, NaN without a return that moves. */
export function gainToPain(returns: Float64Array): number {
  const { gains, losses } = gainsAndLosses(returns, 0)
  return (gains - losses) / losses
}

/** Size of the 95th percentile over that of the 5th (type 7); NaN without a return. */
export function tailRatio(returns: Float64Array): number {
  const sorted = returns.toSorted()
  const [high, low] = [percentileOfSorted(sorted, 0.95), percentileOfSorted(sorted, 0.05)]
  return high === null || low === null ? Number.NaN : Math.abs(high) / Math.abs(low)
}

/** Share of returns above zero; NaN without a return. */
export function shareOfGains(returns: Float64Array): number {
  let gains = 0
  for (let t = 0; t < returns.length; t++) if (returns[t]! > 0) gains++
  return gains / returns.length
}

function gainsAndLosses(returns: Float64Array, threshold: number): { gains: number; losses: number } {
  let [gains, losses] = [0, 0]
  for (let t = 0; t < returns.length; t++) {
    const r = returns[t]! - threshold
    if (r > 0) gains += r
    else losses -= r
  }
  return { gains, losses }
}
