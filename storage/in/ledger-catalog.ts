import { HindcastError } from '../../core/errors.ts'
import type { Catalog, SnapshotEntry } from '../../core/plan.ts'
import type { Snapshot, Snapshots } from '../ledger/snapshots/port.ts'
import type { DatasetCatalog, DatasetListing } from './catalog.ts'
import { shown } from './import/data-error.ts'
import type { QualityReport } from './import/quality.ts'
import { type RoleEntry, type SnapshotRecord, versionIds } from './snapshot/entry.ts'
import { datasetOfSnapshot } from './snapshot/layout.ts'

/** The catalogue of a cluster, read from the record every time; no store of datasets is needed. */
export function ledgerCatalog(ledger: Snapshots): DatasetCatalog {
  return {
    read: () => read(ledger),
    list: () => list(ledger),
    show: (idOrDataset) => show(ledger, idOrDataset),
  }
}

async function read(ledger: Snapshots): Promise<Catalog> {
  const rows = await ledger.snapshotEntries()
  const entries = rows.map(({ roles, newest: _, ...entry }): SnapshotEntry => {
    return { ...entry, datasetVersionIds: versionIds(roles as readonly RoleEntry[]) }
  })
  return {
    newest: new Map(rows.filter(({ newest }) => newest).map(({ dataset, snapshotId }) => [dataset, snapshotId])),
    snapshots: new Map(entries.map((entry) => [entry.snapshotId, entry])),
  }
}

async function list(ledger: Snapshots): Promise<readonly DatasetListing[]> {
  const [newest, rows] = await Promise.all([ledger.newestSnapshots(), ledger.listSnapshots()])
  return [...Map.groupBy(rows, ({ dataset }) => dataset)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([dataset, own]) => ({
      dataset,
      newest: newest.get(dataset) ?? null,
      snapshots: own.map(recordOfRow),
      damaged: [],
    }))
}

async function show(ledger: Snapshots, idOrDataset: string): Promise<SnapshotRecord> {
  const newest = await ledger.newestSnapshot(idOrDataset)
  if (newest !== null) return recordOfRow(newest)
  if (datasetOfSnapshot(idOrDataset) === null) {
    throw new HindcastError(
      'dataset_not_found',
      `${shown(idOrDataset)} is neither a dataset nor a snapshot of the catalogue; "hindcast dataset push" brings one`,
    )
  }
  const found = await ledger.findSnapshot(idOrDataset)
  if (found !== null) return recordOfRow(found)
  throw new HindcastError('snapshot_not_found', `snapshot ${idOrDataset} is not in the catalogue`)
}

/** A row as the record that a folder holds; the versions are the catalogue's own. */
export function recordOfRow(row: Snapshot): SnapshotRecord {
  const roles = row.roles as readonly RoleEntry[]
  return {
    v: 1,
    snapshotId: row.snapshotId,
    dataset: row.dataset,
    fullSha256: row.fullSha256,
    startDate: row.startDate,
    endDate: row.endDate,
    datasetVersionIds: versionIds(roles),
    createdAt: row.createdAt,
    preset: row.preset,
    names: row.names,
    dates: row.dates,
    roles,
    files: row.files,
    quality: row.quality as unknown as QualityReport,
  }
}
