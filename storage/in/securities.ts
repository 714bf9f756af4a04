import { formatIsoDate, type IsoDate } from '../../core/dates.ts'
import { showSnapshot } from './catalog.ts'
import { snapshotDirectory } from './snapshot/layout.ts'
import { readVerifiedSecurities } from './verify-snapshot.ts'

/** One name of a snapshot, for people. */
export interface Security {
  readonly permno: number
  readonly ticker: string | null
  readonly name: string | null
  /** First and last date with a price row. */
  readonly first: IsoDate
  readonly last: IsoDate
}

/** permno -> security of a snapshot. Throws `snapshot_not_found` or `artifact_corrupt`. */
export async function readSecurities(datasetsDir: string, snapshotId: string): Promise<ReadonlyMap<number, Security>> {
  const directory = snapshotDirectory(datasetsDir, snapshotId)
  const table = readVerifiedSecurities(directory, await showSnapshot(datasetsDir, snapshotId))
  return new Map(
    Array.from(table.permno, (permno, at) => [
      permno,
      {
        permno,
        ticker: table.ticker[at] ?? null,
        name: table.name[at] ?? null,
        first: formatIsoDate(table.first[at]!),
        last: formatIsoDate(table.last[at]!),
      },
    ]),
  )
}
