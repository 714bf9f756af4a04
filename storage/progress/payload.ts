import { parseIsoDate } from '../../core/dates.ts'
import type { AttemptKey, Heartbeat, JobKey, PodsKey, ProgressNote } from './channel.ts'

/** Most pods of an attempt (platform.md 1.4): their keys are known without asking for a list of keys. */
const MOST_PODS = 64
/** A longer value was not written by us. */
const LONGEST_PAYLOAD = 1024
const LONGEST_STAGE = 40

export function progressKey(job: JobKey): string {
  return key('progress', job)
}

export function cancelKey(job: JobKey): string {
  return key('cancel', job)
}

/** One key, or one an index where the attempt has several pods. */
export function beatKey(pods: Omit<PodsKey, 'attempt'>, index: number): string {
  return pods.parallelism > 1 ? `${key('heartbeat', pods)}:${index}` : key('heartbeat', pods)
}

/** Every key that a job can have. */
export function keysOf(job: JobKey): string[] {
  const beats = Array.from({ length: MOST_PODS }, (_, index) => beatKey({ ...job, parallelism: MOST_PODS }, index))
  return [progressKey(job), cancelKey(job), beatKey({ ...job, parallelism: 1 }, 0), ...beats]
}

function key(what: 'progress' | 'heartbeat' | 'cancel', { namespace, jobId }: JobKey): string {
  return `backtest:${namespace}:${what}:${jobId}`
}

/** The seed's four fields, and the attempt that they are of. */
export function encodeNote({ attempt, seq, percent, stage, date, updatedAt }: ProgressNote): string {
  return JSON.stringify({ pct: percent, stage, current_date: date, updated_at: updatedAt, attempt, seq })
}

export function encodeBeat({ attempt, index, podUid, seq, rssBytes, percent }: Heartbeat): string {
  return JSON.stringify({ attempt, index, pod_uid: podUid, seq, rss: rssBytes, pct: percent })
}

/**
 * What a value says: `null` for a note of another attempt, `undefined` for one that is not readable. A percentage that
 * is no number reads as 0.
 */
export function decodeNote(text: string, { attempt }: AttemptKey): ProgressNote | null | undefined {
  const fields = fieldsOf(text)
  if (fields === undefined || typeof fields.stage !== 'string') return undefined
  if (fields.attempt !== attempt) return null
  const date = typeof fields.current_date === 'string' ? fields.current_date : ''
  return {
    attempt,
    seq: count(fields.seq) ?? 0,
    percent: percentOf(fields.pct),
    stage: fields.stage.replaceAll(/\p{Cc}/gu, ' ').slice(0, LONGEST_STAGE),
    date: parseIsoDate(date) === null ? null : date,
    updatedAt: instantOf(fields.updated_at),
  }
}

/** As `decodeNote`, of one index. */
export function decodeBeat(text: string, at: { attempt: number; index: number }): Heartbeat | null | undefined {
  const fields = fieldsOf(text)
  const seq = count(fields?.seq)
  const podUid = fields?.pod_uid
  if (fields === undefined || seq === null || typeof podUid !== 'string' || !POD_UID.test(podUid)) return undefined
  if (fields.attempt !== at.attempt || fields.index !== at.index) return null
  return { ...at, podUid, seq, rssBytes: count(fields.rss), percent: percentOf(fields.pct) }
}

/** The pod's uid, or a process and its start on a laptop. */
const POD_UID = /^[\w.:@/-]{1,128}$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > LONGEST_PAYLOAD) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value)
    return plain ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null
}

function percentOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(100, Math.max(0, Math.round(value))) : 0
}

function instantOf(value: unknown): string | null {
  return typeof value === 'string' && INSTANT.test(value) ? value : null
}
