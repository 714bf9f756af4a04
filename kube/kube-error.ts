/**
 * What can go wrong with a call to the API server, by what the caller does about it.
 * `not_found` also stands for a kind the server does not know; `gone` for a resourceVersion that is too old (410);
 * `unauthorized` for 401; `forbidden` for 403; `quota` for a 403 by ResourceQuota; `timeout` for our own deadline;
 * `unavailable` for 5xx, refused and cut connections; `garbage` for an answer that is no JSON object.
 */
export const KUBE_ERROR_CODES = [
  'not_found',
  'conflict',
  'already_exists',
  'gone',
  'invalid',
  'unauthorized',
  'forbidden',
  'quota',
  'too_many_requests',
  'timeout',
  'unavailable',
  'garbage',
] as const
export type KubeErrorCode = (typeof KUBE_ERROR_CODES)[number]

/** A call that failed in a foreseen way; anything else that is thrown is a bug. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly code: KubeErrorCode
  /** HTTP status; null where no answer came. */
  readonly status: number | null
  /** How long the server asks us to wait; null where it does not say. */
  readonly retryAfterMs: number | null

  constructor(
    code: KubeErrorCode,
    message: string,
    more: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.status = more.status ?? null
    this.retryAfterMs = more.retryAfterMs ?? null
  }
}

/** Whether something thrown is a KubeError of one of these codes. */
export function isKubeError(thrown: unknown, ...codes: readonly KubeErrorCode[]): thrown is KubeError {
  return thrown instanceof KubeError && (codes.length === 0 || codes.includes(thrown.code))
}
