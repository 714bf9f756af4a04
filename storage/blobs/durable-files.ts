import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { HindcastError } from '../../core/errors.ts'

/** What a full disk says. */
const FULL_DISK = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
/** What a directory says that already holds something else. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])

/** Writes `data` to a new file and fsyncs it. Fails when the path exists, also as a symlink. */
export async function writeNewFile(path: string, data: string | Uint8Array): Promise<void> {
  await withStorageErrors(path, async () => {
    const file = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o644,
    )
    await writeAndSync(file, data)
  })
}

/**
 * Puts `data` at `path` so that a reader sees the old content or the new one, never a part of either, also after a
 * power loss. `scratch` is a path on the same file system that no one else writes.
 */
export async function replaceFile(path: string, data: string | Uint8Array, scratch: string): Promise<void> {
  await withStorageErrors(path, async () => {
    try {
      await writeNewFile(scratch, data)
      await rename(scratch, path)
    } catch (error) {
      await rm(scratch, { force: true })
      throw error
    }
    await syncDirectory(dirname(path))
  })
}

/** As `replaceFile`, but keeps what is there: false when `path` already exists. Of many callers one gets true. */
export async function createFile(path: string, data: string | Uint8Array, scratch: string): Promise<boolean> {
  return withStorageErrors(path, async () => {
    await writeNewFile(scratch, data)
    try {
      await link(scratch, path)
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(scratch, { force: true })
    }
    await syncDirectory(dirname(path))
    return true
  })
}

/**
 * Makes a finished staging directory visible under its final name. False when that name is already taken by anything
 * but an empty directory: nothing is replaced, and the staging directory stays. The files in it must be fsynced.
 */
export async function publishDirectory(staging: string, final: string): Promise<boolean> {
  return withStorageErrors(final, async () => {
    await syncDirectory(staging)
    try {
      await rename(staging, final)
    } catch (error) {
      if (TAKEN.has(errorCode(error) ?? '')) return false
      throw error
    }
    await syncDirectory(dirname(final))
    return true
  })
}

/** Makes a directory with its parents and fsyncs what holds each new name, so that all survive a power loss. */
export async function ensureDirectory(path: string): Promise<void> {
  await withStorageErrors(path, async () => {
    const made = await mkdir(path, { recursive: true })
    if (made === undefined) return
    const above = dirname(resolve(made))
    for (let at = resolve(path); at !== above; at = dirname(at)) await syncDirectory(dirname(at))
  })
}

/** fsync of a file written by a library. */
export async function syncFile(path: string): Promise<void> {
  await withStorageErrors(path, async () => {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/** fsync of a directory: its entries are on disk when this returns. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Runs file work; a failure of the file system becomes `storage_full` or `storage_error` naming `path`. */
export async function withStorageErrors<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageError(path, error)
  }
}

/** The HindcastError of a failed file operation; anything else comes back as it is. */
export function storageError(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === undefined || error instanceof HindcastError) return error
  if (FULL_DISK.has(code)) {
    return new HindcastError('storage_full', `no space left to write ${path}; free some and try again`, {
      cause: error,
    })
  }
  return new HindcastError('storage_error', `cannot use ${path}: ${(error as Error).message}`, { cause: error })
}

/** `ENOENT` and its kin; undefined when the error does not come from the file system. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

async function writeAndSync(file: FileHandle, data: string | Uint8Array): Promise<void> {
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}
