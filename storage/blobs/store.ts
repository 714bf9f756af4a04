import type { AttemptPath, EntryKind } from './result-path.ts'

/**
 * Where artifacts rest: files on a laptop or a volume, an object store on a cluster. An attempt's folder appears whole
 * or not at all, is never replaced, and is never changed afterwards. Every implementation passes
 * test/contract/blobs.ts. File failures are `storage_error` or `storage_full`.
 */
export interface BlobStore {
  /** What people are shown for `{namespace}/{job_id}/{attempt}`: an absolute path or a URL. Nothing is looked up. */
  locate(resultPath: string): string
  /** An empty private folder for what an attempt makes; what the same claim left there before is removed. */
  stage(path: AttemptPath, claim: string): Promise<Staging>
  /** A local folder with the files of an attempt. Throws `artifacts_missing` when it is gone or lies outside. */
  open(resultPath: string | null): Promise<string>
  /** Everything in the store, job by job, in no order. What it cannot name is of kind `foreign`. */
  entries(): AsyncGenerator<StoreEntry, void>
  /**
   * Removes one entry of a job. Out of sight at once, so that no reader meets a part of it. `unsafe`: it is a link or
   * does not lie strictly below the root where it should; nothing was touched.
   */
  remove(entry: EntryPath): Promise<Removal>
  /** Removes a job's folder with all of its entries; as `remove`. */
  removeJob(job: Pick<AttemptPath, 'namespace' | 'jobId'>): Promise<Removal>
  usage(): Promise<StoreUsage>
  /** The volume's own figures, at once. */
  room(): Promise<StoreRoom>
}

export type Removal = 'removed' | 'absent' | 'unsafe'

/** A local folder being filled. */
export interface Staging {
  /** Absolute path; write and fsync files here, manifest.json last. */
  readonly directory: string
  /** Makes it the attempt's folder. `taken`: another writer of the attempt was first; nothing was replaced. */
  publish(): Promise<'published' | 'taken'>
  /** Removes what was staged, and what this staging published: for a fenced or failed commit. Safe to call twice. */
  discard(): Promise<void>
}

export interface EntryPath {
  readonly namespace: string
  readonly jobId: string
  /** Name inside the job's folder. */
  readonly name: string
}

export type StoreEntry = EntryPath &
  EntryKind & {
    /** Milliseconds since 1970 of the entry's last change. */
    readonly modifiedMs: number
  }

/** Of the whole volume, whoever uses it; null where the store has no limit to read. */
export interface StoreRoom {
  /** What one without special rights may still write. */
  readonly freeBytes: number | null
  readonly totalBytes: number | null
}

export interface StoreUsage extends StoreRoom {
  /** All files, decimal bytes (gauge backtest_parquet_storage_bytes_total). */
  readonly bytes: number
}
