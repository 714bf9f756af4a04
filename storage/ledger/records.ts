import type { IsoDate } from '../../core/dates.ts'
import type { Json } from '../../core/identity.ts'
import type { Status } from '../../core/lifecycle.ts'
import type { Priority } from '../../core/request.ts'

/** A time by the database's clock, RFC 3339 in UTC with microseconds: `2026-11-22T21:11:51.123456Z`. */
export type Instant = string

/** A write that touched no row: somebody else decided first. A value, never silence (design.md 3). */
export type Fenced = 'fenced'

export type JobKind = 'backtest' | 'walkforward' | 'montecarlo'
export type DeletionPolicy = 'retain' | 'purge'

/**
 * snake_case name -> number, NaN where it could not be computed, null where it is not defined. Read back from a row,
 * what is not defined is absent (ADR 0053).
 */
export type Metrics = Readonly<Record<string, number | null>>

/** A row of backtest_jobs. Columns of the seed and of Hindcast: platform.md 3.1. */
export interface Job extends Result {
  readonly id: string
  readonly jobId: string
  readonly configHash: string
  readonly kind: JobKind
  readonly namespace: string
  readonly dataset: string | null
  readonly status: Status
  readonly alphaName: string
  readonly startDate: IsoDate
  readonly endDate: IsoDate
  readonly weightMethod: string
  /** The whole computation, its snapshot pinned. */
  readonly configJson: { readonly [key: string]: Json }
  readonly createdBy: string
  readonly priority: Priority
  readonly deletionPolicy: DeletionPolicy
  /** Seconds. */
  readonly jobTimeout: number
  readonly holderUid: string | null
  readonly attempt: number
  readonly lastGoodAttempt: number | null
  readonly retryCount: number
  readonly createdAt: Instant
  readonly queuedAt: Instant | null
  readonly nextAttemptAt: Instant | null
  readonly startedAt: Instant | null
  readonly completedAt: Instant | null
  readonly updatedAt: Instant
  readonly heartbeatAt: Instant | null
  readonly cancelRequestedAt: Instant | null
  readonly cancelRequestedBy: string | null
  readonly workerId: string | null
  readonly progressPct: number
  readonly progressStage: string | null
  readonly progressDate: IsoDate | null
  readonly errorClass: string | null
  readonly errorMessage: string | null
  readonly meanIc: number | null
  readonly icir: number | null
  readonly hitRate: number | null
  readonly coverage: number | null
  readonly longShortSpread: number | null
  readonly averageTurnover: number | null
  readonly decayHalfLife: number | null
  readonly costConfig: Json
  readonly pinned: boolean
}

/** What a result leaves in the job's row and in its attempt's; all null until there is one. */
export interface Result {
  readonly metrics: Metrics | null
  readonly costSummary: Metrics | null
  /** `{namespace}/{job_id}/{attempt}`. */
  readonly resultPath: string | null
  readonly snapshotId: string | null
  readonly datasetVersionIds: Readonly<Record<string, string>> | null
  readonly engineRevision: number | null
  readonly engineVersion: string | null
  readonly imageDigest: string | null
  readonly contentSha256: string | null
  readonly manifestSha256: string | null
  readonly resultKey: string | null
  readonly artifactBytes: number | null
  readonly peakMemoryBytes: number | null
}

/** A row of backtest_attempts. `status` pending: opened, not claimed yet. */
export interface Attempt extends Result {
  readonly jobId: string
  readonly attempt: number
  readonly status: Status
  readonly cause: AttemptCause
  readonly holderUid: string | null
  readonly operatorEpoch: number
  readonly jobName: string | null
  readonly priority: Priority
  readonly memoryLimit: number | null
  readonly cpu: number | null
  /** Seconds. */
  readonly timeout: number
  readonly parallelism: number
  /** Kubernetes Jobs that were made, or were about to be, under this number. */
  readonly jobsMade: number
  /** Ties the log lines of API, operator and runner together. */
  readonly requestId: string | null
  readonly openedAt: Instant
  readonly startedAt: Instant | null
  readonly completedAt: Instant | null
  readonly podName: string | null
  readonly nodeName: string | null
  readonly exitCode: number | null
  readonly errorClass: string | null
  readonly errorMessage: string | null
  readonly mergedBy: string | null
  /** Units of a parallel kind, noted by the first pod that opened its data. */
  readonly unitsTotal: number | null
  readonly filesDeletedAt: Instant | null
}

/** A row of walk_forward_windows: a window of a WalkForward's result; a score that is NaN is null in SQL. */
export interface WindowRow {
  readonly windowId: number
  readonly trainStart: IsoDate
  readonly trainEnd: IsoDate
  readonly testStart: IsoDate
  readonly testEnd: IsoDate
  readonly bestParams: Json
  readonly trainIc: number | null
  readonly testIc: number | null
  readonly testIcir: number | null
}

/** A row of monte_carlo_results: what the paths say of one metric. */
export interface IntervalRow {
  readonly metric: string
  readonly observed: number | null
  readonly q05: number | null
  readonly q50: number | null
  readonly q95: number | null
  /** Confidence level -> value. */
  readonly quantiles: Json
  readonly pValue: number | null
}

/** Which units an attempt of a parallel kind is made of. */
export interface UnitSet {
  /** Units that another engine computed are not taken over. */
  readonly engineRevision: number
  /** Units in all: 0 to total - 1. */
  readonly total: number
}

/** A finished unit of a parallel kind, as the engine's codec wrote it: at most UNIT_BYTES_MAX. */
export interface UnitBytes {
  readonly unit: number
  readonly bytes: Uint8Array
}

/** A unit as it is stored: its bytes, or why they cannot be trusted. */
export type StoredUnit = UnitBytes | { readonly unit: number; readonly damage: string }

/** Units of a job, for its status. */
export interface UnitCount {
  readonly total: number
  readonly done: number
}

export type AttemptCause = 'first' | 'retry' | 'rerun'
