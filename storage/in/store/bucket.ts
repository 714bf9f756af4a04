import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../../core/errors.ts'
import type { SnapshotEntry } from '../../../core/plan.ts'
import { errorCode, withStorageErrors } from '../../blobs/durable-files.ts'
import { type Bucket, openBucket } from '../../blobs/s3/bucket.ts'
import type { CallLimits } from '../../blobs/s3/request.ts'
import { type S3Config, shownPlaceOf } from '../../blobs/store-config.ts'
import { fullSha256 } from '../snapshot/content-hash.ts'
import { type FileEntry, parseRecord, type SnapshotRecord } from '../snapshot/entry.ts'
import { checkDatasetName, FETCHED, SNAPSHOT_FILES, snapshotDirectory } from '../snapshot/layout.ts'
import { checkedFile, corrupt } from './checked-copy.ts'
import type { DatasetStore } from './port.ts'
import { otherData } from './volume.ts'

const MAX_RECORD_BYTES = 4 * 2 ** 20
/** How often, and how far apart, a push looks for the entry that another one is just writing. */
const MOST_LOOKS = 10
const LOOK_MS = 200

/**
 * Datasets as objects `{prefix}{dataset}/{snapshot}/{hash}-{file}` and `…/snapshot.json`. A data object's name holds
 * its hash, so that two pushes of one snapshot, also by versions that encode its rows in other bytes, never meet.
 */
export function bucketDatasets(config: S3Config, limits?: CallLimits): DatasetStore {
  const bucket = openBucket(config, limits)
  return {
    locate: (snapshotId) => shownPlaceOf(config, snapshotDirectory('', snapshotId)),
    push: (datasetsDir, record) => push(bucket, datasetsDir, record),
    fetch: (snapshot) => fetchSnapshot(bucket, join(config.scratchDir, 'datasets'), snapshot),
  }
}

async function push(bucket: Bucket, datasetsDir: string, record: SnapshotRecord): Promise<'pushed' | 'known'> {
  checkDatasetName(record.dataset)
  const folder = snapshotDirectory('', record.snapshotId)
  const entryKey = `${folder}/${SNAPSHOT_FILES.entry}`
  if (await isKnown(bucket, record, entryKey)) return 'known'
  for (const entry of record.files) {
    const key = keyOf(folder, entry)
    const there = await bucket.head(key)
    if (there?.sha256 === entry.sha256 && there.size === entry.bytes) continue
    const file = await checkedFile(datasetsDir, record, entry)
    // The hash is signed: a server that gets other bytes refuses them.
    await bucket.put(key, { file, size: entry.bytes, sha256: entry.sha256 }, { ifAbsent: there === null })
  }
  const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`)
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if ((await bucket.put(entryKey, { bytes }, { ifAbsent: true })) === 'stored') return 'pushed'
    // Another push of it was faster: fine when it has the same data. A server may refuse before it shows what is there.
    if (await isKnown(bucket, record, entryKey)) return 'known'
    await sleep(LOOK_MS)
  }
  throw new HindcastError('storage_error', `${entryKey} came and went while it was written; push again`)
}

/** Throws when the id is there with other data, or when objects that it names are gone. */
async function isKnown(bucket: Bucket, record: SnapshotRecord, entryKey: string): Promise<boolean> {
  const text = await bucket.get(entryKey, MAX_RECORD_BYTES)
  if (text === null) return false
  const found = parseRecord(text.toString('utf8'), record.snapshotId)
  if (found === null) throw corrupt(record.snapshotId, `${entryKey} is damaged; remove it`)
  if (found.fullSha256 !== record.fullSha256) throw otherData(record, found.fullSha256)
  for (const entry of found.files) {
    const there = await bucket.head(keyOf(snapshotDirectory('', record.snapshotId), entry))
    if (there?.size !== entry.bytes) throw corrupt(record.snapshotId, `${entry.file} is missing; remove ${entryKey}`)
  }
  return true
}

async function fetchSnapshot(
  bucket: Bucket,
  datasetsDir: string,
  { snapshotId, fullSha256: pinned }: Pick<SnapshotEntry, 'snapshotId' | 'fullSha256'>,
): Promise<string> {
  const final = snapshotDirectory(datasetsDir, snapshotId)
  if (await isDirectory(final)) return datasetsDir
  const folder = snapshotDirectory('', snapshotId)
  const text = await bucket.get(`${folder}/${SNAPSHOT_FILES.entry}`, MAX_RECORD_BYTES)
  if (text === null) throw new HindcastError('snapshot_not_found', `snapshot ${snapshotId} is not in the store`)
  const record = parseRecord(text.toString('utf8'), snapshotId)
  // The pinned hash stands for the roles' hashes, and those for the rows that are read.
  if (record === null || record.fullSha256 !== pinned || fullSha256(record.roles.map(contentOf)) !== pinned) {
    throw corrupt(snapshotId, 'its snapshot.json is damaged, or is not of the data with the pinned hash')
  }
  const scratch = join(datasetsDir, `.fetch-${randomUUID()}`)
  await withStorageErrors(final, async () => {
    await mkdir(scratch, { recursive: true, mode: 0o700 })
    try {
      for (const entry of record.files) {
        const found = await bucket.download(keyOf(folder, entry), join(scratch, entry.file), entry.bytes)
        if (found === null) throw corrupt(snapshotId, `${entry.file} is missing`)
        if (found !== entry.sha256) throw corrupt(snapshotId, `${entry.file} is not the file that was imported`)
      }
      await writeFile(join(scratch, SNAPSHOT_FILES.entry), text, { mode: 0o600 })
      await writeFile(join(datasetsDir, FETCHED), '')
      await mkdir(join(final, '..'), { recursive: true, mode: 0o700 })
      await rename(scratch, final).catch((error: unknown) => {
        // Another thread of this pod was first.
        if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
      })
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  })
  return datasetsDir
}

function keyOf(folder: string, { file, sha256 }: FileEntry): string {
  return `${folder}/${sha256.slice(0, 16)}-${file}`
}

function contentOf({ role, columns, rows, contentSha256 }: SnapshotRecord['roles'][number]) {
  return { role, columns, rows, contentSha256 }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
