import type { ClaimRow, Resource, Steer } from '../ledger.ts'
import type { Attempt, Fenced, Instant, Job } from '../records.ts'

/** Everything the record knows of one resource and its job, read in one statement, so that it fits together. */
export interface Standing {
  /** The database's clock as it was read. */
  readonly now: Instant
  readonly resource: Noted | null
  readonly job: Job | null
  /** The job's newest attempt; null before the first. */
  readonly attempt: Attempt | null
  /** The attempt whose result is readable. */
  readonly lastGood: Attempt | null
  /** The newest claim of each index of the newest attempt. */
  readonly claims: readonly ClaimRow[]
  /** Units of a parallel kind that are stored. */
  readonly unitsDone: number
  /** Resources of the job that are neither finished nor gone, the oldest first; the holder is among them. */
  readonly sharers: readonly Sharer[]
}

/** A resource as the record knows it: all but its manifest, which no decision reads. */
export type Noted = Omit<Resource, 'manifest'>

export interface Sharer {
  readonly uid: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** A resource that was seen and is not known to be gone. */
export interface PresentResource extends Sharer {
  readonly jobId: string | null
  readonly finished: boolean
  readonly handledRequest: string | null
  /** When its outcome was noted. */
  readonly generation: number | null
}

/** How a resource ended. */
export interface Settled {
  /** A status word, `reused`, or an error class. */
  readonly outcome: string
  /** metadata.generation as it was looked at. */
  readonly generation: number
}

/** The place that an attempt holds which has not ended, and what of it moves while nothing is decided. */
export interface OpenPlace {
  readonly job: Pick<Job, 'jobId' | 'kind' | 'namespace' | 'status' | 'progressPct' | 'progressStage' | 'progressDate'>
  readonly attempt: Pick<Attempt, 'jobId' | 'attempt' | 'status' | 'priority' | 'parallelism' | 'holderUid'>
  /** The newest claim of each of its indexes. */
  readonly claims: readonly Pick<ClaimRow, 'jobId' | 'attempt' | 'index' | 'podUid' | 'heartbeatSeq'>[]
}

export interface ActiveJobs {
  readonly kind: string
  readonly status: string
  readonly priority: string
  readonly count: number
}

/** A cancel by label: the row is marked and the label noted as handled in one statement. */
export interface CancelAsked {
  readonly jobId: string
  readonly by: string
  readonly request: { readonly resourceUid: string; readonly token: string }
  readonly epoch: number
}

/** Connections of a pool. */
export interface PoolFigures {
  readonly open: number
  readonly idle: number
  /** Statements that wait for a connection. */
  readonly waiting: number
}

/** What a store holds and has room for, in bytes. */
export interface Room {
  /** Of the namespace's own files. */
  readonly usedBytes: number
  /** Of the whole volume; null where it has no limit to read. */
  readonly freeBytes: number | null
  readonly totalBytes: number | null
}

/** What is known of the store of a namespace. */
export interface StoreWord {
  readonly namespace: string
  /** When an attempt last ended for want of room; null: not within a day. */
  readonly fullAt: Instant | null
  /** A result was committed after that. */
  readonly committedSince: boolean
  /** Of the namespace's largest result; null: none, or nobody said that the store is full. */
  readonly largestBytes: number | null
  /** By the newest clean-up; null: none has run. */
  readonly measured: (Room & { readonly at: Instant }) | null
}

export interface StoreWords {
  /** The database's clock as they were read. */
  readonly now: Instant
  /** By namespace; of one that is not named nothing is known. */
  readonly words: readonly StoreWord[]
}

/** What the operator asks of the record besides transitions. Every write is guarded by its epoch. */
export interface OperatorVerbs {
  /** `jobId` null: the one that the resource's row names. Either may be unknown. */
  standing(of: { readonly resourceUid: string | null; readonly jobId: string | null }): Promise<Standing>
  /** `running`: of claimed attempts alone, since nothing moves of the others. Oldest first. */
  openPlaces(of: 'all' | 'running'): Promise<readonly OpenPlace[]>
  /** By uid, from after that one on: for the sweep. */
  presentResources(after: string | null, limit: number): Promise<readonly PresentResource[]>
  /** `Fenced`: the row is absent or terminal, the label was handled before, or another operator took over. */
  askCancel(asked: CancelAsked): Promise<Job | Fenced>
  /** Notes a label that needs no row: a waiter's cancel, or one that came too late. */
  markHandled(uid: string, token: string, epoch: number): Promise<Resource | Fenced>
  settleResource(uid: string, settled: Settled, epoch: number): Promise<Resource | Fenced>
  /** Takes a finished resource back for a request that its row does not know of. */
  reopenResource(uid: string, token: string, epoch: number): Promise<Resource | Fenced>
  /**
   * One more Job of an open attempt that nobody has claimed, counted before it is made: an operator that was replaced
   * learns it here, and makes none.
   */
  countJob(steer: Steer): Promise<Attempt | Fenced>
  /** Jobs that are not terminal. */
  countActive(): Promise<readonly ActiveJobs[]>
  markGone(uid: string, epoch: number): Promise<Resource | Fenced>
  /** Of every namespace's store, from how attempts ended and what clean-ups noted. */
  storeWords(): Promise<StoreWords>
  /** Null where there is no pool. */
  pool(): PoolFigures | null
}
