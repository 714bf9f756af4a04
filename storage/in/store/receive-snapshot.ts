import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ERRORS, type ErrorCode, HindcastError } from '../../../core/errors.ts'
import { ensureDirectory } from '../../blobs/durable-files.ts'
import type { StoreConfig } from '../../blobs/store-config.ts'
import type { SnapshotRecord } from '../snapshot/entry.ts'
import { withDatasetLock } from '../snapshot/publish.ts'
import { openDatasets } from './open-datasets.ts'
import { receiveSnapshot } from './stream.ts'

/** A snapshot that came in whole, in a datasets folder of its own. */
export interface Received {
  readonly datasetsDir: string
  readonly record: SnapshotRecord
}

/**
 * Takes a stream of `sendSnapshot` in beside a store, one at a time, and gives it to `work`; it is removed afterwards.
 * Throws what `receiveSnapshot` throws.
 */
export async function withReceived<T>(
  store: StoreConfig,
  input: AsyncIterable<Uint8Array>,
  work: (received: Received) => Promise<T>,
): Promise<T> {
  const folder = store.kind === 's3' ? store.scratchDir : store.root
  await ensureDirectory(folder)
  return withDatasetLock(folder, async () => {
    const datasetsDir = join(folder, '.receiving')
    // Left by one that was killed: the lock says that nobody writes there now.
    await rm(datasetsDir, { recursive: true, force: true })
    try {
      return await work({ datasetsDir, record: await receiveSnapshot(input, datasetsDir) })
    } finally {
      await rm(datasetsDir, { recursive: true, force: true })
    }
  })
}

/** Whether a snapshot was copied or was there already. */
export type Placed = 'pushed' | 'known'

/** Takes a stream into a store, without the catalogue: that is written by whoever sent it. */
export function placeReceived(store: StoreConfig, input: AsyncIterable<Uint8Array>): Promise<Placed> {
  return withReceived(store, input, ({ datasetsDir, record }) => openDatasets(store).push(datasetsDir, record))
}

/** What a receiver in a pod tells the sender: one line of JSON, the last that it prints. */
export function encodePlaced(outcome: Placed | HindcastError): string {
  if (outcome instanceof HindcastError) return JSON.stringify({ v: 1, code: outcome.code, message: outcome.message })
  return JSON.stringify({ v: 1, placed: outcome })
}

/** The receiver's word; null where the last line is none. Throws the failure that it tells of. */
export function decodePlaced(stdout: string): Placed | null {
  const { v, placed, code, message } = lastObject(stdout)
  if (v !== 1) return null
  if (placed === 'pushed' || placed === 'known') return placed
  if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) return null
  throw new HindcastError(code as ErrorCode, String(message))
}

function lastObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
