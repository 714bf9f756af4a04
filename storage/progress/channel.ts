import type { IsoDate } from '../../core/dates.ts'

/** Which job, across namespaces. */
export interface JobKey {
  readonly namespace: string
  readonly jobId: string
}

/** What the newest writer of an attempt said. Readers ignore a note of another attempt than the row's. */
export interface ProgressNote {
  readonly attempt: number
  /** Rises with every note of an attempt. */
  readonly seq: number
  /** 0 to 100, whole. */
  readonly percent: number
  readonly stage: string
  readonly date: IsoDate | null
  /** RFC 3339, for display alone. */
  readonly updatedAt: string
}

/** A sign of life of one claim. */
export interface Heartbeat {
  readonly attempt: number
  readonly index: number
  readonly podUid: string
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
 */
export interface ProgressChannel {
  write(job: JobKey, note: ProgressNote, ttlSeconds: number): Promise<void>
  /** In the order asked; null where there is none. */
  read(jobs: readonly JobKey[]): Promise<readonly (ProgressNote | null)[]>
  /** Asks one attempt to stop; another attempt of the job never sees it. */
  flagCancel(job: JobKey, attempt: number, ttlSeconds: number): Promise<void>
  cancelFlagged(job: JobKey, attempt: number): Promise<boolean>
  beat(job: JobKey, beat: Heartbeat): Promise<void>
  lastBeat(job: JobKey, index: number): Promise<Heartbeat | null>
  /** Forgets the job: at a re-run, and when it is purged. */
  clear(job: JobKey): Promise<void>
  close(): Promise<void>
}
