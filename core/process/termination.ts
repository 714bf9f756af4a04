import { ERRORS, type ErrorCode } from '../errors.ts'

/** The kubelet keeps this many bytes of a termination message and drops the rest. */
export const TERMINATION_BYTES = 4096
/** Longest text inside it (platform.md 2.6), so that the whole always fits. */
export const MESSAGE_BYTES = 1024

export const TERMINATION_OUTCOMES = ['completed', 'failed', 'cancelled', 'interrupted', 'fenced', 'delivered'] as const
export type TerminationOutcome = (typeof TERMINATION_OUTCOMES)[number]

/** Exit codes of the hidden command `attempt` that no row of core/errors.ts names (platform.md 2.6). */
export const EXITS = {
  recorded: 0,
  delivered: 0,
  unrecorded: 75,
  cancelled: 77,
  fenced: 78,
  interrupted: 143,
} as const

export type NumberOrNull = number | null

/** The last words of a runner's pod (platform.md 2.6). Every value was checked, whoever wrote it. */
export interface Termination {
  readonly v: 1
  readonly jobId: string
  readonly attempt: number
  readonly index: number
  readonly podUid: string
  /** `completed` with exit 75: the files are in place, the record is pending. */
  readonly outcome: TerminationOutcome
  /** Of a failure, or why a completed result is not recorded; null otherwise. */
  readonly class: ErrorCode | null
  /** At most MESSAGE_BYTES, without control characters; empty where there is nothing to say. */
  readonly message: string
  /** 0 to 100, whole. */
  readonly pct: number
  /** What T3 needs, of a completed result; null in every other outcome. */
  readonly result: TerminationResult | null
  readonly peakMemory: NumberOrNull
}

/** A committed result on its way to the record. On the wire its fields stand beside the others. */
export interface TerminationResult {
  /** `{namespace}/{job_id}/{attempt}`. */
  readonly resultPath: string
  readonly manifestSha256: string
  readonly contentSha256: string
  readonly engineRevision: number
  readonly engineVersion: string
  readonly snapshotId: string
  readonly datasetVersionIds: Readonly<Record<string, string>>
  /** snake_case name -> finite number; null: NaN. What is not defined is left out (ADR 0053). */
  readonly metrics: Readonly<Record<string, NumberOrNull>>
  /** Null: no cost model ran. */
  readonly costSummary: Readonly<Record<string, NumberOrNull>> | null
  readonly artifactBytes: number
}

/** Exit code of an attempt that ended with an outcome. `recorded`: whether the row says so too. */
export function exitCodeOf(outcome: TerminationOutcome, code: ErrorCode | null, recorded: boolean): number {
  if (outcome === 'completed') return recorded ? EXITS.recorded : EXITS.unrecorded
  if (outcome === 'failed') return (code === null ? null : ERRORS[code].attempt) ?? ERRORS.engine_error.attempt
  return EXITS[outcome]
}

/**
 * The JSON text of a termination, at most TERMINATION_BYTES of UTF-8. A long message is cut; where that is not enough,
 * so are the last metrics (the files have them all). Numbers that are not finite become null.
 */
export function encodeTermination(termination: Termination): string {
  const { result, message, ...head } = termination
  const metrics = Object.entries(result?.metrics ?? {}).map(([name, value]) => [name, finite(value)] as const)
  const costs = result?.costSummary == null ? null : Object.entries(result.costSummary)
  const write = (text: string, kept: number) => {
    const { metrics: _, costSummary: __, ...plain } = result ?? { metrics: null, costSummary: null }
    return JSON.stringify({
      ...head,
      message: text,
      ...plain,
      ...(result === null ? {} : { metrics: Object.fromEntries(metrics.slice(0, kept)) }),
      ...(costs === null ? {} : { costSummary: Object.fromEntries(costs.map(([name, v]) => [name, finite(v)])) }),
    })
  }
  const short = cutText(message, MESSAGE_BYTES)
  for (let kept = metrics.length; ; kept--) {
    for (const text of [short, '']) {
      const whole = write(text, kept)
      if (byteLength(whole) <= TERMINATION_BYTES || kept === 0) return whole
    }
  }
}

/**
 * Reads a termination message. A runner's output is hostile until it was checked: null for anything that is not
 * exactly such a message, is too long, or is not of the job and attempt that are expected.
 */
export function decodeTermination(
  text: string,
  expected?: { readonly jobId: string; readonly attempt: number },
): Termination | null {
  if (byteLength(text) > TERMINATION_BYTES) return null
  const fields = objectOf(text)
  if (fields === null || fields.v !== 1) return null
  const head = {
    v: 1,
    jobId: textOf(fields.jobId, JOB_ID),
    attempt: wholeOf(fields.attempt, 1, MOST_INT),
    index: wholeOf(fields.index, 0, 63),
    podUid: textOf(fields.podUid, UID),
    outcome: TERMINATION_OUTCOMES.find((word) => word === fields.outcome) ?? null,
    pct: wholeOf(fields.pct, 0, 100),
  } as const
  if (Object.values(head).includes(null)) return null
  if (expected !== undefined && (head.jobId !== expected.jobId || head.attempt !== expected.attempt)) return null
  const code = codeOf(fields.class)
  const message = fields.message === undefined ? '' : fields.message
  if (code === undefined || typeof message !== 'string') return null
  if (head.outcome === 'failed' && code === null) return null
  const result = head.outcome === 'completed' ? resultOf(fields, head.jobId!, head.attempt!) : null
  if (head.outcome === 'completed' && result === null) return null
  const peakMemory = wholeOf(fields.peakMemory, 0, Number.MAX_SAFE_INTEGER)
  return {
    ...(head as Pick<Termination, keyof typeof head>),
    class: code,
    message: cutText(message, MESSAGE_BYTES),
    result,
    peakMemory,
  }
}

type Fields = Readonly<Record<string, unknown>>

const JOB_ID = /^[0-9a-f]{32}$/
const UID = /^[A-Za-z0-9-]{1,64}$/
const HEX_64 = /^[0-9a-f]{64}$/
const RESULT_PATH = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/([0-9a-f]{32})\/([1-9]\d{0,9})$/
const SNAPSHOT_ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const VERSION = /^[\w.+-]{1,40}$/
const NAME = /^[a-z][a-z0-9_]{0,63}$/
const VERSION_ID = /^[\w.:-]{1,100}$/
const MOST_INT = 2_147_483_647

function resultOf(fields: Fields, jobId: string, attempt: number): TerminationResult | null {
  const resultPath = textOf(fields.resultPath, RESULT_PATH)
  const found = {
    resultPath,
    manifestSha256: textOf(fields.manifestSha256, HEX_64),
    contentSha256: textOf(fields.contentSha256, HEX_64),
    engineRevision: wholeOf(fields.engineRevision, 1, MOST_INT),
    engineVersion: textOf(fields.engineVersion, VERSION),
    snapshotId: textOf(fields.snapshotId, SNAPSHOT_ID),
    datasetVersionIds: textsOf(fields.datasetVersionIds),
    metrics: numbersOf(fields.metrics),
    artifactBytes: wholeOf(fields.artifactBytes, 0, Number.MAX_SAFE_INTEGER),
  }
  if (Object.values(found).includes(null)) return null
  if (!resultPath?.endsWith(`/${jobId}/${attempt}`)) return null
  const costSummary = fields.costSummary == null ? null : numbersOf(fields.costSummary)
  if (costSummary === null && fields.costSummary != null) return null
  return { ...(found as Omit<TerminationResult, 'costSummary'>), costSummary }
}

function objectOf(text: string): Fields | null {
  try {
    return recordOf(JSON.parse(text))
  } catch {
    return null
  }
}

function recordOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function textOf(value: unknown, form: RegExp): string | null {
  return typeof value === 'string' && form.test(value) ? value : null
}

function wholeOf(value: unknown, lowest: number, highest: number): number | null {
  return Number.isSafeInteger(value) && (value as number) >= lowest && (value as number) <= highest
    ? (value as number)
    : null
}

/** Undefined: a text that is no code. */
function codeOf(value: unknown): ErrorCode | null | undefined {
  if (value === null || value === undefined) return null
  return typeof value === 'string' && Object.hasOwn(ERRORS, value) ? (value as ErrorCode) : undefined
}

function numbersOf(value: unknown): Readonly<Record<string, NumberOrNull>> | null {
  const entries = Object.entries(recordOf(value) ?? { '': '' })
  const good = entries.every(([name, item]) => NAME.test(name) && (item === null || Number.isFinite(item)))
  return good ? (Object.fromEntries(entries) as Record<string, NumberOrNull>) : null
}

function textsOf(value: unknown): Readonly<Record<string, string>> | null {
  const entries = Object.entries(recordOf(value) ?? {})
  const good = entries.every(([name, item]) => NAME.test(name) && textOf(item, VERSION_ID) !== null)
  return good && entries.length > 0 ? (Object.fromEntries(entries) as Record<string, string>) : null
}

function finite(value: NumberOrNull): NumberOrNull {
  return Number.isFinite(value) ? value : null
}

const UTF8 = new TextEncoder()

function byteLength(text: string): number {
  // One unit is at most three bytes: a text that is far too long need not be encoded to know it.
  return text.length > TERMINATION_BYTES ? text.length : UTF8.encode(text).length
}

/** Control characters and lone surrogates out, at most that many bytes, never half a character. */
function cutText(text: string, bytes: number): string {
  let kept = ''
  let room = bytes
  for (const character of text.slice(0, bytes)) {
    const plain = /[\p{Cc}\p{Cs}]/u.test(character) ? ' ' : character
    room -= UTF8.encode(plain).length
    if (room < 0) break
    kept += plain
  }
  return kept
}
