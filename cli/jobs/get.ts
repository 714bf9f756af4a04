import { HindcastError } from '../../core/errors.ts'
import type { Attempt } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import { type Home, withHome } from '../local/open-home.ts'
import { storeOf } from '../local/result-files.ts'
import { type Block, renderBlocks } from '../output/blocks.ts'
import { print } from '../output/print.ts'
import type { EvidenceData } from '../results/models/evidence-data.ts'
import { snapshotOfJob } from './computation-of.ts'
import { type FoundJob, findJob } from './find-job.ts'
import { errorOf } from './job-end.ts'
import { KINDS } from './kind-of-job.ts'

/** `hindcast get JOB`: the summary of a completed job, the state of any other. */
export async function getJob(context: Context, text: string): Promise<number> {
  return await withHome(context, { create: false }, async (home) => {
    const found = await findJob(home.ledger, text)
    const attempts = await home.ledger.findAttempts(found.job.jobId)
    if (context.output !== 'table') await printData(context, home, found, attempts)
    else if (found.job.status === 'completed') await showCompleted(context, home, found)
    else context.terminal.out(stateText(context, found, attempts))
    return 0
  })
}

async function printData(context: Context, home: Home, found: FoundJob, attempts: readonly Attempt[]): Promise<void> {
  const evidence = found.job.status === 'completed' ? await evidenceOf(home, found) : null
  await print(context, { ...dataOf(home, found, attempts), evidence }, () => '')
}

/** Null where the files of the result are gone: the record outlives them. */
async function evidenceOf(home: Home, { job }: FoundJob): Promise<EvidenceData | null> {
  const { readEvidence } = await import('../results/models/read-evidence.ts')
  try {
    return await readEvidence(home, job)
  } catch (thrown) {
    if (thrown instanceof HindcastError) return null
    throw thrown
  }
}

async function showCompleted(context: Context, home: Home, { job, resource }: FoundJob): Promise<void> {
  const { showResult } = await import('../results/show-result.ts')
  const name = resource?.name ?? job.jobId.slice(0, 12)
  await showResult(context, home, { job, name, reused: false, html: null })
}

function stateText(context: Context, { job, resource }: FoundJob, attempts: readonly Attempt[]): string {
  const lines = [
    { label: 'job', value: job.jobId },
    { label: 'status', value: job.status },
    { label: 'alpha', value: `${job.alphaName}, ${job.startDate} to ${job.endDate}` },
    { label: 'data', value: `snapshot ${snapshotOfJob(job)}` },
    { label: 'created', value: `${job.createdAt.slice(0, 19).replace('T', ' ')} UTC by ${job.createdBy}` },
    ...(job.errorMessage === null ? [] : [{ label: 'error', value: `${job.errorClass}: ${job.errorMessage}` }]),
    ...(job.lastGoodAttempt === null
      ? []
      : [{ label: 'result', value: `of attempt ${job.lastGoodAttempt}, readable` }]),
  ]
  const history = attempts.map((attempt) => ({
    label: String(attempt.attempt),
    value: attempt.status,
    ...(attempt.errorMessage === null ? {} : { remark: attempt.errorMessage }),
  }))
  const blocks: Block[] = [
    { name: resource?.name ?? 'job', lines },
    { name: 'attempts', lines: history },
  ]
  return renderBlocks(blocks, context.terminal.style)
}

function dataOf(home: Home, { job, resource }: FoundJob, attempts: readonly Attempt[]) {
  return {
    kind: KINDS[job.kind],
    name: resource?.name ?? null,
    namespace: job.namespace,
    jobId: job.jobId,
    status: job.status,
    attempt: job.attempt,
    lastGoodAttempt: job.lastGoodAttempt,
    computation: job.configJson,
    createdBy: job.createdBy,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    completedAt: job.completedAt,
    snapshotId: job.snapshotId,
    datasetVersionIds: job.datasetVersionIds,
    resultPath: job.resultPath === null ? null : storeOf(home).locate(job.resultPath),
    contentSha256: job.contentSha256,
    engineRevision: job.engineRevision,
    engineVersion: job.engineVersion,
    pinned: job.pinned,
    metrics: job.metrics,
    costSummary: job.costSummary,
    error: errorOf(job),
    attempts: attempts.map(({ attempt, status, cause, openedAt, completedAt, errorClass, errorMessage }) => ({
      attempt,
      status,
      cause,
      openedAt,
      completedAt,
      error: errorClass === null ? null : { class: errorClass, message: errorMessage ?? '' },
    })),
  }
}
