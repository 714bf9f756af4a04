import { HindcastError } from '../../core/errors.ts'
import { sha256Hex } from '../../core/identity.ts'
import { invariant } from '../../core/invariant.ts'

/** Whose files: one attempt of one job. */
export interface AttemptPath {
  readonly namespace: string
  readonly jobId: string
  readonly attempt: number
}

/** A DNS label, as Kubernetes names a namespace. */
export const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
export const JOB_ID = /^[0-9a-f]{32}$/
/** A whole number from 1 on, no leading zero. */
export const ATTEMPT = /^[1-9]\d{0,8}$/
/** Written last into an attempt's folder; names its files. */
export const MANIFEST_FILE = 'manifest.json'
/** What may stand in a file name as it is. */
const PLAIN_CLAIM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const STAGING = /^\.staging-([1-9]\d{0,8})-([A-Za-z0-9][A-Za-z0-9._-]{0,99})$/
/** A directory that somebody began to delete. */
const LEAVING = /^\.leaving-/

/** `{namespace}/{job_id}/{attempt}`: the column result_path, the same on every store. */
export function formatResultPath({ namespace, jobId, attempt }: AttemptPath): string {
  const path = `${namespace}/${jobId}/${attempt}`
  invariant(parse(path) !== null, `"${path}" has the form {namespace}/{job_id}/{attempt}`)
  return path
}

/** The parts of a stored result path. Throws `artifacts_missing` for null, "" and anything of another form. */
export function parseResultPath(path: string | null): AttemptPath {
  const parts = path === null ? null : parse(path)
  if (parts === null) {
    throw new HindcastError(
      'artifacts_missing',
      `result path ${JSON.stringify(path)} names no artifacts; expected {namespace}/{job_id}/{attempt}`,
    )
  }
  return parts
}

/** Name of the folder a claim stages in. A claim that is no plain file name goes by its hash. */
export function stagingName(attempt: number, claim: string): string {
  return `.staging-${attempt}-${PLAIN_CLAIM.test(claim) ? claim : sha256Hex(claim).slice(0, 32)}`
}

/** What a name inside a job's folder is. */
export type EntryKind =
  | { readonly kind: 'attempt'; readonly attempt: number }
  | { readonly kind: 'staging'; readonly attempt: number; readonly claim: string }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'foreign' }

export function entryKind(name: string): EntryKind {
  if (ATTEMPT.test(name)) return { kind: 'attempt', attempt: Number(name) }
  const staging = STAGING.exec(name)
  if (staging !== null) return { kind: 'staging', attempt: Number(staging[1]), claim: staging[2] as string }
  return LEAVING.test(name) ? { kind: 'leaving' } : { kind: 'foreign' }
}

function parse(path: string): AttemptPath | null {
  const [namespace = '', jobId = '', attempt = '', ...more] = path.split('/')
  if (more.length > 0 || !NAMESPACE.test(namespace) || !JOB_ID.test(jobId) || !ATTEMPT.test(attempt)) return null
  return { namespace, jobId, attempt: Number(attempt) }
}
