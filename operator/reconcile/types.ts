import type { ErrorCode } from '../../core/errors.ts'
import type { EventName } from '../../core/events.ts'
import type { Plan } from '../../core/plan.ts'
import type { Termination } from '../../core/process/termination.ts'
import type { RunPolicy } from '../../core/request.ts'
import type { ResourceStatus } from '../../core/status/shape.ts'
import type { Attempt, AttemptCause, ClaimRow, Failure, Job } from '../../storage/ledger/ledger.ts'
import type { Noted, Sharer } from '../../storage/ledger/operator/port.ts'

/**
 * Everything a decision about one resource may look at, as one frozen value. `record` says how much of the ledger is
 * known, so that no rule can ask a row that is not there.
 */
export type Observed = Unreadable | Unrecorded | Recorded

/** The ledger is out of reach: nothing may be decided, the status stays as it is. */
export interface Unreadable extends Seen {
  readonly record: 'unreadable'
}

/** The ledger has no row of the resource's job, or the job is not known yet. */
export interface Unrecorded extends Seen {
  readonly record: 'none'
  /** The resource's own row of backtest_resources; null: not seen before, or removed by retention. */
  readonly remembered: Noted | null
}

/** The job has its row. Read in one statement (`Ledger.standing`), so that everything fits together. */
export interface Recorded extends Seen {
  readonly record: 'row'
  readonly remembered: Noted | null
  readonly job: Job
  /** The newest attempt; null before the first. It is open while its status is pending or running. */
  readonly attempt: Attempt | null
  readonly lastGood: Attempt | null
  /** The newest claim of each index of the newest attempt. */
  readonly claims: readonly ClaimRow[]
  /** Resources of the job that are neither finished nor gone, oldest first; this one among them when it is such. */
  readonly sharers: readonly SharerFacts[]
}

/** `suspended`: its spec says so now, as far as the operator's cache knows (false: not known). */
export type SharerFacts = Sharer & { readonly suspended: boolean }

export interface Seen {
  /** By the database's clock, or the operator's where the ledger is out of reach; ms since 1970. */
  readonly now: number
  readonly resource: ResourceFacts
  readonly intent: Intent
  /** Every Job that this resource's uid controls, live or finished, whatever its attempt; gone ones while open. */
  readonly jobs: readonly JobFacts[]
  readonly launch: LaunchFacts
  /** One for each claim of the newest attempt. */
  readonly beats: readonly BeatFacts[]
  readonly slots: SlotFacts
  readonly health: HealthFacts
  readonly shown: ShownFacts
  /** Of the engine that runs; a completed result of another one is not reused. */
  readonly engineRevision: number
}

/** The kinds that have a job of their own. A Regression has none, and no decision here. */
export type JobOwnerKind = 'Backtest' | 'WalkForward' | 'MonteCarlo'

export interface ResourceFacts {
  readonly uid: string
  readonly kind: JobOwnerKind
  readonly namespace: string
  readonly name: string
  readonly generation: number
  /** Label `hindcast.dev/request` as it stands; null: none. */
  readonly request: string | null
  /** As the API server has it; null: never written, or the resource is gone. */
  readonly status: ResourceStatus | null
  /** Deleted, or on its way out. */
  readonly gone: boolean
  /** Label `kueue.x-k8s.io/queue-name`: admission is Kueue's. */
  readonly queued: boolean
  /** Made for another resource, which was cancelled or has failed: nobody asks for its result any more. */
  readonly abandoned: boolean
}

/** What the resource asks for, read and looked up as far as that goes now. */
export type Intent =
  | {
      readonly is: 'planned'
      /** Pinned: by status.snapshotId or the row where there is one, else by the newest snapshot. */
      readonly plan: Plan
      readonly run: RunPolicy
      /** Places it would like to have; 1 for a Backtest. */
      readonly parallelism: number
      /** For condition TrainOverlap; null: none. */
      readonly warning: string | null
    }
  /** For good: no later look will make it right. `code` may be `source_failed`. */
  | { readonly is: 'invalid'; readonly code: ErrorCode; readonly message: string }
  /** A MonteCarlo's source is not completed, or the catalogue cannot be read. */
  | { readonly is: 'waiting'; readonly reason: 'SourcePending' | 'CatalogueUnavailable'; readonly message: string }
  /** An inline source has no Backtest yet: `<name>-source` is to be made, unless the resource is suspended. */
  | { readonly is: 'sourceless'; readonly suspended: boolean }
  /** The resource is gone, its spec was never seen. */
  | { readonly is: 'unknown' }

/** A Job that the resource's uid controls. */
export interface JobFacts {
  readonly name: string
  readonly uid: string
  /** By its label; the name must agree, else it is none of ours. */
  readonly attempt: number
  readonly createdAt: number
  /** When it started, or was last resumed; a pod older than that says nothing. */
  readonly startedAt: number | null
  readonly suspended: boolean
  /** Since when, by its condition; null while it is not. */
  readonly suspendedAt: number | null
  readonly deleting: boolean
  /** Seen once, deleted since: kept for its pods until the attempt has ended. */
  readonly gone: boolean
  /** By condition Complete or SuccessCriteriaMet, Failed or FailureTarget. */
  readonly finished: 'complete' | 'failed' | null
  /** Reason and message of the condition that says so. */
  readonly reason: string | null
  readonly message: string | null
  readonly parallelism: number
  /** Indexes that have completed; empty for a Job that is not Indexed. */
  readonly doneIndexes: readonly number[]
  readonly hasTtl: boolean
  /** Label `kueue.x-k8s.io/queue-name`: only Kueue writes spec.suspend. */
  readonly queued: boolean
  /** Those there are, and those that were there: kept from their events until the attempt has ended. */
  readonly pods: readonly PodFacts[]
}

export interface PodFacts {
  readonly name: string
  readonly uid: string
  readonly index: number
  readonly node: string | null
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  readonly createdAt: number
  /** When it was given a node. */
  readonly scheduledAt: number | null
  readonly deleting: boolean
  /** Deleted with no grace left: only a finalizer keeps it. */
  readonly forced: boolean
  /** Seen once, deleted since. */
  readonly gone: boolean
  /** pod.status.reason: Evicted, DeadlineExceeded, NodeLost, … */
  readonly reason: string | null
  /** Of condition DisruptionTarget. */
  readonly disruption: string | null
  /** Why no node takes it, in the scheduler's words. */
  readonly unschedulable: string | null
  /** Of the container: ImagePullBackOff, CreateContainerConfigError, ContainerCreating, … */
  readonly waiting: { readonly reason: string; readonly message: string } | null
  readonly end: PodEnd | null
}

/** How the container ended. */
export interface PodEnd {
  readonly exitCode: number
  /** OOMKilled, Error, Completed, … */
  readonly reason: string | null
  /** Checked; null: there is none, or it is none of this attempt. */
  readonly termination: Termination | null
}

/** What this process knows of making the Job of the newest attempt. */
export interface LaunchFacts {
  /**
   * T11 or `countJob` was written by this process for this attempt, and no answer to a create (made, or found to be
   * ours) has come since. Without it a Job that is not there may have been there: it is counted first.
   */
  readonly permit: boolean
  /** Jobs that were made, or were about to be (column jobs_made: 1 by T11, one more by `countJob`). */
  readonly made: number
  /** The last create was refused; null once one was not. */
  readonly refused: { readonly reason: string; readonly message: string; readonly at: number } | null
  /** The name belongs to a Job of another owner, said in words. */
  readonly conflict: string | null
}

/** Signs of life of one claim, on this observer's monotonic clock (liveness.ts). */
export interface BeatFacts {
  readonly index: number
  readonly podUid: string
  /** How long the sequence number stood still; null: no source can be read. */
  readonly stillMs: number | null
  /** How long percentage and date stood still while it beats; null: not known. */
  readonly idleMs: number | null
}

/** What admission.ts grants this resource, were it to open an attempt now. */
export interface SlotFacts {
  /** Places, 0: wait. Never above what it wants. */
  readonly granted: number
  /** Why 0, in words. */
  readonly why: string
}

export interface HealthFacts {
  /** Redis cannot be reached by the operator, or the runner says so with its beats. */
  readonly redisLost: boolean
  /** Nothing is admitted while the store is full; null: room enough, or not known. */
  readonly storageFull: string | null
}

/** What only the status shows; no rule may look here. */
export interface ShownFacts {
  readonly progress: {
    readonly percent: number
    readonly stage: string
    readonly date: string | null
    readonly updatedAt: number
    readonly source: 'redis' | 'record'
  } | null
  readonly units: { readonly total: number; readonly done: number } | null
  /** `s3://bucket/prefix` or `pvc:claim`: what a result path is shown under. */
  readonly storeRoot: string
  /** In force for a new attempt where the resource names none. */
  readonly limits: { readonly timeoutSeconds: number; readonly memoryLimitBytes: number }
}

/**
 * What to do: at most one durable write (the ledger's or the cluster's). Every write of the ledger signs with the
 * attempt it means and the epoch, so that a decision that was overtaken touches nothing.
 */
export type Action =
  /** upsertResource, with the plan's job id where it is planned. */
  | { readonly do: 'remember' }
  /** Creates the Backtest `<name>-source` that the resource controls. */
  | { readonly do: 'createSource' }
  /** T1, from the plan. */
  | { readonly do: 'insertRow' }
  /** markHandled. */
  | { readonly do: 'handle'; readonly request: string }
  /** Takes a finished resource without a row back: finished_at and outcome null, the request handled. */
  | { readonly do: 'reopen'; readonly request: string }
  /** settleResource. `outcome`: a status word, `reused`, `record_lost`, or an error class. */
  | { readonly do: 'finish'; readonly outcome: string }
  | { readonly do: 'markGone' }
  /** askCancel, and the flag in Redis as a hint; `request` null: without a label, by requestCancel. */
  | { readonly do: 'askCancel'; readonly request: string | null }
  /** T11. The slots are to be taken in the same breath: no two passes may be granted the same. */
  | {
      readonly do: 'openAttempt'
      readonly from: number
      readonly atLeast: number
      readonly cause: AttemptCause
      readonly parallelism: number
    }
  /** jobs_made + 1, guarded like T11; gives the permit. */
  | { readonly do: 'countJob'; readonly attempt: number }
  /** Made again under the same name it is the same Job; with a queue it is made suspended. */
  | { readonly do: 'createJob'; readonly attempt: number }
  /** In the foreground, this very uid. */
  | { readonly do: 'deleteJob'; readonly name: string; readonly uid: string }
  | { readonly do: 'forcePods'; readonly pods: readonly { readonly name: string; readonly uid: string }[] }
  | { readonly do: 'setJobTtl'; readonly name: string; readonly uid: string; readonly seconds: number }
  /** spec.suspend of a Job that no queue manages. `resumeJob` takes slots as `openAttempt` does. */
  | { readonly do: 'suspendJob' | 'resumeJob'; readonly name: string; readonly uid: string }
  /** T4 `fail`, T5 or T6 `cancel`, T7 `failWaiting`, T10 `lost`. */
  | {
      readonly do: 'settle'
      readonly how: 'fail' | 'cancel' | 'failWaiting' | 'lost'
      readonly attempt: number
      readonly failure: Failure
    }
  /** T8. */
  | { readonly do: 'retry'; readonly attempt: number; readonly delayMs: number; readonly failure: Failure }
  /** T3 for a runner that could not reach the record, under the claim that the message names. */
  | { readonly do: 'complete'; readonly termination: Termination }
  /** T9; `request` null: a waiter's turn, or another engine revision. */
  | { readonly do: 'rerun'; readonly attempt: number; readonly request: string | null }
  /** T12. */
  | { readonly do: 'suspendRow'; readonly attempt: number }

export interface Decision {
  /** Name of the rule, for logs and metrics. */
  readonly rule: string
  readonly action: Action | null
  /** When to look again without being called; null: an event or the resync will. 0 after every action. */
  readonly afterMs: number | null
  /** For the log and the resource's events; told once the action has succeeded, when there is one. */
  readonly says: { readonly event: EventName; readonly note: string } | null
  /** The store may hold what a killed runner left, what is to be purged, or rows that the record lacks. */
  readonly leftovers: boolean
}
