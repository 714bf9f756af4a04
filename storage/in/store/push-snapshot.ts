import { formatIsoDate } from '../../../core/dates.ts'
import { HindcastError } from '../../../core/errors.ts'
import type { Json } from '../../../core/identity.ts'
import type { NewSnapshot, Snapshot, Snapshots } from '../../ledger/snapshots/port.ts'
import { showSnapshot } from '../catalog.ts'
import type { SnapshotRecord } from '../snapshot/entry.ts'
import { snapshotDirectory } from '../snapshot/layout.ts'
import { readVerifiedSecurities } from '../verify-snapshot.ts'
import type { DatasetTarget } from './port.ts'

export interface PushInput {
  readonly datasetsDir: string
  /** A snapshot's id, or a dataset for its newest. */
  readonly snapshot: string
  readonly createdBy: string
}

export interface Pushed {
  /** As the catalogue has it. */
  readonly snapshot: Snapshot
  /** False: the files were there already. */
  readonly copied: boolean
  /** False: the catalogue knew it already. */
  readonly inserted: boolean
}

/**
 * Brings a snapshot of a home to a cluster: its files into the store, then its row into the catalogue, which is what
 * makes it known. Ended at any moment, nothing half written can be named, and the next push goes on from there. Throws
 * what `showSnapshot`, the store and `insertSnapshot` throw.
 */
export async function pushSnapshot(input: PushInput, store: DatasetTarget, catalogue: Snapshots): Promise<Pushed> {
  const { datasetsDir, createdBy } = input
  const record = await showSnapshot(datasetsDir, input.snapshot)
  const known = await catalogue.findSnapshot(record.snapshotId)
  if (known !== null && known.fullSha256 !== record.fullSha256) {
    throw new HindcastError(
      'data_invalid',
      `snapshot ${record.snapshotId} is in the catalogue with other data (SHA-256 ${known.fullSha256}, this one ` +
        `${record.fullSha256}); import under another dataset name`,
    )
  }
  const copied = (await store.push(datasetsDir, record)) === 'pushed'
  const row = newSnapshotOf(record, { datasetsDir, location: store.locate(record.snapshotId), createdBy })
  return { copied, ...(await catalogue.insertSnapshot(row)) }
}

function newSnapshotOf(
  record: SnapshotRecord,
  { datasetsDir, location, createdBy }: { datasetsDir: string; location: string; createdBy: string },
): NewSnapshot {
  const { snapshotId, dataset, startDate, endDate, preset, names, dates, roles, files, quality } = record
  const table = readVerifiedSecurities(snapshotDirectory(datasetsDir, snapshotId), record)
  return {
    ...{ snapshotId, dataset, startDate, endDate, preset, names, dates, roles, files, location, createdBy },
    fullSha256: record.fullSha256,
    quality: quality as unknown as Json,
    securities: Array.from(table.permno, (permno, at) => ({
      permno,
      ticker: table.ticker[at] ?? null,
      name: table.name[at] ?? null,
      firstDate: formatIsoDate(table.first[at]!),
      lastDate: formatIsoDate(table.last[at]!),
    })),
  }
}
