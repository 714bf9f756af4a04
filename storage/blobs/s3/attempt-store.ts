import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../../core/errors.ts'
import { withStorageErrors } from '../durable-files.ts'
import { type AttemptPath, formatResultPath, MANIFEST_FILE, stagingName } from '../result-path.ts'
import type { Staging } from '../store.ts'
import type { Bucket } from './bucket.ts'
import { hideAttempt, removeHidden } from './removal.ts'
import type { Body } from './request.ts'

/**
 * One attempt on its way into a bucket. It is staged in a local folder; `publish` then puts the files below the
 * attempt's key and its manifest last, each only where nothing is. The manifest decides who published, and whoever
 * removes anything of an attempt holds its manifest first (removal.ts): so of two writers neither can take a file
 * away that the other's manifest names.
 */
export async function stageAttempt(
  bucket: Bucket,
  scratchDir: string,
  path: AttemptPath,
  claim: string,
): Promise<Staging> {
  const attempt = formatResultPath(path)
  const directory = join(scratchDir, 'staging', path.namespace, path.jobId, stagingName(path.attempt, claim))
  await withStorageErrors(directory, async () => {
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true, mode: 0o700 })
  })
  /** Hash of our manifest, from the moment on in which some of our files may be above. */
  let ours: string | null = null
  return {
    directory,
    publish: async () => {
      const files = await filesOf(directory)
      const manifest = files.find(({ name }) => name === MANIFEST_FILE)
      if (manifest === undefined) throw new HindcastError('storage_error', `${attempt} has no manifest to publish`)
      ours = manifest.sha256
      const data = files.filter((file) => file !== manifest)
      if ((await putAll(bucket, attempt, { data, manifest })) === 'taken') return 'taken'
      await rm(directory, { recursive: true, force: true }).catch(() => {})
      return 'published'
    },
    discard: async () => {
      await withStorageErrors(directory, () => rm(directory, { recursive: true, force: true }))
      if (ours !== null && (await takeBack(bucket, attempt, ours))) await removeHidden(bucket, attempt)
      ours = null
    },
  }
}

/** Hides what is ours; false: somebody else published, and the files may be theirs by now. */
async function takeBack(bucket: Bucket, attempt: string, ours: string): Promise<boolean> {
  const found = await bucket.head(`${attempt}/${MANIFEST_FILE}`)
  if (found === null) return hideAttempt(bucket, attempt, 'ifAbsent')
  // Also where the answer to our manifest was lost.
  return found.sha256 === ours && hideAttempt(bucket, attempt, 'always')
}

/** A local file with its size and hash: what `put` signs. */
type LocalFile = { readonly name: string } & Extract<Body, { readonly file: string }>

async function filesOf(directory: string): Promise<LocalFile[]> {
  return withStorageErrors(directory, async () => {
    const names = (await readdir(directory)).sort()
    return Promise.all(
      names.map(async (name) => {
        const file = join(directory, name)
        const hash = createHash('sha256')
        for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array)
        return { name, file, size: (await lstat(file)).size, sha256: hash.digest('hex') }
      }),
    )
  })
}

async function putAll(
  bucket: Bucket,
  attempt: string,
  { data, manifest }: { readonly data: readonly LocalFile[]; readonly manifest: LocalFile },
): Promise<'published' | 'taken'> {
  for (const [at, done] of (await together(data, (file) => putData(bucket, attempt, file))).entries()) {
    if (done === 'stored') continue
    // Another writer's result is there, or what is left of one that was no computation of ours.
    const published = await bucket.head(`${attempt}/${MANIFEST_FILE}`)
    if (published !== null && published.size > 0) return 'taken'
    throw otherBytes(`${attempt}/${data[at]?.name}`)
  }
  if ((await putManifest(bucket, attempt, manifest)) === 'taken') return 'taken'
  // Another writer of the attempt may have taken its files away while ours found them there already. It is done with
  // that: it held the manifest, and now we do.
  const there = new Map<string, number>()
  for await (const { key, size } of bucket.list(`${attempt}/`)) there.set(key.slice(attempt.length + 1), size)
  for (const file of data) {
    if (there.get(file.name) === file.size) continue
    if ((await putData(bucket, attempt, file)) === 'other') throw otherBytes(`${attempt}/${file.name}`)
  }
  return 'published'
}

/** All at once; ends when every call has ended, also when one failed: a late one must not meet the clean-up. */
async function together<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const settled = await Promise.allSettled(items.map(work))
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** The same bytes again are no fault: writers of one attempt compute the same, and a lost answer is asked again. */
async function putData(bucket: Bucket, attempt: string, file: LocalFile): Promise<'stored' | 'other'> {
  const key = `${attempt}/${file.name}`
  for (let tries = 1; ; tries++) {
    if ((await bucket.put(key, file, { ifAbsent: true })) === 'stored') return 'stored'
    const found = await bucket.head(key)
    if (found?.sha256 === file.sha256 && found.size === file.size) return 'stored'
    // Gone between the two calls: somebody is taking the attempt away.
    if (found !== null || tries === TRIES) return 'other'
  }
}

function otherBytes(key: string): HindcastError {
  return new HindcastError('storage_error', `${key} is there already with other bytes; a further attempt has its own`)
}

/** How often, and with which pause, a manifest is tried that somebody is just removing. */
const TRIES = 20
const TRY_PAUSE_MS = 250

async function putManifest(bucket: Bucket, attempt: string, manifest: LocalFile): Promise<'published' | 'taken'> {
  const key = `${attempt}/${MANIFEST_FILE}`
  const bytes = await withStorageErrors(manifest.file, () => readFile(manifest.file))
  for (let tries = 1; ; tries++) {
    if ((await bucket.put(key, { bytes }, { ifAbsent: true })) === 'stored') {
      await proveGuard(bucket, key, bytes)
      return 'published'
    }
    const found = await bucket.head(key)
    // Ours: the answer to an earlier try was lost. The claim in it makes it nobody else's.
    if (found?.sha256 === manifest.sha256) return 'published'
    const leaving = found === null || found.size === 0
    if (!leaving || tries === TRIES) return 'taken'
    await sleep(TRY_PAUSE_MS)
  }
}

/** A server that does not know `If-None-Match` would let any later writer replace a result, and say nothing. */
async function proveGuard(bucket: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  if ((await bucket.put(key, { bytes }, { ifAbsent: true })) === 'exists') return
  throw new HindcastError(
    'storage_error',
    `the store replaced ${key} although it was asked not to: it does not support "If-None-Match: *" on PUT`,
  )
}
