import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../../core/errors.ts'
import { sha256Hex } from '../../../core/identity.ts'
import { ensureDirectory, errorCode, withStorageErrors } from '../durable-files.ts'
import { type AttemptPath, formatResultPath, MANIFEST_FILE } from '../result-path.ts'
import type { Bucket } from './bucket.ts'

/** Results read into this process's scratch folder are kept for the next reader up to this size in all. */
export const OPENED_BYTES = 8 * 2 ** 30
/** A folder used so lately may be in a reader's hands: it is not removed to make room. */
const IN_HAND_MS = 600_000
/** As any text that is parsed as a whole. */
const MAX_MANIFEST_BYTES = 16 * 2 ** 20

/**
 * A local folder with the files of a published attempt, fetched when it is not there yet. The manifest is asked for
 * every time, so what has been removed or replaced is never served from the copy. Nothing is compared with its hashes
 * here: readers do that with any folder. Throws `artifacts_missing`, and `storage_error` on what is too large.
 */
export async function openAttempt(
  bucket: Bucket,
  { scratchDir, maxBytes = OPENED_BYTES, now }: { scratchDir: string; maxBytes?: number; now: () => number },
  path: AttemptPath,
): Promise<string> {
  const attempt = formatResultPath(path)
  const manifest = await bucket.get(`${attempt}/${MANIFEST_FILE}`, MAX_MANIFEST_BYTES)
  if (manifest === null || manifest.length === 0) {
    throw new HindcastError('artifacts_missing', `the artifacts at ${attempt} are missing: they have no manifest`)
  }
  const opened = join(scratchDir, 'opened')
  const folder = join(opened, `${path.jobId}-${path.attempt}-${sha256Hex(`${attempt}\n${manifest}`).slice(0, 16)}`)
  if (await isThere(folder)) {
    // Its age says when it was used last.
    await utimes(folder, now() / 1000, now() / 1000).catch(() => {})
    return folder
  }
  const files = await plainFiles(bucket, attempt)
  const bytes = files.reduce((sum, file) => sum + file.size, manifest.length)
  if (bytes > maxBytes) {
    throw new HindcastError('storage_error', `${attempt} has ${bytes} bytes; at most ${maxBytes} are read at once`)
  }
  await makeRoom(opened, maxBytes - bytes, now())
  const scratch = join(opened, `.${randomUUID()}`)
  return withStorageErrors(folder, async () => {
    await mkdir(scratch, { recursive: true, mode: 0o700 })
    try {
      await writeFile(join(scratch, MANIFEST_FILE), manifest, { mode: 0o600 })
      for (const { name, size } of files) {
        // Gone meanwhile: the reader will name the file that its manifest promises.
        await bucket.download(`${attempt}/${name}`, join(scratch, name), size)
      }
      await rename(scratch, folder).catch((error: unknown) => {
        // Another reader of this process was first, with the same bytes.
        if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
      })
      return folder
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  })
}

async function plainFiles(bucket: Bucket, attempt: string): Promise<{ name: string; size: number }[]> {
  const files: { name: string; size: number }[] = []
  for await (const { key, size } of bucket.list(`${attempt}/`)) {
    const name = key.slice(attempt.length + 1)
    if (name !== MANIFEST_FILE && !name.includes('/')) files.push({ name, size })
  }
  return files
}

/** Removes the copies that were used longest ago until the rest takes `bytes` at most. */
async function makeRoom(opened: string, bytes: number, nowMs: number): Promise<void> {
  await ensureDirectory(opened)
  const names = await readdir(opened)
  const folders = await Promise.all(names.map((name) => measure(join(opened, name))))
  let total = folders.reduce((sum, folder) => sum + folder.bytes, 0)
  for (const { path, size, usedMs } of folders.map((folder) => ({ ...folder, size: folder.bytes })).sort(byUse)) {
    if (total <= bytes) return
    if (nowMs - usedMs < IN_HAND_MS) continue
    await rm(path, { recursive: true, force: true })
    total -= size
  }
}

async function measure(path: string): Promise<{ path: string; bytes: number; usedMs: number }> {
  const names = await readdir(path).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(path, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  const usedMs = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  return { path, bytes: sizes.reduce((sum, size) => sum + size, 0), usedMs }
}

function byUse(a: { usedMs: number }, b: { usedMs: number }): number {
  return a.usedMs - b.usedMs
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
