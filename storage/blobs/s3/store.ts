import { ROOM_UNKNOWN } from '../full-store.ts'
import {
  type AttemptPath,
  entryKind,
  formatResultPath,
  JOB_ID,
  MANIFEST_FILE,
  NAMESPACE,
  parseResultPath,
} from '../result-path.ts'
import type { BlobStore, EntryPath, Removal, StoreEntry } from '../store.ts'
import { type S3Config, shownPlace } from '../store-config.ts'
import { stageAttempt } from './attempt-store.ts'
import { type Bucket, openBucket } from './bucket.ts'
import { OPENED_BYTES, openAttempt } from './opened.ts'
import { hideAttempt, removeHidden } from './removal.ts'
import type { CallLimits } from './request.ts'
import type { ListedObject } from './xml.ts'

export interface S3StoreOptions {
  /** What is listed and measured; null: all. Keys of a namespace's runner may list no more than it. */
  readonly namespace: string | null
  /** Wall clock, milliseconds since 1970: which copy of a result was used last. */
  readonly now: () => number
  readonly limits?: CallLimits
  /** Results copied to the scratch folder take at most so much. */
  readonly openedBytes?: number
}

/** Artifacts as objects `{prefix}{namespace}/{job_id}/{attempt}/{file}` of a bucket. */
export function s3Store(config: S3Config, options: S3StoreOptions): BlobStore {
  const bucket = openBucket(config, options.limits)
  const { scratchDir } = config
  const opening = { scratchDir, maxBytes: options.openedBytes ?? OPENED_BYTES, now: options.now }
  return {
    locate: (resultPath) => shownPlace(config, resultPath),
    stage: (path, claim) => stageAttempt(bucket, scratchDir, path, claim),
    open: async (resultPath) => openAttempt(bucket, opening, parseResultPath(resultPath)),
    entries: () => entries(bucket, options.namespace),
    remove: (entry) => remove(bucket, entry),
    removeJob: (job) => removeJob(bucket, job),
    usage: async () => {
      let bytes = 0
      for await (const { size } of bucket.list(below(options.namespace))) bytes += size
      return { bytes, ...ROOM_UNKNOWN }
    },
    room: async () => ROOM_UNKNOWN,
  }
}

function below(namespace: string | null): string {
  return namespace === null ? '' : `${namespace}/`
}

/** Objects come by key, so those of one attempt follow each other; only they are held at once. */
async function* entries(bucket: Bucket, only: string | null): AsyncGenerator<StoreEntry, void> {
  let folder: { readonly entry: EntryPath; readonly objects: ListedObject[] } | null = null
  for await (const object of bucket.list(below(only))) {
    const entry = entryOf(object.key)
    if (entry === null) continue
    if (folder !== null && isSame(folder.entry, entry)) {
      folder.objects.push(object)
      continue
    }
    if (folder !== null) yield described(folder.entry, folder.objects)
    folder = { entry, objects: [object] }
  }
  if (folder !== null) yield described(folder.entry, folder.objects)
}

function isSame(a: EntryPath, b: EntryPath): boolean {
  return a.namespace === b.namespace && a.jobId === b.jobId && a.name === b.name
}

function entryOf(key: string): EntryPath | null {
  const [namespace = '', jobId = '', name = ''] = key.split('/')
  return NAMESPACE.test(namespace) && JOB_ID.test(jobId) && name !== '' ? { namespace, jobId, name } : null
}

function described(entry: EntryPath, objects: readonly ListedObject[]): StoreEntry {
  const prefix = `${entry.namespace}/${entry.jobId}/${entry.name}`
  const manifest = objects.find(({ key }) => key === `${prefix}/${MANIFEST_FILE}`)
  const modifiedMs = Math.max(...objects.map((object) => object.modifiedMs))
  const kind = entryKind(entry.name)
  const isFolder = objects.every(({ key }) => key !== prefix)
  if (kind.kind !== 'attempt' || !isFolder) return { ...entry, kind: 'foreign', modifiedMs }
  if (manifest?.size === 0) return { ...entry, kind: 'leaving', modifiedMs }
  // Files without a manifest are an upload that never ended, or has not ended yet.
  if (manifest === undefined) return { ...entry, kind: 'staging', attempt: kind.attempt, claim: '', modifiedMs }
  return { ...entry, ...kind, modifiedMs }
}

async function remove(bucket: Bucket, entry: EntryPath): Promise<Removal> {
  const attempt = attemptOf(entry)
  if (attempt === null) return 'unsafe'
  for await (const _ of bucket.list(`${attempt}/`)) {
    await hideAttempt(bucket, attempt, 'always')
    await removeHidden(bucket, attempt)
    return 'removed'
  }
  return 'absent'
}

function attemptOf({ namespace, jobId, name }: EntryPath): string | null {
  const kind = entryKind(name)
  if (!NAMESPACE.test(namespace) || !JOB_ID.test(jobId) || kind.kind !== 'attempt') return null
  return formatResultPath({ namespace, jobId, attempt: kind.attempt })
}

async function removeJob(bucket: Bucket, { namespace, jobId }: Pick<AttemptPath, 'namespace' | 'jobId'>) {
  if (!NAMESPACE.test(namespace) || !JOB_ID.test(jobId)) return 'unsafe' as const
  const job = `${namespace}/${jobId}/`
  const attempts = new Set<string>()
  const others: string[] = []
  for await (const { key } of bucket.list(job)) {
    const entry = entryOf(key)
    const attempt = entry === null ? null : attemptOf(entry)
    if (attempt === null) others.push(key)
    else attempts.add(attempt)
  }
  for (const attempt of attempts) await hideAttempt(bucket, attempt, 'always')
  for (const attempt of attempts) await removeHidden(bucket, attempt)
  for (const key of others) await bucket.remove(key)
  return attempts.size + others.length === 0 ? ('absent' as const) : ('removed' as const)
}
