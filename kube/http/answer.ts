import type { IncomingHttpHeaders } from 'node:http'
import { KubeError, type KubeErrorCode } from '../kube-error.ts'

/** What we read of the API's Status object. */
interface StatusBody {
  readonly code?: unknown
  readonly reason?: unknown
  readonly message?: unknown
  readonly details?: { readonly retryAfterSeconds?: unknown } | null
}

/** Codes by the API's own reason, which is finer than the HTTP status. */
const BY_REASON: Readonly<Record<string, KubeErrorCode>> = {
  NotFound: 'not_found',
  AlreadyExists: 'already_exists',
  Conflict: 'conflict',
  Gone: 'gone',
  Expired: 'gone',
  Invalid: 'invalid',
  BadRequest: 'invalid',
  Unauthorized: 'unauthorized',
  Forbidden: 'forbidden',
  TooManyRequests: 'too_many_requests',
}
const BY_STATUS: Readonly<Record<number, KubeErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'unavailable',
  409: 'conflict',
  410: 'gone',
  429: 'too_many_requests',
}
const QUOTA = /exceeded quota|is forbidden: .*quota/i
/** Texts of the server go into logs and conditions: not more of one than this. */
const MOST_MESSAGE = 1024
/** A server that asks for more is not believed. */
const MOST_RETRY_AFTER_S = 300

/** The error of an answer that is not 2xx. `what` names the call. */
export function errorOf(what: string, status: number, headers: IncomingHttpHeaders, text: string): KubeError {
  return errorOfStatus(what, parsed(text), { status, header: headers['retry-after'], text })
}

/** The error of a Status object, as an answer's body or as an ERROR event of a watch carries it. */
export function errorOfStatus(
  what: string,
  body: unknown,
  http: { readonly status?: number; readonly header?: string | undefined; readonly text?: string } = {},
): KubeError {
  const said: StatusBody = typeof body === 'object' && body !== null ? body : {}
  const status = http.status ?? (typeof said.code === 'number' ? said.code : 500)
  const message = typeof said.message === 'string' ? said.message : (http.text ?? '').trim()
  return new KubeError(codeOf(status, said, message), `${what}: ${status} ${message}`.slice(0, MOST_MESSAGE), {
    status,
    retryAfterMs: retryAfter(http.header, said),
  })
}

function codeOf(status: number, said: StatusBody, message: string): KubeErrorCode {
  const code = BY_REASON[String(said.reason)] ?? BY_STATUS[status]
  if (code === 'forbidden' && QUOTA.test(message)) return 'quota'
  if (code !== undefined) return code
  return status >= 500 ? 'unavailable' : 'invalid'
}

function retryAfter(header: string | undefined, said: StatusBody): number | undefined {
  const seconds = Number(header ?? said.details?.retryAfterSeconds ?? Number.NaN)
  return seconds >= 0 ? Math.min(seconds, MOST_RETRY_AFTER_S) * 1000 : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
