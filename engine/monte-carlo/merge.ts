import { invariant } from '../../core/invariant.ts'
import type { Warning } from '../result.ts'
import { percentileOfSorted } from '../stats.ts'
import { runNotes, runWarnings } from './notes.ts'
import { PATH_METRICS, type PathMetric } from './path-metrics.ts'
import { byMetric, type MonteCarloRun, unitPaths } from './run.ts'
import { createSimulator, type PathBlock, type PathProgress, simulateUnit } from './simulate.ts'

/** Equal but for rounding: orders of the same days compound to numbers this close. */
const SLACK = 1e-12
/** The levels that have columns of their own; NaN where they were not asked for (engine.md 9.4). */
const NAMED_LEVELS = { q05: 0.05, q50: 0.5, q95: 0.95 } as const

/** What the paths say of one metric. */
export interface MetricInterval {
  readonly metric: PathMetric
  readonly observed: number
  readonly q05: number
  readonly q50: number
  readonly q95: number
  /** Confidence level as text -> linear percentile of the paths that are not NaN; empty when none is. */
  readonly quantiles: Readonly<Record<string, number>>
  /** Paths that are not NaN. */
  readonly paths: number
  /** The reference's `is_significant`, which is no test: the observed value lies above the median. */
  readonly aboveMedian: boolean
}

/** Result of a MonteCarlo. */
export interface MonteCarloResult {
  /** In the order sharpe, max_drawdown, mean_ic, hit_rate. */
  readonly intervals: readonly MetricInterval[]
  readonly pValues: PathPValues
  /** Columns of monte_carlo_distributions.parquet. */
  readonly distributions: Readonly<Record<PathMetric, Float64Array>> & { readonly sim: Int32Array }
  /** What the figures mean, in sentences. */
  readonly notes: readonly Warning[]
  /** What a reader must know before believing them. */
  readonly warnings: readonly Warning[]
}

export interface PathPValues {
  /**
   * The reference's share of paths that reach the observed Sharpe ratio: about 0.5 whatever the skill. NaN where the
   * observed one is NaN, and for shuffles, where rounding decides (engine.md 9.5, T11).
   */
  readonly sharpe: number
  /** Chance of the observed Sharpe ratio without skill, (1 + paths reaching it) / (paths + 1); NaN for shuffles. */
  readonly sharpeNull: number
  /** Share of paths whose drawdown is at least as deep as the observed one: small = worse than its days had to be. */
  readonly drawdownDeeper: number
}

/** A whole run in one thread; progress counts the paths of all units. */
export function* computeMonteCarlo(run: MonteCarloRun): Generator<PathProgress, MonteCarloResult> {
  const simulator = createSimulator(run)
  const total = run.settings.simulations
  const blocks: PathBlock[] = []
  for (let unit = 0; unit < run.units; unit++) {
    const { first, count } = unitPaths(run, unit)
    const steps = simulateUnit(simulator, unit)
    for (;;) {
      const step = steps.next()
      if (step.done) {
        blocks.push(step.value)
        break
      }
      yield { done: first + step.value.done, total }
    }
    yield { done: first + count, total }
  }
  return mergeBlocks(run, blocks)
}

/** The result of all units, in any order. */
export function mergeBlocks(run: MonteCarloRun, blocks: Iterable<PathBlock>): MonteCarloResult {
  const { simulations } = run.settings
  const columns = byMetric(() => new Float64Array(simulations))
  const seen = new Set<number>()
  let nullReaching = 0
  for (const block of blocks) {
    const { first, count } = unitPaths(run, block.unit)
    invariant(!seen.has(block.unit), `unit ${block.unit} is merged once`)
    for (const metric of PATH_METRICS) {
      invariant(block.columns[metric].length === count, `unit ${block.unit} has ${count} paths`)
      columns[metric].set(block.columns[metric], first)
    }
    nullReaching += block.nullReaching
    seen.add(block.unit)
  }
  invariant(seen.size === run.units, `all ${run.units} units are there, not ${seen.size}`)
  const pValues = pValuesOf(run, columns, nullReaching)
  const distributions = { sim: Int32Array.from({ length: simulations }, (_, path) => path), ...columns }
  const intervals = PATH_METRICS.map((metric) => intervalOf(run, metric, columns[metric]))
  return {
    intervals,
    pValues,
    distributions,
    notes: runNotes(run, { pValues, intervals }),
    warnings: runWarnings(run),
  }
}

function intervalOf(run: MonteCarloRun, metric: PathMetric, column: Float64Array): MetricInterval {
  // NaN sorts to the end.
  const sorted = column.toSorted()
  let paths = sorted.length
  while (paths > 0 && Number.isNaN(sorted[paths - 1])) paths--
  const valid = sorted.subarray(0, paths)
  const levels = paths === 0 ? [] : run.settings.confidenceLevels
  const quantiles = Object.fromEntries(levels.map((level) => [String(level), percentileOfSorted(valid, level)!]))
  const named = (level: number) => quantiles[String(level)] ?? Number.NaN
  const observed = run.observed[metric]
  const q50 = named(NAMED_LEVELS.q50)
  return {
    metric,
    observed,
    q05: named(NAMED_LEVELS.q05),
    q50,
    q95: named(NAMED_LEVELS.q95),
    quantiles,
    paths,
    aboveMedian: observed > q50,
  }
}

function pValuesOf(run: MonteCarloRun, columns: PathBlock['columns'], nullReaching: number): PathPValues {
  const { simulations, method } = run.settings
  const { sharpe, max_drawdown: drawdown } = run.observed
  const ordersOnly = method === 'shuffle'
  const deepEnough = drawdown * (1 - SLACK)
  return {
    sharpe: ordersOnly || Number.isNaN(sharpe) ? Number.NaN : shareOf(columns.sharpe, (value) => value >= sharpe),
    // Without spread there is no null to compare with.
    sharpeNull: ordersOnly || !Number.isFinite(sharpe) ? Number.NaN : (1 + nullReaching) / (simulations + 1),
    drawdownDeeper: Number.isNaN(drawdown) ? Number.NaN : shareOf(columns.max_drawdown, (value) => value <= deepEnough),
  }
}

function shareOf(column: Float64Array, counts: (value: number) => boolean): number {
  let n = 0
  for (const value of column) if (counts(value)) n++
  return n / column.length
}
