import { HindcastError } from '../../core/errors.ts'
import { type Catalog, type Plan, planBacktest, planWalkForward } from '../../core/plan.ts'
import type { BacktestRequest, MonteCarloRequest, WalkForwardRequest } from '../../core/request.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { Intent } from '../reconcile/types.ts'
import { planOfRow } from './plan-of-row.ts'
import type { JobRequest, Reading } from './read-resource.ts'
import { planPaths, type Sources } from './source.ts'

export interface IntentFacts {
  /** Null: the resource is gone and was never read. */
  readonly reading: Reading | null
  /** The row of its job; null: there is none. */
  readonly job: Job | null
  /** status.snapshotId: pinned before the row was written. */
  readonly pinned: string | null
  /** Every snapshot that can be named. */
  readonly catalog: () => Promise<Catalog>
  readonly sources: Sources
}

/**
 * What a resource asks for. A row is never planned again; without one the snapshot is the one that the status has
 * pinned, else the newest. Rejects only where the record does (`database_unavailable`).
 */
export async function intentOf(facts: IntentFacts): Promise<Intent> {
  const { reading, job } = facts
  if (reading === null) return { is: 'unknown' }
  if ('code' in reading) return { is: 'invalid', ...reading }
  const { request } = reading
  if (request.kind === 'Regression') return { is: 'unknown' }
  try {
    const plan = job === null ? await planNow(request, facts) : await planBefore(job, facts.sources)
    if ('is' in plan) return plan
    return {
      is: 'planned',
      plan,
      run: request.run,
      parallelism: 'parallelism' in request ? request.parallelism : 1,
      warning: reading.warning,
    }
  } catch (thrown) {
    if (!(thrown instanceof HindcastError) || thrown.code === 'database_unavailable') throw thrown
    return { is: 'invalid', code: thrown.code, message: thrown.message }
  }
}

async function planBefore(job: Job, sources: Sources): Promise<Plan> {
  if (job.kind !== 'montecarlo') return planOfRow(job, null)
  const { source } = job.configJson as unknown as { readonly source: { readonly jobId: string } }
  return planOfRow(job, await sources.job(source.jobId))
}

function planNow(request: JobRequest, facts: IntentFacts): Promise<Plan | Intent> | Plan | Intent {
  if (request.kind === 'MonteCarlo') return planPaths(request as MonteCarloRequest, facts.sources)
  return planOnSnapshot(request, facts)
}

async function planOnSnapshot(
  request: BacktestRequest | WalkForwardRequest,
  { catalog, pinned }: IntentFacts,
): Promise<Plan> {
  const template = request.kind === 'Backtest' ? request.backtest : request.walkForward.backtest
  const known = await catalog()
  const backtest = { ...template, snapshotId: template.snapshotId ?? pinned }
  if (request.kind === 'Backtest') return planBacktest({ ...request, backtest }, known)
  return planWalkForward({ ...request, walkForward: { ...request.walkForward, backtest } }, known)
}
