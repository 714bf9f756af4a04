import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../../core/errors.ts'
import { errorCode, withStorageErrors } from '../../blobs/durable-files.ts'
import type { FileEntry, SnapshotRecord } from '../snapshot/entry.ts'
import { snapshotDirectory } from '../snapshot/layout.ts'

const PIECE_BYTES = 1 << 20

/** The file of a snapshot in a datasets folder, when its bytes are those of the import. Throws `artifact_corrupt`. */
export async function checkedFile(
  datasetsDir: string,
  { snapshotId }: Pick<SnapshotRecord, 'snapshotId'>,
  entry: FileEntry,
): Promise<string> {
  const path = join(snapshotDirectory(datasetsDir, snapshotId), entry.file)
  await copyTo(null, path, { snapshotId, entry })
  return path
}

/** Copies a file of a snapshot to a new, fsynced file. Throws `artifact_corrupt` when it is not what was imported. */
export async function copyChecked(from: string, to: string, what: Checked): Promise<void> {
  await withStorageErrors(to, async () => {
    const file = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644)
    try {
      await copyTo(file, from, what)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

interface Checked {
  readonly snapshotId: string
  readonly entry: FileEntry
}

async function copyTo(target: FileHandle | null, from: string, { snapshotId, entry }: Checked): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const piece of createReadStream(from, { flags: 'r', highWaterMark: PIECE_BYTES })) {
      hash.update(piece as Uint8Array)
      bytes += (piece as Uint8Array).length
      if (target !== null) await target.writeFile(piece as Uint8Array)
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    throw corrupt(snapshotId, `${entry.file} is missing`)
  }
  if (bytes !== entry.bytes || hash.digest('hex') !== entry.sha256) {
    throw corrupt(snapshotId, `${entry.file} is not the file that was imported`)
  }
}

/** An `artifact_corrupt` about a snapshot. */
export function corrupt(snapshotId: string, what: string): HindcastError {
  return new HindcastError('artifact_corrupt', `snapshot ${snapshotId}: ${what}; import or push the same data again`)
}
