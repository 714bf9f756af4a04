import { HindcastError } from '../../../core/errors.ts'
import { type Json, sha256Hex } from '../../../core/identity.ts'
import { ATTEMPT, JOB_ID, MANIFEST_FILE, NAMESPACE } from '../../blobs/result-path.ts'

/** The only file that knows about time, attempt, claim and image (design.md 3 *Commit*). */
export { MANIFEST_FILE }

/** One artifact of the attempt. */
export interface FileEntry {
  /** Plain file name. */
  readonly name: string
  /** Null where the file holds no table. */
  readonly rows: number | null
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

/** manifest.json. Times are RFC 3339 in UTC. */
export interface Manifest {
  readonly v: 1
  readonly kind: string
  readonly namespace: string
  /** Name of the resource that held the job. */
  readonly name: string
  readonly jobId: string
  readonly configHash: string
  readonly attempt: number
  readonly claim: string
  readonly startedAt: string
  readonly completedAt: string
  /** Digest of the runner's image; null outside a cluster. */
  readonly image: string | null
  readonly engineRevision: number
  readonly engineVersion: string
  readonly computation: Json
  readonly peakMemoryBytes: number | null
  /** Sorted by name. */
  readonly files: readonly FileEntry[]
  readonly contentSha256: string
}

/**
 * SHA-256 over the lines `{sha256}  {name}\n` of the files, sorted by name: what
 * `LC_ALL=C; sha256sum $(ls | grep -v manifest.json) | sha256sum` prints in an attempt's folder.
 */
export function contentSha256(files: readonly FileEntry[]): string {
  return sha256Hex(
    sortedByName(files)
      .map(({ name, sha256 }) => `${sha256}  ${name}\n`)
      .join(''),
  )
}

export function sortedByName(files: readonly FileEntry[]): FileEntry[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const HASH = /^[0-9a-f]{64}$/
const FILE_NAME = /^[a-z0-9_]+\.(?:parquet|json)$/

/** What each member must be; a member without a row may be anything. */
const SHAPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  v: (value) => value === 1,
  kind: isText,
  namespace: (value) => isText(value) && NAMESPACE.test(value),
  name: isText,
  jobId: (value) => isText(value) && JOB_ID.test(value),
  configHash: isHash,
  attempt: (value) => typeof value === 'number' && ATTEMPT.test(String(value)),
  claim: isText,
  startedAt: isText,
  completedAt: isText,
  image: (value) => value === null || isText(value),
  engineRevision: Number.isSafeInteger,
  engineVersion: isText,
  computation: (value) => typeof value === 'object' && value !== null,
  peakMemoryBytes: (value) => value === null || Number.isSafeInteger(value),
  files: (value) => Array.isArray(value) && value.every(isFileEntry),
  contentSha256: isHash,
}

/**
 * The manifest in a file's text. Throws `artifact_corrupt` naming the member that is missing or wrong, also when its
 * own hash over the files does not agree.
 */
export function parseManifest(text: string): Manifest {
  const found = parseObject(MANIFEST_FILE, text)
  for (const [member, fits] of Object.entries(SHAPE)) {
    if (!fits(found[member])) {
      const what = found[member] === undefined ? 'is missing' : `is ${JSON.stringify(found[member])?.slice(0, 80)}`
      throw corrupt(`${MANIFEST_FILE}: ${member} ${what}`)
    }
  }
  const manifest = found as unknown as Manifest
  const content = contentSha256(manifest.files)
  if (content !== manifest.contentSha256) {
    throw corrupt(`${MANIFEST_FILE}: contentSha256 is ${manifest.contentSha256}, but its files give ${content}`)
  }
  return manifest
}

/** The JSON object in a file's text. Throws `artifact_corrupt`. */
export function parseObject(file: string, text: string): { readonly [member: string]: unknown } {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (error) {
    throw corrupt(`${file} is not JSON: ${(error as Error).message}`)
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw corrupt(`${file} is not a JSON object`)
  return found as { readonly [member: string]: unknown }
}

function corrupt(what: string): HindcastError {
  return new HindcastError('artifact_corrupt', what)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isHash(value: unknown): boolean {
  return isText(value) && HASH.test(value)
}

function isFileEntry(value: unknown): boolean {
  const { name, rows, bytes, sha256 } = (value ?? {}) as Partial<FileEntry>
  const rowsFit = rows === null || (Number.isSafeInteger(rows) && (rows as number) >= 0)
  return isText(name) && FILE_NAME.test(name) && rowsFit && Number.isSafeInteger(bytes) && isHash(sha256)
}
