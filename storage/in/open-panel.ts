import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { SnapshotEntry } from '../../core/plan.ts'
import type { Panel } from '../../engine/panel.ts'
import { readPanelCache, writePanelCache } from './panel/cache-file.ts'
import type { Allocate, PanelColumn } from './panel/dense.ts'
import { readRecord } from './snapshot/entry.ts'
import { FETCHED, isPlainDirectory, SNAPSHOT_FILES, snapshotDirectory } from './snapshot/layout.ts'
import { PRICE_VALUES } from './tables.ts'
import { readVerifiedPanel } from './verify-snapshot.ts'

export interface PanelRequest {
  readonly datasetsDir: string
  /** The pinned snapshot: nothing outside it is read. */
  readonly snapshot: Pick<SnapshotEntry, 'snapshotId' | 'fullSha256'>
  /** One call per column; give SharedArrayBuffers to share the panel with threads. */
  readonly allocate: Allocate
  /** Price columns that are needed; the others come back with length 0. Absent: all. */
  readonly columns?: readonly PanelColumn[]
}

/**
 * The dense panel of a snapshot, read from its cache straight into the caller's buffers. Without a sound cache it is
 * made from the Parquet files, whose content is then compared with the snapshot's hash, and the cache is written anew.
 * Throws `snapshot_not_found` or `artifact_corrupt`.
 */
export async function openPanel(request: PanelRequest): Promise<Panel> {
  const { datasetsDir, snapshot, allocate } = request
  const columns = request.columns ?? PRICE_VALUES
  const directory = snapshotDirectory(datasetsDir, snapshot.snapshotId)
  const cache = join(directory, SNAPSHOT_FILES.panel)
  const cached = await readPanelCache(cache, snapshot.fullSha256, allocate, columns)
  if (cached !== null) return cached
  const panel = await readVerifiedPanel(directory, await soundRecord(directory, request), allocate)
  // A cache is a convenience: a read-only or full disk must not stop a run.
  if (!existsSync(join(datasetsDir, FETCHED))) {
    await writePanelCache(cache, snapshot.fullSha256, panel).catch(() => {})
  }
  const without = PRICE_VALUES.filter((name) => !columns.includes(name))
  return { ...panel, ...Object.fromEntries(without.map((name) => [name, new Float64Array(0)])) }
}

async function soundRecord(directory: string, { datasetsDir, snapshot }: PanelRequest) {
  if (!(await isPlainDirectory(directory))) {
    throw new HindcastError('snapshot_not_found', `snapshot ${snapshot.snapshotId} is not in ${datasetsDir}`)
  }
  const record = await readRecord(directory, snapshot.snapshotId)
  if (record !== null && record.fullSha256 === snapshot.fullSha256) return record
  const what = record === null ? 'snapshot.json is damaged' : 'it holds other data than the pinned hash says'
  throw new HindcastError('artifact_corrupt', `snapshot ${snapshot.snapshotId}: ${what}; import the same data again`)
}
