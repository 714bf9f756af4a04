import type { IsoDate } from '../../core/dates.ts'
import type { PinnedBacktest } from '../../core/plan.ts'
import type { Numbers } from '../charts/scale.ts'

/**
 * Everything a report shows of one Backtest: plain data, no row objects, no time of day but what it is given. Dates of
 * series are day numbers, ascending; NaN stands for a day without a number. A part that is null was not computed or
 * is not known, and the page says so.
 */
export interface ReportModel {
  readonly head: ReportHead
  readonly computation: PinnedBacktest
  /** Every scalar of the result by its snake_case name (core/metric-glossary.ts); null or NaN where it has none. */
  readonly metrics: Scalars
  readonly ic: IcSeries
  readonly returns: ReturnSeries
  /** One-way turnover of each weight date. */
  readonly turnover: DatedValues
  readonly book: BookSeries | null
  readonly decay: DecayPoints
  readonly quantiles: QuantilePart | null
  /** Absent or null for an alpha by name. */
  readonly blend?: BlendPart | null
  readonly costs: CostPart | null
  /** Weights of the last day. */
  readonly holdings: Holdings | null
  readonly data: DataPart | null
  readonly provenance: Provenance
  /** What a reader must know before believing a number, as the engine said it. */
  readonly warnings: readonly Said[]
}

/** A sentence of the engine, and the code by which it is known. */
export interface Said {
  readonly code: string
  readonly message: string
}

export type Scalars = Readonly<Record<string, number | string | null>>

/** What every report begins with, whatever its kind. */
export interface ResultHead {
  readonly name: string
  readonly kind: 'Backtest' | 'WalkForward' | 'MonteCarlo'
  readonly namespace: string
  readonly jobId: string
  readonly attempt: number
  /** Wall time of the attempt; null: not known. */
  readonly durationMs: number | null
}

export interface ReportHead extends ResultHead {
  /** engine.md T26: whether the run ended before its end date, and the last day that counts (day number). */
  readonly stoppedEarly: boolean
  readonly lastProcessedDate: number | null
}

export interface DatedValues {
  readonly dates: Numbers
  readonly values: Numbers
}

export interface IcSeries {
  readonly dates: Numbers
  /** Pearson. */
  readonly ic: Numbers
  /** Spearman. */
  readonly rankIc: Numbers
}

export interface ReturnSeries {
  readonly dates: Numbers
  readonly gross: Numbers
  /** Null when no cost model was asked for; else on the same dates. */
  readonly net: Numbers | null
  readonly drag: Numbers | null
}

export interface BookSeries {
  readonly dates: Numbers
  /** Names held. */
  readonly long: Numbers
  readonly short: Numbers
  /** Exposure as a share of capital. */
  readonly gross: Numbers
  readonly net: Numbers
}

export interface DecayPoints {
  /** Trading days, ascending. */
  readonly horizons: Numbers
  readonly ic: Numbers
  readonly rankIc: Numbers
}

/** engine.md 7. */
export interface QuantilePart {
  readonly summary: Scalars
  /** Mean over dates of the bucket's mean holding-period return, lowest signal first. */
  readonly returns: Numbers
  readonly standardErrors: Numbers
  readonly observations: Numbers
  readonly dates: Numbers
  /** Bucket means by date, [dates × buckets]. */
  readonly daily: Numbers
}

/** engine.md 5, rolling. */
export interface BlendPart {
  readonly names: readonly string[]
  readonly dates: Numbers
  /** [dates × names], shares that sum to one. */
  readonly weights: Numbers
  /** `pearson:a|b` and `spearman:a|b` of every two parts, and `condition_number`. */
  readonly correlation: Readonly<Record<string, number>>
}

/** engine.md 6.7 and 6.8. */
export interface CostPart {
  readonly summary: Scalars
  readonly capacity: Scalars
}

export interface Holdings {
  readonly date: number
  /** Names held on each side. */
  readonly longCount: number
  readonly shortCount: number
  /** Largest weights first. */
  readonly long: readonly Holding[]
  readonly short: readonly Holding[]
}

export interface Holding {
  readonly permno: number
  /** Null: not known. */
  readonly ticker: string | null
  readonly weight: number
}

export interface DataPart {
  readonly rows: number
  readonly securities: number
  readonly startDate: IsoDate
  readonly endDate: IsoDate
  /** Null: not known. */
  readonly hasDelistings: boolean | null
  readonly hasFundamentals: boolean | null
  /** Rows or values that did not reach the engine, by reason. */
  readonly dropped: readonly { readonly reason: string; readonly rows: number }[]
  /** Findings of the import's quality report, as it wrote them. */
  readonly findings: readonly string[]
}

export interface Provenance {
  /** Role -> version and content hash. */
  readonly datasetVersionIds: Readonly<Record<string, string>>
  readonly snapshotSha256: string | null
  readonly configHash: string
  readonly contentSha256: string | null
  readonly manifestSha256: string | null
  readonly engineRevision: number
  readonly engineVersion: string
  readonly imageDigest: string | null
  readonly createdBy: string | null
  /** As the record has it, ISO 8601. */
  readonly completedAt: string | null
  readonly resultPath: string | null
  /** The command that computes this again; null: not known. */
  readonly again: string | null
}

/** How a security is written everywhere: `AAPL (10004)`, or the permno alone. */
export function securityText(holding: { readonly permno: number; readonly ticker: string | null }): string {
  return holding.ticker === null ? String(holding.permno) : `${holding.ticker} (${holding.permno})`
}
