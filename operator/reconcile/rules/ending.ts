import type { Verdict } from '../outcome.ts'
import { afterFailure, curable } from '../retries.ts'
import { act, type RecordedCase, type Step } from './rule.ts'

/** Without a spec that can be read nothing is tried again. */
const NO_RETRY = { retryLimit: 0, workerLossPolicy: 'fail' } as const

/** What follows from how the open attempt ended: the record, a retry, or the end. */
export function endAttempt(at: RecordedCase, verdict: Verdict, how: 'fail' | 'lost' = 'fail'): Step {
  const { job: row } = at.seen
  if (verdict.is === 'completed') {
    const { termination } = verdict
    const step = act({ do: 'complete', termination }, 'record_caught_up', termination.message)
    // The last words hold no windows or intervals: whoever mounts the store adds them from the files.
    return { ...step, leftovers: at.seen.resource.kind !== 'Backtest' }
  }
  if (verdict.is === 'cancelled' || row.cancelRequestedAt !== null) {
    return cancelAttempt(at, { exitCode: verdict.exitCode, message: verdict.is === 'cancelled' ? verdict.message : '' })
  }
  const { code, message, exitCode, peakMemoryBytes } = verdict
  const facts = { exitCode, peakMemoryBytes }
  const next = afterFailure(verdict, at.view.policy ?? NO_RETRY, {
    retried: row.retryCount,
    delaysMs: at.clocks.retryMs,
  })
  const leftovers = curable(code, 'retry') || code === 'memory_limit' || code === 'timeout'
  if (next.is === 'retry') {
    const failure = { errorClass: code, message, ...facts }
    const step = act(
      { do: 'retry', attempt: row.attempt, delayMs: next.delayMs, failure },
      code === 'job_deleted' ? 'job_vanished' : 'retry_scheduled',
      message,
    )
    return { ...step, leftovers }
  }
  const failure = { errorClass: next.code, message: next.message, ...facts }
  const event =
    next.code === 'retries_exhausted' ? 'retries_exhausted' : how === 'lost' ? 'attempt_lost' : 'attempt_failed'
  return { ...act(settleAs(at, how, failure), event, next.message), leftovers }
}

/** T7 where no pod has claimed it, since T4 and T10 are for running rows. */
function settleAs(
  { seen: { job } }: RecordedCase,
  how: 'fail' | 'lost',
  failure: { errorClass: string; message: string },
) {
  const by = job.status === 'running' ? how : ('failWaiting' as const)
  return { do: 'settle', how: by, attempt: job.attempt, failure } as const
}

/** T5 or T6. */
export function cancelAttempt(
  { seen: { job } }: RecordedCase,
  end: { readonly exitCode: number | null; readonly message: string; readonly leftovers?: boolean },
): Step {
  const by = job.cancelRequestedBy
  const message = end.message || (by === null ? 'cancelled' : `cancelled by ${by}`)
  const failure = { errorClass: 'cancelled', message, exitCode: end.exitCode }
  const event = job.status === 'running' ? 'cancelled_running_job' : 'cancelled_queued_job'
  return {
    ...act({ do: 'settle', how: 'cancel', attempt: job.attempt, failure }, event, message),
    leftovers: end.leftovers ?? true,
  }
}
