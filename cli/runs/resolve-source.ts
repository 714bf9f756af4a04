import { HindcastError } from '../../core/errors.ts'
import { type MonteCarloPlan, planMonteCarlo } from '../../core/plan.ts'
import type { MonteCarloRequest } from '../../core/request.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import { computationOf } from '../jobs/computation-of.ts'
import type { Home } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'

/** Jobs of the Backtests of this call, by `namespace/name`; null where one has none. */
export type JobsOfCall = ReadonlyMap<string, string | null>

/**
 * The plan of a MonteCarlo: its source is the Backtest of the call that it names, else the home's latest of that name.
 * Throws `source_failed` where there is none that completed.
 */
export async function planPaths(home: Home, request: MonteCarloRequest, call: JobsOfCall): Promise<MonteCarloPlan> {
  const job = await sourceJob(home, request, call)
  const { contentSha256, resultPath } = job
  if (job.kind !== 'backtest') throw failed(request, `job ${job.jobId} is no Backtest`)
  if (job.status !== 'completed' || contentSha256 === null || resultPath === null) {
    throw failed(request, `its source, job ${job.jobId}, is ${job.status}`)
  }
  const { summary } = await openJobResult(home, job)
  const backtest = computationOf(job)
  const source = { jobId: job.jobId, contentSha256, manifestSha256: job.manifestSha256, resultPath }
  const { snapshotId, dataset } = backtest
  const fullSha256 = String(summary.data_signature ?? '')
  const snapshot = { snapshotId, dataset, fullSha256, datasetVersionIds: job.datasetVersionIds ?? {} }
  return planMonteCarlo(request, { backtest, source, snapshot })
}

async function sourceJob({ ledger }: Home, request: MonteCarloRequest, call: JobsOfCall): Promise<Job> {
  const { source } = request.monteCarlo
  const { namespace } = request
  const named = 'jobId' in source ? null : sourceName(request)
  let jobId = 'jobId' in source ? source.jobId : (call.get(`${namespace}/${named}`) ?? null)
  if (jobId === null && named !== null && !call.has(`${namespace}/${named}`)) {
    jobId = (await ledger.latestResource('Backtest', namespace, named))?.jobId ?? null
  }
  const job = jobId === null ? null : await ledger.findJob(jobId)
  if (job !== null && job.namespace === namespace) return job
  throw failed(request, `there is no completed Backtest "${named ?? jobId}" in namespace ${namespace}; run it first`)
}

/** Name of the Backtest that a MonteCarlo resamples; an inline one is its own. */
export function sourceName({ name, monteCarlo: { source } }: MonteCarloRequest): string | null {
  if ('name' in source) return source.name
  return 'backtest' in source ? `${name}-source` : null
}

function failed({ name }: MonteCarloRequest, why: string): HindcastError {
  return new HindcastError('source_failed', `${name}: ${why}`, { field: '/spec/backtestRef' })
}
