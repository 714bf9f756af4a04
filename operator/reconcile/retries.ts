import { ERRORS, type ErrorCode } from '../../core/errors.ts'
import type { RunPolicy } from '../../core/request.ts'

/** What follows a failed attempt. */
export type Next =
  | { readonly is: 'retry'; readonly delayMs: number }
  | { readonly is: 'end'; readonly code: ErrorCode; readonly message: string }

/**
 * A retry where another try can cure it and retries are left, else the end. A cure that was tried in vain ends as
 * `retries_exhausted`, with the count and the last error; where none was allowed, the failure itself is the end.
 */
export function afterFailure(
  failure: { readonly code: ErrorCode; readonly message: string },
  policy: Pick<RunPolicy, 'retryLimit' | 'workerLossPolicy'>,
  { retried, delaysMs }: { readonly retried: number; readonly delaysMs: readonly number[] },
): Next {
  const { code, message } = failure
  if (!curable(code, policy.workerLossPolicy) || policy.retryLimit === 0) return { is: 'end', code, message }
  const delayMs = delaysMs[Math.min(retried, delaysMs.length - 1)]
  if (retried < policy.retryLimit && delayMs !== undefined) return { is: 'retry', delayMs }
  return {
    is: 'end',
    code: 'retries_exhausted',
    message: `failed after ${retried} ${retried === 1 ? 'retry' : 'retries'}; the last error was ${code}: ${message}`,
  }
}

/** Whether another try may help (column retry of core/errors.ts). */
export function curable(code: ErrorCode, workerLossPolicy: RunPolicy['workerLossPolicy']): boolean {
  const { retry } = ERRORS[code]
  return retry === true || (retry === 'policy' && workerLossPolicy === 'retry')
}
