import { formatIsoDate, type IsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import { isPlainDirectory, snapshotDirectory } from './snapshot/layout.ts'
import { readSecurityTable } from './snapshot/table-files.ts'

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
  if (!(await isPlainDirectory(directory))) {
    throw new HindcastError('snapshot_not_found', `snapshot ${snapshotId} is not in ${datasetsDir}`)
  }
  const table = readTable(directory)
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

function readTable(directory: string) {
  try {
    return readSecurityTable(directory)
  } catch (error) {
    throw new HindcastError(
      'artifact_corrupt',
      `${directory}: securities.parquet cannot be read; import the data again`,
      {
        cause: error,
      },
    )
  }
}
