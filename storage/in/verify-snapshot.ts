import { HindcastError } from '../../core/errors.ts'
import type { Panel } from '../../engine/panel.ts'
import { showSnapshot } from './catalog.ts'
import type { Allocate } from './panel/dense.ts'
import { panelFromFiles } from './panel/from-files.ts'
import { fullSha256, hashStatements, hashTables, type RoleContent } from './snapshot/content-hash.ts'
import type { SnapshotRecord } from './snapshot/entry.ts'
import { snapshotDirectory } from './snapshot/layout.ts'
import { readPrices, readSecurityTable, readStatements } from './snapshot/table-files.ts'
import type { FundamentalTable, SnapshotTables } from './tables.ts'

/** Reads every file of a snapshot and compares its content with the hashes. Throws `artifact_corrupt` naming a file. */
export async function verifySnapshot(datasetsDir: string, snapshotId: string): Promise<SnapshotRecord> {
  const record = await showSnapshot(datasetsDir, snapshotId)
  readVerified(snapshotDirectory(datasetsDir, record.snapshotId), record)
  return record
}

type Verifiable = Pick<SnapshotRecord, 'snapshotId' | 'fullSha256' | 'roles'>

/** The tables of a snapshot, their content compared with its hashes. Throws `artifact_corrupt` naming the file. */
export function readVerified(directory: string, record: Verifiable): SnapshotTables {
  const { snapshotId } = record
  const tables = {
    prices: reading(snapshotId, 'prices.parquet', () => readPrices(directory)),
    fundamentals: readStatementsOf(directory, record),
    securities: reading(snapshotId, 'securities.parquet', () => readSecurityTable(directory)),
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

/**
 * The panel of a snapshot's Parquet files, their content compared with the hashes.
 * Throws `artifact_corrupt` naming the file.
 */
export function readVerifiedPanel(directory: string, record: Verifiable, allocate: Allocate): Panel {
  const statements = readStatementsOf(directory, record)
  const { panel, contentSha256 } = reading(record.snapshotId, 'prices.parquet', () =>
    panelFromFiles(directory, statements, allocate),
  )
  const ofStatements = statements === null ? null : hashStatements(statements).contentSha256
  for (const { role, file, contentSha256: expected } of record.roles) {
    // Tickers and names are for people: no number of a panel comes from them.
    if (role === 'securities') continue
    const content = role === 'crsp' ? contentSha256 : ofStatements
    if (content !== expected) throw corrupt(record.snapshotId, `${file} does not hold the data that was imported`)
  }
  return panel
}

function readStatementsOf(directory: string, record: Verifiable): FundamentalTable | null {
  if (!record.roles.some(({ role }) => role === 'compustat')) return null
  return reading(record.snapshotId, 'fundamentals.parquet', () => readStatements(directory))
}

function reading<T>(snapshotId: string, file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof HindcastError) throw error
    throw corrupt(snapshotId, `${file} is missing or damaged`, error)
  }
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
