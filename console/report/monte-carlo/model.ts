import type { PinnedBacktest, PinnedMonteCarlo } from '../../../core/plan.ts'
import type { Numbers } from '../../charts/scale.ts'
import type { Provenance, ResultHead, Said, Scalars } from '../model.ts'

export const PATH_METRICS = ['sharpe', 'max_drawdown', 'mean_ic', 'hit_rate'] as const
export type PathMetric = (typeof PATH_METRICS)[number]

/** Everything a report shows of one MonteCarlo: plain data, as `ReportModel` of a Backtest. */
export interface PathReportModel {
  readonly head: ResultHead
  readonly computation: PinnedMonteCarlo
  readonly source: PathSource
  /** Observed values, the levels of the paths, and chances (core/glossary/monte-carlo.ts); NaN where there is none. */
  readonly metrics: Scalars
  /** Days; NaN for methods without blocks. */
  readonly blockLength: number
  /** Returns and ICs drawn from, and whether those of one day stay together. */
  readonly sample: { readonly returns: number; readonly ics: number; readonly drawnTogether: boolean }
  /** One value for each path. */
  readonly distributions: Readonly<Record<PathMetric, Numbers>>
  /** Null where the source's files are not at hand. */
  readonly fan: PathFan | null
  /** What the figures mean, in the engine's sentences. */
  readonly notes: readonly Said[]
  readonly warnings: readonly Said[]
  readonly provenance: Provenance
}

/** The Backtest that is resampled. */
export interface PathSource {
  readonly jobId: string
  /** Null: its row is gone. */
  readonly backtest: PinnedBacktest | null
  readonly snapshotId: string
}

/** Wealth along paths, 1 before the first day. */
export interface PathFan {
  readonly paths: number
  /** Days passed at each point. */
  readonly days: Numbers
  readonly observed: Numbers
  /** Lines of the levels 5, 25, 50, 75 and 95 %. */
  readonly lines: readonly Numbers[]
}
