import { HindcastError } from '../../core/errors.ts'
import type { AlphaParameters, SearchMetric } from '../../core/request.ts'
import type { BacktestResult, CostResult, Series, Warning } from '../result.ts'
import { averageRanks, mean } from '../stats.ts'
import {
  type Aggregate,
  aggregateWindows,
  type ParameterStability,
  parameterStability,
  walkForwardEfficiency,
} from './aggregate.ts'
import type { Metrics, TestRun, UnitResult } from './compute-unit.ts'
import { outOfSampleMetrics } from './out-of-sample.ts'
import type { Walk } from './plan-walk.ts'
import { walkWarnings } from './walk-warnings.ts'
import type { SearchEvidence } from './weigh-search.ts'
import type { Window } from './windows.ts'

/** One window in the walk's result. */
export interface WindowResult extends Window {
  readonly bestParameters: AlphaParameters
  readonly bestScore: number
  /** mean_ic of the chosen parameters on both spans, icir on the test span; NaN where there is none. */
  readonly trainIc: number
  readonly testIc: number
  readonly testIcir: number
  /** Every scalar of both runs; null where no try had a score. */
  readonly train: Metrics | null
  readonly test: Metrics | null
  readonly evidence: SearchEvidence | null
  /** Average rank of the chosen combination on the test span, 1 the worst, among those with a score there. */
  readonly chosenRank: number
  readonly rankedCombinations: number
}

/** What was tried, window by window. */
export interface SearchResult {
  readonly metric: SearchMetric
  readonly names: readonly string[]
  /** Null where nothing is searched. */
  readonly ranges: Readonly<Record<string, readonly (number | string)[]>> | null
  /** Parameters of each try, in order; a random search may hold one twice. */
  readonly tries: readonly AlphaParameters[]
  /** Score of each try on the train span of each window, [windows × tries]. */
  readonly scores: Float64Array
  /** The same on the test spans: nothing was chosen by them. */
  readonly testScores: Float64Array
  /** Different combinations: each window chose among so many (engine.md T31). */
  readonly nTrials: number
}

/** Result of a walk: plain data in the order of the windows. */
export interface WalkForwardResult {
  readonly windows: readonly WindowResult[]
  readonly aggregated: Aggregate
  readonly stability: readonly ParameterStability[]
  /** Mean annualised return out of sample over that in sample; null where there was no gain in sample. */
  readonly efficiency: number | null
  /** Share of windows whose choice ranked in the lower half on the test span: one half is chance. NaN without one. */
  readonly belowMedianShare: number
  readonly search: SearchResult
  /**
   * Means over the windows with a choice of the deflated probability of skill and of the probability of overfitting,
   * which ask of each search alone; null where no window has one.
   */
  readonly deflatedSharpe: number | null
  readonly overfittingProbability: number | null
  /** Scalars of the stitched series, by the names of a Backtest's metrics. */
  readonly outOfSample: Metrics
  /** The test spans one after another: out of sample throughout. */
  readonly dailyIc: BacktestResult['dailyIc']
  readonly portfolioReturns: Series
  /** Null without a cost model. Each test span opens its book anew, and pays for it. */
  readonly net: CostResult['net'] | null
  readonly warnings: readonly Warning[]
}

/**
 * The result of a walk whose units are all there, given in any order. Throws `invariant_violated` for a unit that is
 * missing, there twice, or of another walk.
 */
export function mergeUnits(walk: Walk, units: readonly UnitResult[]): WalkForwardResult {
  const ordered = units.toSorted((a, b) => a.unit - b.unit)
  checkComplete(walk, ordered)
  const windows = ordered.map((unit) => windowResult(walk, unit))
  const chosen = ordered.filter((unit) => !Number.isNaN(unit.bestScore))
  const runs = chosen.flatMap(({ test }) => test ?? [])
  const aggregated = aggregateWindows(windows, walk.walkForward.overfittingThreshold)
  const stitched = stitch(runs, walk.walkForward.backtest.costModel !== null)
  return {
    windows,
    aggregated,
    stability: parameterStability(
      walk.space.names,
      chosen.map((unit) => unit.bestParameters),
    ),
    efficiency: efficiency(windows),
    belowMedianShare: belowMedianShare(windows),
    search: searchResult(walk, ordered),
    deflatedSharpe: meanEvidence(windows, 'deflated'),
    overfittingProbability: meanEvidence(windows, 'overfittingProbability'),
    outOfSample: outOfSampleMetrics(stitched),
    ...stitched,
    warnings: walkWarnings(walk, { windows, aggregated, runs: ordered.map(({ test }) => test) }),
  }
}

/** The series of the test spans, one after another. */
export type Stitched = Pick<WalkForwardResult, 'dailyIc' | 'portfolioReturns' | 'net'>

function stitch(runs: readonly TestRun[], priced: boolean): Stitched {
  const ics = runs.map((run) => run.dailyIc)
  const returns = runs.map((run) => run.portfolioReturns)
  const nets = runs.flatMap((run) => run.net ?? [])
  return {
    dailyIc: {
      dates: Int32Array.from(ics.flatMap((table) => [...table.dates])),
      ic: joined(ics.map((table) => table.ic)),
      rankIc: joined(ics.map((table) => table.rankIc)),
    },
    portfolioReturns: {
      dates: Int32Array.from(returns.flatMap((series) => [...series.dates])),
      values: joined(returns.map((series) => series.values)),
    },
    net: priced
      ? {
          dates: Int32Array.from(nets.flatMap((table) => [...table.dates])),
          gross: joined(nets.map((table) => table.gross)),
          drag: joined(nets.map((table) => table.drag)),
          net: joined(nets.map((table) => table.net)),
        }
      : null,
  }
}

function joined(columns: readonly Float64Array[]): Float64Array {
  return Float64Array.from(columns.flatMap((column) => [...column]))
}

function checkComplete(walk: Walk, ordered: readonly UnitResult[]): void {
  const wanted = walk.windows.length
  const whole = ordered.length === wanted && ordered.every(({ unit }, at) => unit === at)
  if (!whole) {
    const got = ordered.map(({ unit }) => unit).join(', ')
    throw new HindcastError('invariant_violated', `walk of ${wanted} windows: merged from units ${got || 'none'}`)
  }
  for (const unit of ordered) {
    if (!isUnitOf(walk, unit)) {
      throw new HindcastError('invariant_violated', `unit ${unit.unit} belongs to another walk`)
    }
  }
}

/** Whether a unit is the walk's own: its window, as many tries, the parameters of the best of them, its test days. */
export function isUnitOf({ windows, space }: Walk, unit: UnitResult): boolean {
  const planned = windows[unit.unit]
  if (planned === undefined) return false
  const days = unit.test?.dailyIc.dates ?? []
  return (
    EDGES.every((edge) => unit.window[edge] === planned[edge]) &&
    unit.scores.length === space.tries.length &&
    sameParameters(unit.bestParameters, space.combinations[space.tries[unit.best] ?? -1]) &&
    days.every((day) => day >= planned.testStart && day <= planned.testEnd)
  )
}

const EDGES = ['trainStart', 'trainEnd', 'testStart', 'testEnd'] as const

/** Names in the same order, as the search gave them. */
function sameParameters(found: AlphaParameters, wanted: AlphaParameters | undefined): boolean {
  return wanted !== undefined && JSON.stringify(found) === JSON.stringify(wanted)
}

function windowResult(walk: Walk, unit: UnitResult): WindowResult {
  const { window, bestParameters, bestScore, evidence, train, test } = unit
  return {
    ...window,
    bestParameters,
    bestScore,
    trainIc: train?.mean_ic ?? Number.NaN,
    testIc: test?.metrics.mean_ic ?? Number.NaN,
    testIcir: test?.metrics.icir ?? Number.NaN,
    train,
    test: test?.metrics ?? null,
    evidence,
    ...rankOfChoice(walk, unit),
  }
}

/** Where the choice stood on the test span among the different combinations. */
function rankOfChoice({ space }: Walk, { testScores, best }: UnitResult) {
  const byCombination = new Float64Array(space.combinations.length)
  space.tries.forEach((combination, at) => {
    byCombination[combination] = testScores[at]!
  })
  const scored = Array.from(byCombination, (score) => (Number.isNaN(score) ? null : score))
  return {
    chosenRank: averageRanks(scored)[space.tries[best]!]!,
    rankedCombinations: scored.filter((score) => score !== null).length,
  }
}

function belowMedianShare(windows: readonly WindowResult[]): number {
  const ranked = windows.filter((window) => window.rankedCombinations > 1 && !Number.isNaN(window.chosenRank))
  const below = ranked.filter((window) => window.chosenRank / (window.rankedCombinations + 1) <= 0.5)
  return below.length / ranked.length
}

function meanEvidence(windows: readonly WindowResult[], name: 'deflated' | 'overfittingProbability'): number | null {
  return mean(windows.map((window) => window.evidence?.[name] ?? null))
}

function efficiency(windows: readonly WindowResult[]): number | null {
  const both = windows.flatMap(({ train, test }) => {
    const pair = [meanReturn(train), meanReturn(test)] as const
    return pair[0] === null || pair[1] === null ? [] : [pair as readonly [number, number]]
  })
  return walkForwardEfficiency(
    both.map(([before]) => before),
    both.map(([, after]) => after),
  )
}

/** Annualised mean daily return of a run; null where its Sharpe ratio is not defined. */
function meanReturn(metrics: Metrics | null): number | null {
  const sharpe = metrics?.gross_sharpe ?? null
  const volatility = metrics?.volatility_ann ?? null
  return sharpe === null || volatility === null ? null : sharpe * volatility
}

function searchResult({ walkForward, space }: Walk, units: readonly UnitResult[]): SearchResult {
  return {
    metric: walkForward.search.metric,
    names: space.names,
    ranges: space.names.length === 0 ? null : walkForward.search.parameters,
    tries: space.tries.map((combination) => space.combinations[combination]!),
    scores: joined(units.map((unit) => unit.scores)),
    testScores: joined(units.map((unit) => unit.testScores)),
    nTrials: space.combinations.length,
  }
}
