import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { parseIsoDate } from '../../../core/dates.ts'
import type { SnapshotEntry } from '../../../core/plan.ts'
import type { QualityReport } from '../import/quality.ts'
import type { Role, RoleContent } from './content-hash.ts'
import { datasetOfSnapshot, SNAPSHOT_FILES } from './layout.ts'

/** A role of a snapshot with its version in the dataset and its file. */
export interface RoleEntry extends RoleContent {
  /** Counts the different contents of this role in the dataset, from 1. */
  readonly version: number
  readonly file: string
  readonly bytes: number
}

/** One data file of a snapshot. Its bytes are not part of the id: another writer may make others of the same rows. */
export interface FileEntry {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** What `snapshot.json` holds: the catalogue's entry, and what a reader wants to know of it. */
export interface SnapshotRecord extends SnapshotEntry {
  readonly v: 1
  /** ISO moment of the import that made it. */
  readonly createdAt: string
  readonly preset: string
  readonly names: number
  readonly dates: number
  readonly roles: readonly RoleEntry[]
  /** Every data file, by name. */
  readonly files: readonly FileEntry[]
  readonly quality: QualityReport
}

const MAX_RECORD_BYTES = 4 * 2 ** 20
const DATA_FILE = /^[a-z]+\.parquet$/
const HASH = /^[0-9a-f]{64}$/

/** The record of a snapshot's directory; null when it is absent, damaged, or of another snapshot. */
export async function readRecord(directory: string, snapshotId: string): Promise<SnapshotRecord | null> {
  try {
    const file = await open(join(directory, SNAPSHOT_FILES.entry), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { size } = await file.stat()
      if (size > MAX_RECORD_BYTES) return null
      return parseRecord(await file.readFile('utf8'), snapshotId)
    } finally {
      await file.close()
    }
  } catch {
    // Unreadable means damaged: the caller names the snapshot.
    return null
  }
}

/** The record in the text of a `snapshot.json`; null when it is damaged, or of another snapshot. */
export function parseRecord(text: string, snapshotId: string): SnapshotRecord | null {
  try {
    return understand(JSON.parse(text), snapshotId)
  } catch {
    return null
  }
}

/** The entry that `core` knows, without what only people read. */
export function entryOf(record: SnapshotRecord): SnapshotEntry {
  const { snapshotId, dataset, startDate, endDate, datasetVersionIds } = record
  return { snapshotId, dataset, fullSha256: record.fullSha256, startDate, endDate, datasetVersionIds }
}

/** `version:hash` of the roles that a number can come from (engine.md 1.3). */
export function versionIds(roles: readonly (RoleContent & { readonly version: number })[]): Record<string, string> {
  const counted = roles.filter(({ role }) => DATA_ROLES.has(role))
  return Object.fromEntries(counted.map(({ role, version, contentSha256 }) => [role, `${version}:${contentSha256}`]))
}

const DATA_ROLES: ReadonlySet<Role> = new Set(['crsp', 'compustat'])

function understand(value: unknown, snapshotId: string): SnapshotRecord | null {
  const record = value as SnapshotRecord
  const known =
    record?.v === 1 &&
    record.snapshotId === snapshotId &&
    record.dataset === datasetOfSnapshot(snapshotId) &&
    typeof record.fullSha256 === 'string' &&
    HASH.test(record.fullSha256) &&
    snapshotId === `${record.dataset}-${record.fullSha256.slice(0, 8)}` &&
    parseIsoDate(record.startDate) !== null &&
    parseIsoDate(record.endDate) !== null &&
    Array.isArray(record.roles) &&
    record.roles.every(isRoleEntry) &&
    Array.isArray(record.files) &&
    record.files.every(isFileEntry) &&
    typeof record.datasetVersionIds === 'object'
  return known ? record : null
}

function isRoleEntry(role: RoleEntry): boolean {
  return (
    typeof role?.role === 'string' &&
    HASH.test(role.contentSha256) &&
    Number.isInteger(role.version) &&
    Number.isInteger(role.rows) &&
    Number.isInteger(role.bytes) &&
    DATA_FILE.test(role.file)
  )
}

function isFileEntry(entry: FileEntry): boolean {
  return DATA_FILE.test(entry?.file) && Number.isInteger(entry.bytes) && HASH.test(entry.sha256)
}
