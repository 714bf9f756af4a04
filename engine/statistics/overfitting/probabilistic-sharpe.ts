import { normalCdf, normalQuantile } from '../inference/normal.ts'
import { sharpePerPeriod } from '../returns/growth.ts'
import { moments } from '../returns/tail.ts'

/** What the error of a Sharpe ratio depends on. All per period: never put an annual ratio here. */
export interface SharpeSample {
  readonly sharpe: number
  readonly observations: number
  /** Population skewness and raw kurtosis (normal = 3) of the same returns. */
  readonly skewness: number
  readonly kurtosis: number
}

/** The Sharpe ratio of excess returns, with their moments; NaN below two returns or without spread. */
export function sharpeSample(returns: Float64Array): SharpeSample {
  const { skewness, kurtosis } = moments(returns)
  return { sharpe: sharpePerPeriod(returns), observations: returns.length, skewness, kurtosis }
}

/**
 * Standard error of a Sharpe ratio of returns that need not be normal: sqrt((1 - g3 SR + (g4 - 1)/4 SR²)/(n - 1)).
 *
 * Source: Mertens 2002; Bailey & López de Prado 2012.
 */
export function sharpeStandardError({ sharpe, observations, skewness, kurtosis }: SharpeSample): number {
  return Math.sqrt(varianceFactor(sharpe, skewness, kurtosis) / (observations - 1))
}

/**
 * PSR: the probability that the true Sharpe ratio exceeds `benchmark` (per period), given the one observed.
 * It does not know how many were tried: see `deflatedSharpe`. Falls as the benchmark rises, always.
 *
 * Source: Bailey & López de Prado 2012, Journal of Risk 15(2).
 */
export function probabilisticSharpe(sample: SharpeSample, benchmark = 0): number {
  return normalCdf((sample.sharpe - benchmark) / sharpeStandardError(sample))
}

/**
 * Observations needed before PSR against `benchmark` reaches 1 - alpha, if the ratio and the moments stay as they are;
 * Infinity for a ratio that does not exceed the benchmark. The sample's own `observations` play no part.
 *
 * Source: the minimum track record length of Bailey & López de Prado 2012.
 */
export function minTrackRecord(sample: Omit<SharpeSample, 'observations'>, benchmark = 0, alpha = 0.05): number {
  const { sharpe, skewness, kurtosis } = sample
  if (sharpe <= benchmark) return Number.POSITIVE_INFINITY
  const z = normalQuantile(1 - alpha)
  return 1 + varianceFactor(sharpe, skewness, kurtosis) * (z / (sharpe - benchmark)) ** 2
}

/** Bounds that hold the true Sharpe ratio with probability `level`, per period, by the normal distribution. */
export function sharpeInterval(sample: SharpeSample, level = 0.9): readonly [low: number, high: number] {
  const reach = normalQuantile((1 + level) / 2) * sharpeStandardError(sample)
  return [sample.sharpe - reach, sample.sharpe + reach]
}

/** g4 >= 1 + g3² for any distribution, so this is never below zero beyond rounding. */
function varianceFactor(sharpe: number, skewness: number, kurtosis: number): number {
  const factor = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe
  return Math.max(factor, 0)
}
