import { decodeTermination, encodeTermination, type Termination } from '../../../core/process/termination.ts'
import type { Action, Observed, Recorded } from '../../../operator/reconcile/types.ts'
import {
  at,
  attempt,
  JOB_ID,
  job,
  ME,
  NOW,
  OTHER,
  OTHER_SHARER,
  opened,
  type pod,
  row,
  running,
  SHARER,
  waiting,
  withResource,
} from '../observed.ts'

/** What the cases of the decision tables are made of. */

export type Case = readonly [title: string, seen: Observed, rule: string, action: Partial<Action> | null]

export const CANCEL = 'cancel-20261123t120000z'
export const RERUN = 'rerun-20261123t120000z'
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export const INVALID = { is: 'invalid', code: 'unknown_alpha', message: 'alpha "momentun" is not known' } as const
export const asked = <S extends Observed>(seen: S, request: string) => withResource(seen, { request })
export const cancelled = (agoMs: number, seen: Recorded = running): Recorded => ({
  ...seen,
  job: { ...seen.job, cancelRequestedAt: at(agoMs), cancelRequestedBy: 'ada' },
})
export const RETRYING = row({
  attempt: 1,
  holderUid: ME,
  retryCount: 1,
  nextAttemptAt: at(-40 * SECOND),
  errorClass: 'evicted',
  errorMessage: 'node-a',
})
export const FAILED_ATTEMPT = attempt({ status: 'failed', startedAt: at(90_000), completedAt: at(80_000) })
export const retrying: Recorded = { ...waiting, job: RETRYING, attempt: FAILED_ATTEMPT }
export const held: Recorded = {
  ...running,
  job: { ...running.job, holderUid: OTHER },
  sharers: [OTHER_SHARER, SHARER],
  jobs: [],
}
export const over = { finishedAt: at(1_000), outcome: 'completed' } as const

/** Attempt 1 has its Job, whose pod has not been claimed; opened that long ago. */
export function starting(one: ReturnType<typeof pod>, openedAgo = 30_000): Recorded {
  return {
    ...opened,
    attempt: attempt({ openedAt: at(openedAgo) }),
    jobs: [job({ createdAt: NOW - openedAgo, startedAt: NOW - openedAgo, pods: [one] })],
  }
}

/** The end of a container, with last words where there are any. */
export function exit(exitCode: number, outcome?: Termination['outcome']) {
  return { exitCode, reason: 'Error', termination: outcome === undefined ? null : lastWords(outcome) }
}

export function lastWords(outcome: Termination['outcome']): Termination | null {
  const result =
    outcome === 'completed'
      ? {
          resultPath: `research/${JOB_ID}/1`,
          manifestSha256: 'ab'.repeat(32),
          contentSha256: 'cd'.repeat(32),
          engineRevision: 1,
          engineVersion: '0.1.0',
          snapshotId: 'sp500-2f6c0a91',
          datasetVersionIds: { crsp: 'v1' },
          metrics: { mean_ic: 0.01 },
          costSummary: null,
          artifactBytes: 10,
        }
      : null
  const failed = outcome === 'failed'
  return decodeTermination(
    encodeTermination({
      v: 1,
      jobId: JOB_ID,
      attempt: 1,
      index: 0,
      podUid: 'pod-1',
      outcome,
      class: failed ? 'engine_error' : null,
      message: failed ? 'the engine said so' : '',
      pct: 40,
      result,
      peakMemory: null,
    }),
  )
}
