import { isZeroSpread, maxAbs, mean, sampleSd } from '../../stats.ts'
import { normalQuantile } from '../inference/normal.ts'
import { sharpePerPeriod } from '../returns/growth.ts'
import { probabilisticSharpe, type SharpeSample, sharpeSample } from './probabilistic-sharpe.ts'

/** Euler's constant, which weighs the two quantiles of an expected maximum. */
const EULER = 0.5772156649015329

/**
 * Expected largest of N independent standard normal values, in closed form; 0 for one trial or less than the formula
 * makes sense for. N need not be whole: effective trials are not.
 *
 * Source: Bailey & López de Prado 2014, equation 1.
 */
export function expectedMaximum(trials: number): number {
  if (trials <= 1) return 0
  const largest = (1 - EULER) * normalQuantile(1 - 1 / trials) + EULER * normalQuantile(1 - 1 / (trials * Math.E))
  return Math.max(0, largest)
}

/** The Sharpe ratio that the best of N trials without skill is expected to show; `variance` is that of their ratios. */
export function expectedBestSharpe(trials: number, variance: number): number {
  return Math.sqrt(variance) * expectedMaximum(trials)
}

/**
 * DSR: the probability that the best of `trials` has skill, after the luck of having been picked. PSR against the
 * expected best of as many without skill; PSR(0) for one trial.
 *
 * Source: Bailey & López de Prado 2014, Journal of Portfolio Management 40(5).
 */
export function deflatedSharpe(best: SharpeSample, trials: number, variance: number): number {
  return probabilisticSharpe(best, trials <= 1 ? 0 : expectedBestSharpe(trials, variance))
}

/**
 * Independent trials that as many correlated ones amount to: rho + (1 - rho) N with the mean pairwise correlation rho,
 * within [1, N].
 *
 * Source: López de Prado 2018, chapter 8.
 */
export function effectiveTrials(trials: number, meanCorrelation: number): number {
  const effective = meanCorrelation + (1 - meanCorrelation) * trials
  return Math.min(Math.max(effective, 1), Math.max(trials, 1))
}

/**
 * Mean Pearson correlation over all pairs of columns of one length that vary; NaN below two such columns. The pairs are
 * never formed: the square of the sum of N unit columns is N and twice the sum of their correlations. Cost: O(N T).
 */
export function meanPairwiseCorrelation(columns: readonly Float64Array[]): number {
  const total = new Float64Array(columns[0]?.length ?? 0)
  let n = 0
  for (const column of columns) {
    const centre = mean(column) ?? Number.NaN
    const sd = sampleSd(column)
    if (sd === null || isZeroSpread(sd, maxAbs(column))) continue
    const norm = sd * Math.sqrt(column.length - 1)
    for (let t = 0; t < total.length; t++) total[t]! += (column[t]! - centre) / norm
    n++
  }
  let square = 0
  for (let t = 0; t < total.length; t++) square += total[t]! * total[t]!
  return n < 2 ? Number.NaN : (square - n) / (n * (n - 1))
}

/** A search, and how far to believe its best trial. Ratios are per period. */
export interface SearchEvidence {
  readonly trials: number
  readonly effectiveTrials: number
  readonly sharpes: Float64Array
  /** Position of the best, the earliest of equals; -1 when no trial has a ratio. */
  readonly best: number
  /** Of the ratios, n - 1 in the divisor; 0 below two. */
  readonly variance: number
  /** What the best of N trials without skill would show, for all trials and for the effective ones. */
  readonly expectedBest: number
  readonly expectedBestEffective: number
  /** PSR(0) of the best, as if it were the only one, and its DSR for all trials and for the effective ones. */
  readonly probabilistic: number
  readonly deflated: number
  readonly deflatedEffective: number
}

/**
 * Weighs the best of a search by all its trials: returns of each trial over the same dates. A trial without a ratio
 * (no spread) counts as a trial, and is left out of the variance and of the correlations.
 */
export function weighSearch(trialReturns: readonly Float64Array[]): SearchEvidence {
  const trials = trialReturns.length
  const sharpes = Float64Array.from(trialReturns, (returns) => sharpePerPeriod(returns))
  let best = -1
  sharpes.forEach((sharpe, k) => {
    if (!Number.isNaN(sharpe) && (best < 0 || sharpe > sharpes[best]!)) best = k
  })
  const known = sharpes.filter((sharpe) => !Number.isNaN(sharpe))
  const spread = sampleSd(known) ?? 0
  const variance = isZeroSpread(spread, maxAbs(known)) ? 0 : spread * spread
  const correlation = meanPairwiseCorrelation(trialReturns)
  const effective = effectiveTrials(trials, Number.isNaN(correlation) ? 0 : correlation)
  const sample = sharpeSample(trialReturns[best] ?? new Float64Array(0))
  return {
    trials,
    effectiveTrials: effective,
    sharpes,
    best,
    variance,
    expectedBest: expectedBestSharpe(trials, variance),
    expectedBestEffective: expectedBestSharpe(effective, variance),
    probabilistic: probabilisticSharpe(sample),
    deflated: deflatedSharpe(sample, trials, variance),
    deflatedEffective: deflatedSharpe(sample, effective, variance),
  }
}

/** Years of backtest below which the best of N trials without skill is expected to reach an annual Sharpe ratio. */
export interface MinBacktestLength {
  readonly years: number
  /** Upper bound in closed form, 2 ln N over the squared ratio. */
  readonly bound: number
}

/**
 * Minimum backtest length.
 *
 * Source: Bailey, Borwein, López de Prado & Zhu 2014, Notices of the AMS 61(5).
 */
export function minBacktestLength(trials: number, annualSharpe: number): MinBacktestLength {
  return {
    years: (expectedMaximum(trials) / annualSharpe) ** 2,
    bound: (2 * Math.log(trials)) / annualSharpe ** 2,
  }
}
