import type { IsoDate } from '../../core/dates.ts'

/** Which job, across namespaces. */
export interface JobKey {
  readonly namespace: string
  readonly jobId: string
}

/** One attempt of it: what was said of another one is not read. */
export interface AttemptKey extends JobKey {
  readonly attempt: number
}

/** The pods of an attempt; each beats for itself. */
export interface PodsKey extends AttemptKey {
  readonly parallelism: number
}

/** What the newest writer of an attempt said. */
export interface ProgressNote {
  readonly attempt: number
  /** Rises with every note of an attempt. */
  readonly seq: number
  /** 0 to 100, whole. */
  readonly percent: number
  /** At most 40 characters. */
  readonly stage: string
  readonly date: IsoDate | null
  /** RFC 3339, for display alone; null where the writer gave none. */
  readonly updatedAt: string | null
}

/** A sign of life of one claim. */
export interface Heartbeat {
  readonly attempt: number
  readonly index: number
  readonly podUid: string
  /** Rises with every beat of a claim, in whatever place it is written. */
  readonly seq: number
  readonly rssBytes: number | null
  readonly percent: number
}

/** A beat outlives the writer by this much (platform.md 1.6). */
export const BEAT_TTL_SECONDS = 120
/** Shortest life of a progress note and a cancel flag (platform.md 1.6). */
const MIN_TTL_SECONDS = 3600

/** Life of a job's progress and cancel keys: `max(timeout, 3600)` seconds, set again with every write. */
export function progressTtlSeconds(timeoutSeconds: number): number {
  return Math.max(timeoutSeconds, MIN_TTL_SECONDS)
}

/**
 * Progress, beats and cancel flags, on the side: losing all of it loses nothing, and nothing is decided from it alone.
 * Memory on a laptop, Redis on a cluster; both pass test/contract/progress.ts. A caller treats a rejection as silence.
 * What is read was checked: whoever may write a key may write anything into it.
 */
export interface ProgressChannel {
  write(job: JobKey, note: ProgressNote, ttlSeconds: number): Promise<void>
  /** In the order asked; null where nothing readable was said of that attempt. One request for all. */
  read(attempts: readonly AttemptKey[]): Promise<readonly (ProgressNote | null)[]>
  /** Asks one attempt to stop; another attempt of the job never sees it. */
  flagCancel(job: JobKey, attempt: number, ttlSeconds: number): Promise<void>
  cancelFlagged(job: JobKey, attempt: number): Promise<boolean>
  beat(pods: PodsKey, beat: Heartbeat): Promise<void>
  /** For each attempt its pods by index; null: no readable beat of that attempt. One request for all. */
  readBeats(attempts: readonly PodsKey[]): Promise<readonly (readonly (Heartbeat | null)[])[]>
  /** Forgets the job: at a re-run (T9), and when it is purged. */
  clear(job: JobKey): Promise<void>
  /** Whether it answers now. Never rejects. */
  up(): Promise<boolean>
  close(): Promise<void>
}
