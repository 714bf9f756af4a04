import { HindcastError } from '../../core/errors.ts'
import { showSnapshot } from './catalog.ts'
import { fullSha256, hashTables, type RoleContent } from './snapshot/content-hash.ts'
import type { SnapshotRecord } from './snapshot/entry.ts'
import { snapshotDirectory } from './snapshot/layout.ts'
import { readPrices, readSecurityTable, readStatements } from './snapshot/table-files.ts'
import type { SnapshotTables } from './tables.ts'

/** Reads every file of a snapshot and compares its content with the hashes. Throws `artifact_corrupt` naming a file. */
export async function verifySnapshot(datasetsDir: string, snapshotId: string): Promise<SnapshotRecord> {
  const record = await showSnapshot(datasetsDir, snapshotId)
  readVerified(snapshotDirectory(datasetsDir, record.snapshotId), record)
  return record
}

/** The tables of a snapshot, their content compared with its hashes. Throws `artifact_corrupt` naming the file. */
export function readVerified(
  directory: string,
  record: Pick<SnapshotRecord, 'snapshotId' | 'fullSha256' | 'roles'>,
): SnapshotTables {
  const has = (role: string) => record.roles.some((entry) => entry.role === role)
  const read = <T>(file: string, reader: (directory: string) => T): T => {
    try {
      return reader(directory)
    } catch (error) {
      throw corrupt(record.snapshotId, `${file} is missing or damaged`, error)
    }
  }
  const tables = {
    prices: read('prices.parquet', readPrices),
    fundamentals: has('compustat') ? read('fundamentals.parquet', readStatements) : null,
    securities: read('securities.parquet', readSecurityTable),
  }
  const roles = hashTables(tables)
  for (const expected of record.roles) {
    const found = roles.find(({ role }) => role === expected.role)
    if (found?.contentSha256 === expected.contentSha256) continue
    throw corrupt(record.snapshotId, `${expected.file} does not hold the data that was imported`)
  }
  if (fullSha256(roles) !== record.fullSha256 || fullSha256(record.roles.map(contentOf)) !== record.fullSha256) {
    throw corrupt(record.snapshotId, 'snapshot.json does not fit the snapshot id')
  }
  return tables
}

function contentOf({ role, columns, rows, contentSha256 }: RoleContent): RoleContent {
  return { role, columns, rows, contentSha256 }
}

function corrupt(snapshotId: string, what: string, cause?: unknown): HindcastError {
  return new HindcastError(
    'artifact_corrupt',
    `snapshot ${snapshotId}: ${what}; remove its directory and import the same data again`,
    { cause },
  )
}
