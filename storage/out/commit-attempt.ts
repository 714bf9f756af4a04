import { HindcastError } from '../../core/errors.ts'
import { explainFull } from '../blobs/full-store.ts'
import type { BlobStore } from '../blobs/store.ts'
import type { Receipt } from './receipt.ts'
import { type ArtifactWriter, discardQuietly, type StagedAttempt, type StageInput, stageAttempt } from './stage.ts'

/** The transaction that makes a published result visible (T3), under the caller's claim. */
export type RecordReceipt = (receipt: Receipt) => Promise<'recorded' | 'fenced'>

/**
 * - `recorded`: the result is visible.
 * - `fenced`: somebody else decided first; nothing of ours is left.
 * - `unrecorded`: the files are in place and the database is out of reach; the receipt has to reach the record later.
 */
export type CommitOutcome =
  | { readonly outcome: 'recorded'; readonly receipt: Receipt }
  | { readonly outcome: 'fenced' }
  | { readonly outcome: 'unrecorded'; readonly receipt: Receipt; readonly cause: HindcastError }

export interface CommitPorts {
  readonly store: BlobStore
  readonly record: RecordReceipt
  /** Absent: tables are encoded in this thread. */
  readonly write?: ArtifactWriter
  /** Called when the files are staged, before they are published; what it throws ends the commit. */
  readonly onStaged?: () => void
}

/**
 * Commits a result (design.md 3): stage, manifest last, rename without replacing, then one transaction. A file error
 * is thrown as `storage_full` or `storage_error`; then, and whenever `record` throws anything but
 * `database_unavailable`, neither staging nor folder of the attempt is left.
 */
export async function commitAttempt(input: StageInput, ports: CommitPorts): Promise<CommitOutcome> {
  const staged = await stageAttempt(input, ports.store, ports.write)
  try {
    ports.onStaged?.()
  } catch (error) {
    await discardQuietly(staged.staging)
    throw error
  }
  return publishAttempt(staged, ports)
}

/** The second half of `commitAttempt`. */
export async function publishAttempt(
  { staging, receipt }: StagedAttempt,
  { store, record }: Pick<CommitPorts, 'store' | 'record'>,
): Promise<CommitOutcome> {
  try {
    if ((await staging.publish()) === 'taken' || (await record(receipt)) === 'fenced') {
      await discardQuietly(staging)
      return { outcome: 'fenced' }
    }
    return { outcome: 'recorded', receipt }
  } catch (error) {
    if (error instanceof HindcastError && error.code === 'database_unavailable') {
      return { outcome: 'unrecorded', receipt, cause: error }
    }
    const told = await explainFull(error, store, receipt.resultPath)
    await discardQuietly(staging)
    throw told
  }
}
