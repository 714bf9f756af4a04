import type { IsoDate } from '../../core/dates.ts'
import type { Json } from '../../core/identity.ts'
import type { Status } from '../../core/lifecycle.ts'
import type { Priority } from '../../core/request.ts'
import type { Logins } from './access/logins.ts'
import type { OperatorVerbs, Room } from './operator/port.ts'
import type {
  Attempt,
  AttemptCause,
  DeletionPolicy,
  Fenced,
  Instant,
  IntervalRow,
  Job,
  JobKind,
  Metrics,
  StoredUnit,
  UnitBytes,
  UnitCount,
  UnitSet,
  WindowRow,
} from './records.ts'
import type { Snapshots } from './snapshots/port.ts'

export type * from './records.ts'
export type * from './snapshots/port.ts'

/** T1. `config` is the computation as it is hashed (core/plan.ts `backtestComputation`). */
export interface NewJob {
  readonly jobId: string
  readonly configHash: string
  readonly kind: JobKind
  readonly namespace: string
  readonly dataset: string | null
  readonly alphaName: string
  readonly startDate: IsoDate
  readonly endDate: IsoDate
  readonly weightMethod: string
  readonly config: Json
  readonly createdBy: string
  readonly priority: Priority
  readonly timeoutSeconds: number
  readonly deletionPolicy: DeletionPolicy
}

/** How the operator signs: the attempt it means and the epoch it holds (`raiseEpoch`). */
export interface Steer {
  readonly jobId: string
  readonly attempt: number
  readonly epoch: number
}

/** How a runner signs. */
export interface Claim {
  readonly jobId: string
  readonly attempt: number
  readonly index: number
  /** Pod uid; on a laptop `processIdentity()` of process-identity.ts. */
  readonly podUid: string
}

/** T11. `steer.attempt` is the old attempt; the new one is 1 more, or `atLeast` where that is larger. */
export interface OpenAttempt {
  readonly steer: Steer
  readonly atLeast: number
  readonly cause: AttemptCause
  readonly holderUid: string | null
  readonly deletionPolicy: DeletionPolicy
  readonly jobName: string | null
  readonly priority: Priority
  readonly memoryLimitBytes: number | null
  readonly cpu: number | null
  readonly timeoutSeconds: number
  readonly parallelism: number
  readonly requestId?: string | null
}

/** T2. */
export interface NewClaim extends Claim {
  /** Pod name, or host and process: column worker_id. */
  readonly workerId: string
  readonly nodeName: string | null
}

export interface Progress {
  /** 0 to 100; the row never goes down within an attempt. */
  readonly percent: number
  readonly stage: string
  readonly date: IsoDate | null
}

export interface Beat {
  /** Rises with every beat of a claim. */
  readonly seq: number
  readonly rssBytes: number | null
  readonly redisLost: boolean
}

/** What a runner learns from a beat that touched its row. */
export interface Pulse {
  readonly cancelRequested: boolean
}

/** T3. A null or empty snapshotId or datasetVersionIds is refused with `reproducibility_missing`. */
export interface Completion {
  readonly metrics: Metrics
  readonly costConfig: Json
  readonly costSummary: Metrics | null
  readonly resultPath: string
  readonly snapshotId: string
  readonly datasetVersionIds: Readonly<Record<string, string>>
  readonly engineRevision: number
  readonly engineVersion: string
  readonly imageDigest: string | null
  readonly contentSha256: string
  readonly manifestSha256: string
  readonly resultKey: string
  readonly artifactBytes: number
  readonly peakMemoryBytes: number | null
  /** WalkForward only. */
  readonly windows?: readonly WindowRow[]
  /** MonteCarlo only. */
  readonly intervals?: readonly IntervalRow[]
}

/** T4 to T8, T10: why. */
export interface Failure {
  /** A code of core/errors.ts, or `ResourceDeleted` for a cancel. */
  readonly errorClass: string
  /** Cut to 8 KiB, control characters stripped. */
  readonly message: string
  readonly exitCode?: number | null
  readonly peakMemoryBytes?: number | null
}

/** T8. `delayMs` counts from the database's now. */
export interface Retry extends Failure {
  readonly delayMs: number
}

/**
 * T9. `request`: the label that asked and the resource it stands on; null: a waiter's turn, or another engine
 * revision.
 */
export interface Rerun {
  readonly steer: Steer
  readonly request: { readonly resourceUid: string; readonly token: string } | null
  readonly priority: Priority
  readonly timeoutSeconds: number
  /** Whether the next attempt skips the units that are done. Default false: a re-run computes again (ADR 0130). */
  readonly keepUnits?: boolean
}

/** All of them narrow; a list means any of. Newest first. */
export interface JobFilter {
  readonly createdBy?: string
  readonly alphaName?: string
  readonly status?: readonly Status[]
  readonly kind?: JobKind
  readonly namespaces?: readonly string[]
  readonly dataset?: string
  readonly priority?: Priority
  /** Of created_at: from inclusive, to exclusive. */
  readonly createdFrom?: Instant
  readonly createdTo?: Instant
  readonly limit?: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly nextCursor: string | null
}

/** A row of backtest_resources: who asked. On a laptop it is the store of resources too. */
export interface Resource {
  readonly uid: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly jobId: string | null
  readonly createdBy: string
  readonly deletionPolicy: DeletionPolicy
  readonly priority: Priority
  readonly manifest: Json
  readonly handledRequest: string | null
  readonly firstSeenAt: Instant
  readonly finishedAt: Instant | null
  /** A status word, `reused`, or an error class. */
  readonly outcome: string | null
  readonly goneAt: Instant | null
  /** metadata.generation when its outcome was noted. */
  readonly generation: number | null
}

export type NewResource = Pick<
  Resource,
  'uid' | 'kind' | 'namespace' | 'name' | 'jobId' | 'createdBy' | 'deletionPolicy' | 'priority' | 'manifest'
>

export interface ResourceFilter {
  readonly kind?: string
  readonly namespaces?: readonly string[]
  readonly name?: string
  readonly jobId?: string
  readonly limit?: number
  readonly cursor?: string
}

/** An attempt that has not ended, with the newest claim of each index. */
export interface OpenedAttempt {
  readonly job: Job
  readonly attempt: Attempt
  readonly claims: readonly ClaimRow[]
}

export interface ClaimRow extends Claim {
  readonly seq: number
  readonly podName: string | null
  readonly nodeName: string | null
  readonly claimedAt: Instant
  readonly heartbeatSeq: number
  readonly heartbeatAt: Instant | null
  readonly redisLost: boolean
  readonly rssBytes: number | null
}

/** Result files nobody reads any more: `path` is `{namespace}/{job_id}/{attempt}`. */
export interface StaleFiles {
  readonly jobId: string
  readonly namespace: string
  readonly attempt: number
  readonly path: string
}

/** A result whose windows or intervals only its files hold. */
export interface RowlessResult extends StaleFiles {
  readonly manifestSha256: string
}

export interface Installation {
  readonly id: string
  readonly createdAt: Instant
  /** Number of the newest migration. */
  readonly schemaVersion: number
  readonly operatorEpoch: number
  readonly operatorIdentity: string | null
  readonly epochRaisedAt: Instant | null
}

export interface AuditEntry {
  readonly actor: string
  readonly action: 'submit' | 'cancel' | 'rerun' | 'delete' | 'export' | 'golden-regenerate' | 'pin'
  readonly namespace: string | null
  readonly jobId: string | null
  readonly ip: string | null
  readonly details: Json
}

/**
 * The record: one SQL for PGlite (a laptop's home) and PostgreSQL. Plain data in and out, every write one guarded
 * statement; `Fenced` says that it touched no row. Throws `database_unavailable` when the database is out of reach,
 * and `home_busy` at opening; anything else that is thrown is a bug.
 */
export interface Ledger extends OperatorVerbs, Snapshots, Logins {
  /** T1. `inserted` false: the row of that job id was there already, and is returned as it is. */
  insertJob(job: NewJob): Promise<{ readonly inserted: boolean; readonly job: Job }>
  /** T11. */
  openAttempt(open: OpenAttempt): Promise<Attempt | Fenced>
  /** T2. The same claim again is no fault as long as it is the newest. */
  claim(claim: NewClaim): Promise<Job | Fenced>
  /** Row beat of a claim that holds. */
  beat(claim: Claim, beat: Beat): Promise<Pulse | Fenced>
  progress(claim: Claim, progress: Progress): Promise<Pulse | Fenced>
  /**
   * For a parallel kind: notes how many units there are, forgets those of another engine, and gives the numbers of
   * those that are done. Any index of an attempt may call it, again and again.
   */
  openUnits(claim: Claim, set: UnitSet): Promise<readonly number[] | Fenced>
  /**
   * The bytes of units, those that are not there left out. What does not have its hash, or is larger than a unit may
   * be, is damage.
   */
  readUnits(jobId: string, set: UnitSet, units: readonly number[]): Promise<readonly StoredUnit[]>
  /**
   * Stores finished units in one statement, over whatever stands in their place; gives how many of the set are done.
   * Throws RangeError for a unit that is none of the set, or larger than UNIT_BYTES_MAX.
   */
  storeUnits(claim: Claim, set: UnitSet, units: readonly UnitBytes[]): Promise<number | Fenced>
  /**
   * Takes `merged_by` where all units are done and no pod whose claim holds has it: `left` says that units are missing
   * or another pod merges. T3 of an attempt with parallelism > 1 needs it. The same pod may take it again.
   */
  takeMerge(claim: Claim, set: UnitSet): Promise<'taken' | 'left' | Fenced>
  /** T3. `epoch`: written by the operator for a runner that could not reach the record. */
  complete(claim: Claim & { readonly epoch?: number }, completion: Completion): Promise<Job | Fenced>
  /** T4, from running. */
  fail(by: Claim | Steer, failure: Failure): Promise<Job | Fenced>
  /** T5 from running; by the operator also T6 from pending. */
  cancel(by: Claim | Steer, failure: Failure): Promise<Job | Fenced>
  /** T7, from pending. */
  failWaiting(steer: Steer, failure: Failure): Promise<Job | Fenced>
  /** T8. */
  retry(steer: Steer, retry: Retry): Promise<Job | Fenced>
  /** T9. */
  rerun(rerun: Rerun): Promise<Job | Fenced>
  /** T10. */
  lost(steer: Steer, failure: Failure): Promise<Job | Fenced>
  /** T12. */
  suspend(steer: Steer): Promise<Job | Fenced>
  /** Marks an active row; the first request stands. `Fenced`: no such row, or it is terminal. */
  requestCancel(jobId: string, by: string): Promise<Job | Fenced>

  findJob(jobId: string): Promise<Job | null>
  listJobs(filter: JobFilter): Promise<Page<Job>>
  findAttempt(jobId: string, attempt: number): Promise<Attempt | null>
  /** Oldest first. */
  findAttempts(jobId: string): Promise<readonly Attempt[]>
  /** Completed attempts of one result_key, of every namespace: their metrics must be equal. */
  findResults(resultKey: string): Promise<readonly Attempt[]>
  /** Windows of a WalkForward's attempt, in their order. */
  findWindows(jobId: string, attempt: number): Promise<readonly WindowRow[]>
  /** Intervals of a MonteCarlo's attempt, by metric. */
  findIntervals(jobId: string, attempt: number): Promise<readonly IntervalRow[]>
  /** Units of those of the job ids whose number of units is known; all of them are done once the result stands. */
  countUnits(jobIds: readonly string[]): Promise<ReadonlyMap<string, UnitCount>>
  /** Every attempt that is open: pending rows with an unclaimed attempt, and running rows. */
  openAttempts(): Promise<readonly OpenedAttempt[]>

  /** Inserts or renews; what was handled, finished or gone stays. */
  upsertResource(resource: NewResource): Promise<Resource>
  finishResource(uid: string, outcome: string): Promise<Resource | Fenced>
  listResources(filter: ResourceFilter): Promise<Page<Resource>>
  latestResource(kind: string, namespace: string, name: string): Promise<Resource | null>

  /** Terminal, not pinned, newest attempt ended more than `days` days ago; oldest first. */
  retentionCandidates(days: number, limit: number): Promise<readonly Job[]>
  /** Terminal, not pinned, no resource of it is left, and the last that went had `deletionPolicy: purge`. */
  purgeCandidates(limit: number): Promise<readonly Job[]>
  /**
   * Removes a terminal job and all that belongs to it, but audit_log. `deleteFiles` runs first, under the row's lock;
   * when it says false the rows stay. It must not call the ledger: PGlite has one connection, which waits for it.
   * `Fenced`: gone, active, pinned, or in the hands of another clean-up.
   */
  purgeJob(jobId: string, deleteFiles: (job: Job) => Promise<boolean>): Promise<'purged' | 'kept' | Fenced>
  /** Results that a newer one replaced more than `days` days ago and whose files still stand. */
  supersededFiles(days: number, limit: number): Promise<readonly StaleFiles[]>
  markFilesDeleted(jobId: string, attempt: number): Promise<void>
  /** Of WalkForwards and MonteCarlos, whose record was pending; oldest first. */
  rowlessResults(limit: number): Promise<readonly RowlessResult[]>
  /** Adds them, as T3 would have. `Fenced`: that result is gone, or another one now. */
  fillRows(result: RowlessResult, rows: Pick<Completion, 'windows' | 'intervals'>): Promise<'filled' | Fenced>
  /** What a clean-up found in the store of its namespace, for `storeWords`. */
  noteRoom(namespace: string, room: Room): Promise<void>
  /** Those of the job ids that have a row. */
  knownJobs(jobIds: readonly string[]): Promise<ReadonlySet<string>>
  pinJob(jobId: string, pinned: boolean): Promise<Job | Fenced>

  installation(): Promise<Installation>
  /** Makes the caller the one operator: every statement signed with an older epoch is fenced from now on. */
  raiseEpoch(identity: string): Promise<number>
  audit(entry: AuditEntry): Promise<void>

  /** Closes the connections, and gives the home back where it is one. */
  close(): Promise<void>
}
