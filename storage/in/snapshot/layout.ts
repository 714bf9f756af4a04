import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../../core/errors.ts'
import { errorCode } from '../../blobs/durable-files.ts'
import { shown } from '../import/data-error.ts'

/** A dataset's name and `-` and 8 hex digits make a DNS label of at most 63 characters. */
export const MAX_DATASET_NAME = 54
const DATASET_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const SNAPSHOT_ID = /^(?<dataset>[a-z0-9]([a-z0-9-]*[a-z0-9])?)-[0-9a-f]{8}$/

/** Files of a snapshot's directory. */
export const SNAPSHOT_FILES = {
  entry: 'snapshot.json',
  prices: 'prices.parquet',
  fundamentals: 'fundamentals.parquet',
  securities: 'securities.parquet',
  panel: 'panel.cache',
} as const

/** Files of a dataset's directory besides its snapshots. */
export const DATASET_FILES = {
  lock: '.lock',
  newest: 'newest',
  scratch: '.newest.scratch',
  staging: '.staging-',
} as const

/** A datasets folder with this file was fetched for one run: whatever is kept beside its data is read by nobody. */
export const FETCHED = '.fetched'

/** Refuses a name that is no DNS label of at most 54 characters, and so any that could leave the directory. */
export function checkDatasetName(name: string): string {
  if (name.length <= MAX_DATASET_NAME && DATASET_NAME.test(name)) return name
  throw new HindcastError(
    'invalid_name',
    `dataset name ${shown(name)}: allowed are 1 to ${MAX_DATASET_NAME} lower-case letters, digits and "-", ` +
      'with a letter or digit at both ends',
  )
}

/** The dataset that a snapshot id names; null when the text is no snapshot id. */
export function datasetOfSnapshot(snapshotId: string): string | null {
  const dataset = SNAPSHOT_ID.exec(snapshotId)?.groups?.dataset
  return dataset === undefined || dataset.length > MAX_DATASET_NAME ? null : dataset
}

/** The directory of a snapshot. Throws `snapshot_not_found` on a text that is no snapshot id. */
export function snapshotDirectory(datasetsDir: string, snapshotId: string): string {
  const dataset = datasetOfSnapshot(snapshotId)
  if (dataset === null) {
    throw new HindcastError(
      'snapshot_not_found',
      `${shown(snapshotId)} is no snapshot id; one reads NAME-xxxxxxxx (8 hex digits)`,
    )
  }
  return join(datasetsDir, dataset, snapshotId)
}

/** Whether `path` is a directory itself, not a link to one. False when nothing is there. */
export async function isPlainDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory()
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false
    throw error
  }
}

/** Refuses a path of the store that is a link or no directory: what a link points at is not ours to write. */
export async function refuseForeign(path: string): Promise<void> {
  if (await isPlainDirectory(path)) return
  throw new HindcastError('storage_error', `${path} is no directory of its own (a link or a file); remove it`)
}
