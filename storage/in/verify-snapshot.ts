import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { Panel } from '../../engine/panel.ts'
import { showSnapshot } from './catalog.ts'
import type { Allocate } from './panel/dense.ts'
import { panelFromFiles } from './panel/from-files.ts'
import { fullSha256, hashStatements, hashTables, type RoleContent } from './snapshot/content-hash.ts'
import type { SnapshotRecord } from './snapshot/entry.ts'
import { SNAPSHOT_FILES, snapshotDirectory } from './snapshot/layout.ts'
import { readPrices, readSecurityTable, readStatements } from './snapshot/table-files.ts'
import type { FundamentalTable, SecurityTable, SnapshotTables } from './tables.ts'

/** Reads every file of a snapshot and compares its content with the hashes. Throws `artifact_corrupt` naming a file. */
export async function verifySnapshot(datasetsDir: string, snapshotId: string): Promise<SnapshotRecord> {
  const record = await showSnapshot(datasetsDir, snapshotId)
  readVerified(snapshotDirectory(datasetsDir, record.snapshotId), record)
  return record
}

type Verifiable = Pick<SnapshotRecord, 'snapshotId' | 'fullSha256' | 'roles' | 'files'>
type DataFile = (typeof SNAPSHOT_FILES)['prices' | 'fundamentals' | 'securities']

/** The tables of a snapshot, their content compared with its hashes. Throws `artifact_corrupt` naming the file. */
export function readVerified(directory: string, record: Verifiable): SnapshotTables {
  const tables = {
    prices: reading({ directory, record, file: SNAPSHOT_FILES.prices }, () => readPrices(directory)),
    fundamentals: readStatementsOf(directory, record),
    securities: readVerifiedSecurities(directory, record),
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
export async function readVerifiedPanel(directory: string, record: Verifiable, allocate: Allocate): Promise<Panel> {
  const statements = readStatementsOf(directory, record)
  const { panel, contentSha256 } = await reading({ directory, record, file: SNAPSHOT_FILES.prices }, () =>
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
  return reading({ directory, record, file: SNAPSHOT_FILES.fundamentals }, () => readStatements(directory))
}

/** The securities of a snapshot. Throws `artifact_corrupt` when the file is not the one that was written. */
export function readVerifiedSecurities(directory: string, record: Verifiable): SecurityTable {
  return reading({ directory, record, file: SNAPSHOT_FILES.securities }, () => readSecurityTable(directory))
}

/**
 * Reads a file only when it has the bytes that the import wrote: polars ends the process on some damaged files, and
 * what it did not write itself it must not be shown.
 */
function reading<T>(from: { directory: string; record: Verifiable; file: DataFile }, read: () => T): T {
  const { directory, record, file } = from
  const known = record.files.find((entry) => entry.file === file)
  let found: string | null = null
  try {
    found = hashFile(join(directory, file))
  } catch (error) {
    throw corrupt(record.snapshotId, `${file} is missing or cannot be read`, error)
  }
  if (found !== known?.sha256) throw corrupt(record.snapshotId, `${file} is not the file that was imported`)
  return read()
}

const BLOCK_BYTES = 4 * 2 ** 20

/** SHA-256 of an ordinary file, in blocks. Throws what the file system throws; a link is an error. */
function hashFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const hash = createHash('sha256')
    const block = new Uint8Array(BLOCK_BYTES)
    for (;;) {
      const bytes = readSync(file, block)
      if (bytes === 0) return hash.digest('hex')
      hash.update(block.subarray(0, bytes))
    }
  } finally {
    closeSync(file)
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
