import type { Completion } from '../ledger/ledger.ts'
import type { FileEntry } from './documents/manifest.ts'

/** Proof of a published result: all that T3 records of it, and where people find it. */
export interface Receipt extends Completion {
  readonly namespace: string
  readonly jobId: string
  readonly attempt: number
  /** Absolute path or URL of the attempt's folder. */
  readonly location: string
  /** Sorted by name; manifest.json is not among them. */
  readonly files: readonly FileEntry[]
}
