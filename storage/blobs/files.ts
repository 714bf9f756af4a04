import type { Dirent } from 'node:fs'
import { lstat, mkdir, opendir, readdir, realpath, rename, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { invariant } from '../../core/invariant.ts'
import { ensureDirectory, errorCode, publishDirectory, syncDirectory, withStorageErrors } from './durable-files.ts'
import { ROOM_UNKNOWN } from './full-store.ts'
import {
  type AttemptPath,
  entryKind,
  formatResultPath,
  JOB_ID,
  NAMESPACE,
  parseResultPath,
  stagingName,
} from './result-path.ts'
import type { BlobStore, EntryPath, Removal, Staging, StoreEntry, StoreRoom, StoreUsage } from './store.ts'
import { shownPlace } from './store-config.ts'

/** A clean-up may remove a job's empty folder between our two mkdirs; a second such meeting is not chance. */
const STAGE_TRIES = 3

export interface FileStoreOptions {
  /** PersistentVolumeClaim that people know the root by; null: they are shown the path. */
  readonly claim: string | null
  /** What is listed and measured; null: all. */
  readonly namespace: string | null
}

/** Artifacts as files below `root`, an absolute path that need not exist yet. */
export function fileStore(
  root: string,
  { claim, namespace }: FileStoreOptions = { claim: null, namespace: null },
): BlobStore {
  invariant(isAbsolute(root), `the artifact root is an absolute path, found "${root}"`)
  return {
    locate: (resultPath) => shownPlace({ kind: 'files', root, claim }, resultPath),
    stage: (path, claim) => stage(root, path, claim),
    open: (resultPath) => openAttempt(root, resultPath),
    entries: () => entries(root, namespace),
    remove: (entry) => withStorageErrors(root, () => remove(root, entry)),
    removeJob: (job) => withStorageErrors(root, () => removeJob(root, job)),
    usage: () => withStorageErrors(root, () => usage(root, namespace)),
    room: () => withStorageErrors(root, () => room(root)),
  }
}

async function stage(root: string, path: AttemptPath, claim: string): Promise<Staging> {
  const final = join(root, formatResultPath(path))
  const directory = join(dirname(final), stagingName(path.attempt, claim))
  await withStorageErrors(directory, () => makeEmpty(directory))
  let published = false
  return {
    directory,
    publish: async () => {
      const done = await publishDirectory(directory, final).catch(async (error: unknown) => {
        // The rename may have happened before the failure: what was staged is then at the final name.
        published = !(await exists(directory))
        throw error
      })
      published = done
      return done ? 'published' : 'taken'
    },
    discard: () =>
      withStorageErrors(directory, async () => {
        await rm(directory, { recursive: true, force: true })
        if (published) await vanish(final)
        published = false
        await removeIfEmpty(dirname(final))
      }),
  }
}

async function makeEmpty(directory: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    await ensureDirectory(dirname(directory))
    await rm(directory, { recursive: true, force: true })
    try {
      return await mkdir(directory)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries === STAGE_TRIES) throw error
    }
  }
}

async function openAttempt(root: string, resultPath: string | null): Promise<string> {
  const relative = formatResultPath(parseResultPath(resultPath))
  const safe = await resolveInside(root, relative)
  if (safe === null || !(await stat(safe)).isDirectory()) {
    const reason = safe === null ? 'is gone or is not a plain folder below the root' : 'is not a folder'
    throw new HindcastError('artifacts_missing', `the artifacts at ${join(root, relative)} are missing: it ${reason}`)
  }
  return safe
}

async function* entries(root: string, only: string | null): AsyncGenerator<StoreEntry, void> {
  for await (const namespace of folders(root, NAMESPACE)) {
    if (only !== null && namespace !== only) continue
    for await (const jobId of folders(join(root, namespace), JOB_ID)) {
      const directory = join(root, namespace, jobId)
      for (const name of await readdir(directory).catch(ignoreGone([]))) {
        const found = await lstat(join(directory, name)).catch(ignoreGone(null))
        if (found === null) continue
        const kind = found.isDirectory() ? entryKind(name) : ({ kind: 'foreign' } as const)
        yield { namespace, jobId, name, ...kind, modifiedMs: found.mtimeMs }
      }
    }
  }
}

/** Names of the plain folders inside `directory` that fit the pattern. */
async function* folders(directory: string, pattern: RegExp): AsyncGenerator<string, void> {
  const listing = await opendir(directory).catch(ignoreGone(null))
  if (listing === null) return
  for await (const entry of listing as AsyncIterable<Dirent>) {
    if (entry.isDirectory() && pattern.test(entry.name)) yield entry.name
  }
}

async function remove(root: string, { namespace, jobId, name }: EntryPath): Promise<Removal> {
  if (!NAMESPACE.test(namespace) || !JOB_ID.test(jobId) || entryKind(name).kind === 'foreign') return 'unsafe'
  const path = join(root, namespace, jobId, name)
  if (!(await exists(path))) return 'absent'
  if ((await resolveInside(root, join(namespace, jobId, name))) === null) return 'unsafe'
  await vanish(path)
  await removeIfEmpty(dirname(path))
  return 'removed'
}

async function removeJob(
  root: string,
  { namespace, jobId }: Pick<AttemptPath, 'namespace' | 'jobId'>,
): Promise<Removal> {
  if (!NAMESPACE.test(namespace) || !JOB_ID.test(jobId)) return 'unsafe'
  const directory = join(root, namespace, jobId)
  if (!(await exists(directory))) return 'absent'
  if ((await resolveInside(root, join(namespace, jobId))) === null) return 'unsafe'
  for (const name of await readdir(directory)) await vanish(join(directory, name))
  await rmdir(directory)
  await syncDirectory(dirname(directory))
  return 'removed'
}

/**
 * The path itself when it exists strictly below the root and no part of it is a link: a link inside the layout could
 * make one job's removal hit another's files. Null otherwise.
 */
async function resolveInside(root: string, relative: string): Promise<string | null> {
  try {
    const realRoot = await realpath(root)
    const wanted = join(realRoot, relative)
    return wanted.startsWith(join(realRoot, '/')) && (await realpath(wanted)) === wanted ? wanted : null
  } catch {
    return null
  }
}

/** Takes a folder or file out of sight by a rename, then deletes it; a kill in between leaves a `.leaving-` folder. */
async function vanish(path: string): Promise<void> {
  const name = path.slice(dirname(path).length + 1)
  const hidden = name.startsWith('.') ? path : join(dirname(path), `.leaving-${name}`)
  if (hidden !== path) {
    await rm(hidden, { recursive: true, force: true })
    await rename(path, hidden)
    await syncDirectory(dirname(path))
  }
  await rm(hidden, { recursive: true, force: true })
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) throw error
  }
}

async function usage(root: string, namespace: string | null): Promise<StoreUsage> {
  const measured = join(root, namespace ?? '')
  let bytes = 0
  for (const entry of await readdir(measured, { recursive: true, withFileTypes: true }).catch(ignoreGone([]))) {
    if (!entry.isFile()) continue
    bytes += (await lstat(join(entry.parentPath, entry.name)).catch(ignoreGone({ size: 0 }))).size
  }
  return { bytes, ...(await room(root)) }
}

async function room(root: string): Promise<StoreRoom> {
  const found = await statfs(root).catch(ignoreGone(null))
  if (found === null) return ROOM_UNKNOWN
  const { bavail, blocks, bsize } = found
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(ignoreGone(null))) !== null
}

/** For `catch`: what goes away while we look is as if it had never been there. */
function ignoreGone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return instead
    throw error
  }
}
