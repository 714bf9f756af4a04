/** The status of a resource that has a job of its own, as the API server keeps it (crds/v1alpha1/status.ts). */
export interface ResourceStatus {
  readonly phase?: Phase
  readonly observedGeneration?: number
  readonly conditions?: readonly StatusCondition[]
  readonly handledRequest?: string
  readonly jobId?: string
  readonly attempt?: number
  readonly retries?: number
  readonly nextAttemptAt?: string
  readonly jobName?: string
  readonly limits?: { readonly timeoutSeconds?: number; readonly memoryLimit?: string; readonly cpu?: string }
  readonly units?: { readonly total?: number; readonly done?: number }
  readonly progress?: {
    readonly percent?: number
    readonly stage?: string
    readonly date?: string
    readonly updatedAt?: string
    readonly source?: 'redis' | 'record'
  }
  readonly startTime?: string
  readonly completionTime?: string
  readonly snapshotId?: string
  readonly datasetVersionIds?: Readonly<Record<string, string>>
  readonly resultPath?: string
  readonly metrics?: Readonly<Record<string, string>>
  readonly lastResult?: { readonly attempt?: number; readonly completionTime?: string; readonly resultPath?: string }
  readonly error?: { readonly class?: string; readonly message?: string }
}

export type Phase = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Cancelled'

export interface StatusCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** Phases that end a resource: only a newer request takes it back. */
export const FINISHED_PHASES: readonly Phase[] = ['Completed', 'Failed', 'Cancelled']

/** Where a resource stands: one row of the table of design.md 2 each, but the first, which needs no writer. */
export type Moment =
  /** `reason`, CamelCase: why it does not run yet; it stands in Reconciling and in Admitted. */
  | { readonly is: 'waiting'; readonly admitted: boolean; readonly reason: string; readonly message: string }
  | { readonly is: 'running' }
  | { readonly is: 'suspended' }
  | { readonly is: 'completed'; readonly reused: boolean }
  | { readonly is: 'failed'; readonly class: string; readonly message: string }
  | { readonly is: 'cancelled'; readonly message: string }
  /** The record cannot be read or is not there: whatever the status said stays. */
  | { readonly is: 'kept' }

/** Everything a status is made of. Times in ms since 1970, null: not known or not so. */
export interface StatusFacts {
  readonly now: number
  readonly generation: number
  /** The status as it stands: keeps the times of conditions that did not change. */
  readonly before: ResourceStatus | null
  readonly moment: Moment
  readonly handledRequest: string | null
  readonly job: JobShown | null
  /** Of the attempt that runs or ran last. */
  readonly attempt: AttemptShown | null
  readonly result: ResultShown | null
  readonly lastResult: { readonly attempt: number; readonly completedAt: number | null; readonly path: string } | null
  readonly extra: ExtraConditions
}

export interface JobShown {
  readonly jobId: string
  readonly snapshotId: string | null
  readonly retries: number
  readonly nextAttemptAt: number | null
  /** Of the last failure, while a retry waits too. */
  readonly error: { readonly class: string; readonly message: string } | null
}

export interface AttemptShown {
  readonly attempt: number
  readonly jobName: string | null
  readonly limits: { readonly timeoutSeconds: number; readonly memoryLimitBytes: number; readonly cpu: number } | null
  readonly units: { readonly total: number; readonly done: number } | null
  readonly progress: {
    readonly percent: number
    readonly stage: string
    readonly date: string | null
    readonly updatedAt: number
    readonly source: 'redis' | 'record'
  } | null
  readonly startedAt: number | null
}

export interface ResultShown {
  readonly kind: 'Backtest' | 'WalkForward' | 'MonteCarlo'
  readonly completedAt: number | null
  /** As people see it: `s3://…` or `pvc:<claim>/…`. Null without a result. */
  readonly path: string | null
  readonly snapshotId: string | null
  readonly datasetVersionIds: Readonly<Record<string, string>> | null
  /** snake_case -> number, NaN, or null where it is not defined. */
  readonly metrics: Readonly<Record<string, number | null>> | null
}

/** Conditions beside the five of the table: a text makes it True (Recorded: False), null leaves it out. */
export interface ExtraConditions {
  /** Why the record does not speak of it: DatabaseUnavailable, Expired, RecordLost, NotYet. Null: it does. */
  readonly unrecorded: { readonly reason: string; readonly message: string } | null
  readonly retryScheduled: string | null
  readonly retriesExhausted: string | null
  readonly redisDegraded: string | null
  readonly recordPending: string | null
  readonly storageFull: string | null
  readonly noProgress: string | null
  readonly unschedulable: string | null
  readonly runnerNotConfigured: string | null
  readonly trainOverlap: string | null
}

/** None of them. */
export const NO_EXTRA: ExtraConditions = {
  unrecorded: null,
  retryScheduled: null,
  retriesExhausted: null,
  redisDegraded: null,
  recordPending: null,
  storageFull: null,
  noProgress: null,
  unschedulable: null,
  runnerNotConfigured: null,
  trainOverlap: null,
}
