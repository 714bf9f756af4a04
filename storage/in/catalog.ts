import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { Catalog, SnapshotEntry } from '../../core/plan.ts'
import { errorCode, withStorageErrors } from '../blobs/durable-files.ts'
import { shown } from './import/data-error.ts'
import { entryOf, readRecord, type SnapshotRecord } from './snapshot/entry.ts'
import {
  checkDatasetName,
  DATASET_FILES,
  datasetOfSnapshot,
  isPlainDirectory,
  snapshotDirectory,
} from './snapshot/layout.ts'

/** One dataset as `dataset list` shows it. */
export interface DatasetListing {
  readonly dataset: string
  /** Null when the pointer is absent or points at nothing. */
  readonly newest: string | null
  /** Whole snapshots, oldest import first. */
  readonly snapshots: readonly SnapshotRecord[]
  /** Ids of snapshots whose `snapshot.json` cannot be read: import the data again to repair one. */
  readonly damaged: readonly string[]
}

/** Which data can be named: the folders of a home, or the record of a cluster. */
export interface DatasetCatalog {
  /** Every snapshot as plain data, to plan with. */
  read(): Promise<Catalog>
  /** The datasets by name, with their snapshots. */
  list(): Promise<readonly DatasetListing[]>
  /**
   * One snapshot, by its id or by the name of a dataset (then its newest).
   * Throws `snapshot_not_found`, `dataset_not_found` or `artifact_corrupt`.
   */
  show(idOrDataset: string): Promise<SnapshotRecord>
}

/** The catalogue of a home, read from its folders every time. */
export function folderCatalog(datasetsDir: string): DatasetCatalog {
  return {
    read: () => readCatalog(datasetsDir),
    list: () => listDatasets(datasetsDir),
    show: (idOrDataset) => showSnapshot(datasetsDir, idOrDataset),
  }
}

/**
 * Every snapshot under `datasetsDir`, as data. An absent directory is an empty catalogue; a damaged snapshot is left
 * out.
 */
export async function readCatalog(datasetsDir: string): Promise<Catalog> {
  const newest = new Map<string, string>()
  const snapshots = new Map<string, SnapshotEntry>()
  for (const listing of await listDatasets(datasetsDir)) {
    if (listing.newest !== null) newest.set(listing.dataset, listing.newest)
    for (const record of listing.snapshots) snapshots.set(record.snapshotId, entryOf(record))
  }
  return { newest, snapshots }
}

/** The datasets of a home by name, with their snapshots. Reads no data file. */
export async function listDatasets(datasetsDir: string): Promise<readonly DatasetListing[]> {
  const names = (await directoriesOf(datasetsDir)).filter(isDatasetName).sort()
  const listings = await Promise.all(names.map((name) => listDataset(datasetsDir, name)))
  return listings.filter(({ snapshots, damaged }) => snapshots.length + damaged.length > 0)
}

/**
 * The record of one snapshot, by its id or by the name of a dataset (then its newest).
 * Throws `snapshot_not_found`, `dataset_not_found` or `artifact_corrupt`.
 */
export async function showSnapshot(datasetsDir: string, idOrDataset: string): Promise<SnapshotRecord> {
  const snapshotId = (await newestOf(datasetsDir, idOrDataset)) ?? idOrDataset
  if (datasetOfSnapshot(snapshotId) === null) {
    throw new HindcastError(
      'dataset_not_found',
      `${shown(idOrDataset)} is neither a dataset nor a snapshot of this home; "hindcast dataset list" shows them`,
    )
  }
  const directory = snapshotDirectory(datasetsDir, snapshotId)
  if (!(await isPlainDirectory(directory))) {
    throw new HindcastError('snapshot_not_found', `snapshot ${snapshotId} is not in ${datasetsDir}`)
  }
  const record = await readRecord(directory, snapshotId)
  if (record !== null) return record
  throw new HindcastError(
    'artifact_corrupt',
    `snapshot ${snapshotId}: ${join(directory, 'snapshot.json')} is damaged; import the same data again to repair it`,
  )
}

async function listDataset(datasetsDir: string, dataset: string): Promise<DatasetListing> {
  const home = join(datasetsDir, dataset)
  const ids = (await directoriesOf(home)).filter((name) => datasetOfSnapshot(name) === dataset).sort()
  const records = await Promise.all(ids.map((id) => readRecord(join(home, id), id)))
  const snapshots = records
    .filter((record) => record !== null)
    .sort((a, b) => compare(a.createdAt, b.createdAt) || compare(a.snapshotId, b.snapshotId))
  const newest = await newestOf(datasetsDir, dataset)
  return {
    dataset,
    newest: snapshots.some(({ snapshotId }) => snapshotId === newest) ? newest : null,
    snapshots,
    damaged: ids.filter((_, at) => records[at] === null),
  }
}

/** What the dataset's pointer says; null when there is none or it makes no sense. */
async function newestOf(datasetsDir: string, dataset: string): Promise<string | null> {
  if (!isDatasetName(dataset)) return null
  const home = join(datasetsDir, dataset)
  if (!(await isPlainDirectory(home))) return null
  try {
    const file = await open(join(home, DATASET_FILES.newest), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(128), 0, 128, 0)
      const id = buffer.toString('latin1', 0, bytesRead).trim()
      return datasetOfSnapshot(id) === dataset ? id : null
    } finally {
      await file.close()
    }
  } catch {
    return null
  }
}

async function directoriesOf(path: string): Promise<string[]> {
  return withStorageErrors(path, async () => {
    try {
      const entries = await readdir(path, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    }
  })
}

function isDatasetName(name: string): boolean {
  try {
    return checkDatasetName(name) === name
  } catch {
    return false
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
