import { backtestOverfitting } from '../statistics/overfitting/backtest-overfitting.ts'
import {
  deflatedSharpe,
  effectiveTrials,
  expectedBestSharpe,
  meanPairwiseCorrelation,
} from '../statistics/overfitting/deflated-sharpe.ts'
import { probabilisticSharpe, sharpeSample } from '../statistics/overfitting/probabilistic-sharpe.ts'
import { sharpePerPeriod } from '../statistics/returns/growth.ts'
import { sampleSd } from '../stats.ts'

/** Blocks of the cross-validation (Bailey et al. 2017), fewer where a search is too large or its days too few. */
const MOST_BLOCKS = 16
/** Ratios computed at most: a tenth of a second. */
const MOST_RATIOS = 5e7
const MIN_BLOCK_DAYS = 2

/**
 * How far to believe the choice of one window: what its trials say about luck. Ratios are mean over deviation of the
 * daily score (rank IC; hits less one half), per day, on the days on which every trial that could win has one.
 * Null: not defined.
 */
export interface SearchEvidence {
  readonly days: number
  /** Different combinations; and the independent trials that they amount to, being alike (López de Prado 2018). */
  readonly trials: number
  readonly effectiveTrials: number | null
  readonly meanCorrelation: number | null
  /** Ratio of the chosen, and the one that the best of as many without skill is expected to show. */
  readonly sharpe: number | null
  readonly expectedBest: number | null
  /** Probability of skill as if there had been one trial; deflated by all trials, and by the effective ones. */
  readonly probabilistic: number | null
  readonly deflated: number | null
  readonly deflatedEffective: number | null
  /** Share of the ways to halve the days on which the best of one half is no better than the middle of the other. */
  readonly overfittingProbability: number | null
  /** Blocks it was cut into; 0 where there is no such probability. */
  readonly blocks: number
}

/** The trials of a search. */
export interface Trials {
  /** Daily score of each trial that could have been chosen, over the same days; NaN on a day without one. */
  readonly series: readonly Float64Array[]
  /** Which of them was. */
  readonly chosen: number
  /** All that were tried, those without a score included: luck had as many chances. */
  readonly tried: number
}

/** Weighs the choice of a search. */
export function weighSearch({ series: scores, chosen, tried }: Trials): SearchEvidence {
  const days = daysOfAll(scores)
  const series = scores.map((trial) => Float64Array.from(days, (day) => trial[day]!))
  const sharpes = Float64Array.from(series, (scores) => sharpePerPeriod(scores)).filter(Number.isFinite)
  const variance = (sampleSd(sharpes) ?? 0) ** 2
  const meanCorrelation = meanPairwiseCorrelation(series)
  const effective = tried === 1 ? 1 : effectiveTrials(tried, meanCorrelation)
  const best = sharpeSample(series[chosen]!)
  const blocks = blocksFor(series.length, days.length)
  return {
    days: days.length,
    trials: tried,
    effectiveTrials: defined(effective),
    meanCorrelation: defined(meanCorrelation),
    sharpe: defined(best.sharpe),
    expectedBest: defined(expectedBestSharpe(tried, variance)),
    probabilistic: defined(probabilisticSharpe(best)),
    deflated: defined(deflatedSharpe(best, tried, variance)),
    deflatedEffective: defined(deflatedSharpe(best, effective, variance)),
    overfittingProbability: blocks === 0 ? null : backtestOverfitting(series, blocks).probability,
    blocks,
  }
}

function defined(value: number): number | null {
  // Minus zero becomes zero.
  return Number.isFinite(value) ? value + 0 : null
}

function daysOfAll(trials: readonly Float64Array[]): number[] {
  const days = Array.from(trials[0] ?? [], (_, day) => day)
  return days.filter((day) => trials.every((trial) => !Number.isNaN(trial[day]!)))
}

/** The most blocks that the days and the work allow; 0 for a single trial or too few days for two. */
function blocksFor(trials: number, days: number): number {
  let blocks = MOST_BLOCKS
  while (blocks >= 2 && (days < MIN_BLOCK_DAYS * blocks || halvings(blocks) * blocks * trials > MOST_RATIOS))
    blocks -= 2
  return trials < 2 ? 0 : blocks
}

/** Ways to choose half of so many blocks. */
function halvings(blocks: number): number {
  let ways = 1
  for (let k = 1; k <= blocks / 2; k++) ways = (ways * (blocks / 2 + k)) / k
  return Math.round(ways)
}
