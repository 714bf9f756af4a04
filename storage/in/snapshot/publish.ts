import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatIsoDate } from '../../../core/dates.ts'
import { HindcastError } from '../../../core/errors.ts'
import { sha256Hex } from '../../../core/identity.ts'
import {
  ensureDirectory,
  publishDirectory,
  replaceFile,
  withStorageErrors,
  writeNewFile,
} from '../../blobs/durable-files.ts'
import { type FileLock, tryLock } from '../../blobs/file-lock.ts'
import { calendarOf } from '../calendar.ts'
import type { QualityReport } from '../import/quality.ts'
import { writePanelCache } from '../panel/cache-file.ts'
import { buildPanel } from '../panel/dense.ts'
import type { SnapshotTables } from '../tables.ts'
import { fullSha256, hashTables, type RoleContent, snapshotIdOf } from './content-hash.ts'
import { type FileEntry, type RoleEntry, readRecord, type SnapshotRecord, versionIds } from './entry.ts'
import { checkDatasetName, DATASET_FILES, refuseForeign, SNAPSHOT_FILES } from './layout.ts'
import { encodeTables } from './table-files.ts'

/** What becomes a snapshot. The tables must be canonical: sorted, unique, one bit pattern for NaN. */
export interface SnapshotInput {
  readonly datasetsDir: string
  readonly dataset: string
  readonly tables: SnapshotTables
  readonly preset: string
  readonly quality: QualityReport
  /** Milliseconds since 1970, for people. */
  readonly now: () => number
}

/** A published snapshot; `created` is false when the same data was there already. */
export interface Published {
  readonly record: SnapshotRecord
  readonly directory: string
  readonly created: boolean
}

const LOCK_POLL_MS = 50
const LOCK_WAIT_MS = 600_000
const FILE_OF_ROLE = {
  crsp: SNAPSHOT_FILES.prices,
  compustat: SNAPSHOT_FILES.fundamentals,
  securities: SNAPSHOT_FILES.securities,
} as const

/**
 * Writes a snapshot where nobody sees it, then makes it visible by one rename and points `newest` at it. Whatever
 * ends the process in between, the store is as it was; the next import removes what was left lying. Throws
 * `storage_full`, `storage_error`, `data_invalid` (an id with another hash), `home_busy` (ten minutes of waiting).
 */
export async function publishSnapshot(input: SnapshotInput): Promise<Published> {
  const roles = hashTables(input.tables)
  const hash = fullSha256(roles)
  const home = join(input.datasetsDir, checkDatasetName(input.dataset))
  await ensureDirectory(home)
  await refuseForeign(home)
  return withDatasetLock(home, async () => {
    await sweepDataset(home)
    const snapshotId = snapshotIdOf(input.dataset, hash)
    const directory = join(home, snapshotId)
    const known = await existing(directory, snapshotId, hash)
    const record = known ?? (await create(input, { home, directory, snapshotId, hash, roles }))
    await replaceFile(join(home, DATASET_FILES.newest), `${snapshotId}\n`, join(home, DATASET_FILES.scratch))
    return { record, directory, created: known === null }
  })
}

/** Runs `work` as the only writer of a dataset's folder. Throws `home_busy` after ten minutes of waiting. */
export async function withDatasetLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(join(home, DATASET_FILES.lock))
  try {
    return await work()
  } finally {
    lock.release()
  }
}

interface NewSnapshot {
  readonly home: string
  readonly directory: string
  readonly snapshotId: string
  readonly hash: string
  readonly roles: readonly RoleContent[]
}

async function create(input: SnapshotInput, snapshot: NewSnapshot): Promise<SnapshotRecord> {
  const { home, directory, snapshotId, hash, roles } = snapshot
  const staging = join(home, `${DATASET_FILES.staging}${snapshotId}`)
  return withStorageErrors(staging, async () => {
    await mkdir(staging)
    try {
      const files = encodeTables(input.tables)
      await Promise.all([...files].map(([name, bytes]) => writeNewFile(join(staging, name), bytes)))
      const versioned = await withVersions(home, roles, files)
      const record = recordOf(input, { snapshotId, hash, roles: versioned, files: filesOf(files) })
      await writePanelCache(join(staging, SNAPSHOT_FILES.panel), hash, buildPanel(input.tables, plainBuffer))
      await writeNewFile(join(staging, SNAPSHOT_FILES.entry), `${JSON.stringify(record, null, 2)}\n`)
      if (!(await publishDirectory(staging, directory))) {
        throw new HindcastError('storage_error', `${directory} appeared while it was being written; try again`)
      }
      return record
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw error
    }
  })
}

function plainBuffer(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes)
}

function recordOf(
  input: SnapshotInput,
  made: { snapshotId: string; hash: string; roles: readonly RoleEntry[]; files: readonly FileEntry[] },
): SnapshotRecord {
  const { snapshotId, hash, roles, files } = made
  const { prices, securities } = input.tables
  const { days } = calendarOf(prices.date)
  return {
    v: 1,
    snapshotId,
    dataset: input.dataset,
    fullSha256: hash,
    startDate: formatIsoDate(days[0]!),
    endDate: formatIsoDate(days.at(-1)!),
    datasetVersionIds: versionIds(roles),
    createdAt: new Date(input.now()).toISOString(),
    preset: input.preset,
    names: securities.permno.length,
    dates: days.length,
    roles,
    files,
    quality: input.quality,
  }
}

function filesOf(files: ReadonlyMap<string, Uint8Array>): FileEntry[] {
  return [...files].map(([file, bytes]) => ({ file, bytes: bytes.length, sha256: sha256Hex(bytes) }))
}

/** A content seen before keeps its number; a new one gets the next. Under the lock, so no two are given twice. */
async function withVersions(
  home: string,
  roles: readonly RoleContent[],
  files: ReadonlyMap<string, Uint8Array>,
): Promise<RoleEntry[]> {
  const entries = await readdir(home, { withFileTypes: true })
  const directories = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  const records = await Promise.all(directories.map(({ name }) => readRecord(join(home, name), name)))
  const known = records.flatMap((record) => record?.roles ?? [])
  return roles.map((content) => {
    const same = known.filter(({ role }) => role === content.role)
    const before = same.find(({ contentSha256 }) => contentSha256 === content.contentSha256)
    const version = before?.version ?? 1 + Math.max(0, ...same.map((role) => role.version))
    const file = FILE_OF_ROLE[content.role]
    return { ...content, version, file, bytes: files.get(file)!.length }
  })
}

/** The record of a snapshot that is already there and whole; null when it must be written. */
async function existing(directory: string, snapshotId: string, hash: string): Promise<SnapshotRecord | null> {
  const found = await lstat(directory).catch(() => null)
  if (found === null) return null
  await refuseForeign(directory)
  const record = await readRecord(directory, snapshotId)
  if (record !== null && record.fullSha256 !== hash) {
    throw new HindcastError(
      'data_invalid',
      `snapshot ${snapshotId} exists with other data (SHA-256 ${record.fullSha256}, this import ${hash}); ` +
        'import under another dataset name',
    )
  }
  if (record !== null && (await isWhole(directory, record))) return record
  // Damaged from outside: the same content is at hand, so put it aside and write it again.
  await withStorageErrors(directory, () => rename(directory, join(directory, '..', `${DATASET_FILES.staging}damaged`)))
  await sweepDataset(join(directory, '..'))
  return null
}

async function isWhole(directory: string, record: SnapshotRecord): Promise<boolean> {
  const sizes = await Promise.all(record.files.map(({ file }) => stat(join(directory, file)).catch(() => null)))
  return record.files.every(({ bytes }, at) => sizes[at]?.isFile() === true && sizes[at].size === bytes)
}

/** Removes what killed imports left. Only under the lock: nobody else is writing here then. */
export async function sweepDataset(home: string): Promise<void> {
  await withStorageErrors(home, async () => {
    for (const name of await readdir(home)) {
      if (name.startsWith(DATASET_FILES.staging) || name === DATASET_FILES.scratch) {
        await rm(join(home, name), { recursive: true, force: true })
      }
    }
  })
}

async function waitForLock(path: string): Promise<FileLock> {
  for (let waited = 0; waited < LOCK_WAIT_MS; waited += LOCK_POLL_MS) {
    const lock = tryLock(path)
    if (lock !== null) return lock
    await sleep(LOCK_POLL_MS)
  }
  throw new HindcastError('home_busy', `another import holds ${path} for ten minutes; wait for it or end it`)
}
