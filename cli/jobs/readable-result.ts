import { HindcastError } from '../../core/errors.ts'
import type { Job, Ledger } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import type { FoundJob } from './find-job.ts'

/** A job whose result can be read, with a name for people. */
export interface ReadableJob {
  readonly job: Job
  readonly name: string
}

/**
 * The job with its newest result, or with its last good one where a later attempt failed or was cancelled: that stays
 * readable (design.md 3), and is told of. Throws `usage` where there is none.
 */
export async function readableResult(context: Context, ledger: Ledger, found: FoundJob): Promise<ReadableJob> {
  const { job, resource } = found
  const name = resource?.name ?? job.jobId.slice(0, 12)
  if (job.status === 'completed') return { job, name }
  const why = job.errorMessage === null ? '' : ` (${job.errorMessage})`
  const good = job.lastGoodAttempt === null ? null : await ledger.findAttempt(job.jobId, job.lastGoodAttempt)
  if (good === null || good.filesDeletedAt !== null) {
    throw new HindcastError('usage', `${name} is ${job.status}${why}; only a completed job has a result`)
  }
  if (!context.quiet) {
    context.terminal.note(`${name} is ${job.status}${why}; this is its last good result, of attempt ${good.attempt}\n`)
  }
  const { metrics, costSummary, resultPath, snapshotId, datasetVersionIds } = good
  const { engineRevision, engineVersion, imageDigest, contentSha256, manifestSha256, resultKey } = good
  const result = { metrics, costSummary, resultPath, snapshotId, datasetVersionIds, engineRevision, engineVersion }
  const files = { imageDigest, contentSha256, manifestSha256, resultKey }
  return { job: { ...job, ...result, ...files, completedAt: good.completedAt }, name }
}
