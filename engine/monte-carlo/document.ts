import type { Warning } from '../result.ts'
import type { MetricInterval, MonteCarloResult } from './merge.ts'
import type { MonteCarloRun } from './run.ts'

/** monte_carlo.json, before numbers that are not finite are written as null. */
export interface MonteCarloDocument {
  readonly version: '1.0'
  readonly config: {
    readonly simulations: number
    readonly method: string
    /** Days; null for methods without blocks. */
    readonly block_length: number | null
    readonly block_length_from: string | null
    readonly seed: number
    readonly generator: string
    readonly basis: string
    readonly confidence_levels: readonly number[]
  }
  readonly sample: { readonly returns: number; readonly ics: number; readonly drawn_together: boolean }
  readonly intervals: readonly {
    readonly metric: string
    readonly observed: number
    readonly q05: number
    readonly q50: number
    readonly q95: number
    readonly quantiles: Readonly<Record<string, number>>
    readonly paths: number
    readonly above_median: boolean
  }[]
  readonly p_value_sharpe: number
  readonly p_value_null: number
  readonly drawdown_deeper_share: number
  readonly notes: readonly Warning[]
  readonly warnings: readonly Warning[]
}

/** The document of a result; distributions have a file of their own. */
export function monteCarloDocument(run: MonteCarloRun, result: MonteCarloResult): MonteCarloDocument {
  const { simulations, method, seed, generator, basis, confidenceLevels } = run.settings
  return {
    version: '1.0',
    config: {
      simulations,
      method,
      block_length: run.block?.days ?? null,
      block_length_from: run.block?.from ?? null,
      seed,
      generator,
      basis,
      confidence_levels: confidenceLevels,
    },
    sample: { returns: run.sample.returns.length, ics: run.sample.ics.length, drawn_together: run.paired },
    intervals: result.intervals.map(({ aboveMedian, ...interval }) => ({ ...interval, above_median: aboveMedian })),
    p_value_sharpe: result.pValues.sharpe,
    p_value_null: result.pValues.sharpeNull,
    drawdown_deeper_share: result.pValues.drawdownDeeper,
    notes: result.notes,
    warnings: result.warnings,
  }
}

/** A row of monte_carlo_results; NaN where a value could not be computed. */
export interface MonteCarloRow
  extends Pick<MetricInterval, 'metric' | 'observed' | 'q05' | 'q50' | 'q95' | 'quantiles'> {
  /** Of the Sharpe ratio the chance without skill, of the drawdown the share at least as deep; null for the others. */
  readonly pValue: number | null
}

/** The rows of a result in the order of its intervals. */
export function monteCarloRows({ intervals, pValues }: MonteCarloResult): MonteCarloRow[] {
  const pValue = { sharpe: pValues.sharpeNull, max_drawdown: pValues.drawdownDeeper, mean_ic: null, hit_rate: null }
  return intervals.map(({ metric, observed, q05, q50, q95, quantiles }) => ({
    metric,
    observed,
    q05,
    q50,
    q95,
    quantiles,
    pValue: pValue[metric],
  }))
}

/** The metrics of status and record (design.md 2), by their snake_case names. */
export function monteCarloMetrics({ intervals, pValues }: MonteCarloResult): Record<string, number> {
  const metrics: Record<string, number> = {}
  for (const { metric, observed, q05, q50, q95 } of intervals) {
    Object.assign(metrics, {
      [metric]: observed,
      [`${metric}_q05`]: q05,
      [`${metric}_q50`]: q50,
      [`${metric}_q95`]: q95,
    })
  }
  return {
    ...metrics,
    p_value: pValues.sharpeNull,
    p_value_sharpe: pValues.sharpe,
    drawdown_deeper_share: pValues.drawdownDeeper,
  }
}
