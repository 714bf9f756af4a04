import { type Plan, planMonteCarlo } from '../../core/plan.ts'
import type { MonteCarloRequest } from '../../core/request.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { Intent } from '../reconcile/types.ts'
import { backtestOf } from './plan-of-row.ts'

/** Where a MonteCarlo finds the Backtest that it resamples. */
export interface Sources {
  /** The Backtest of that name as the cluster has it, and its job as the record has it. */
  backtest(namespace: string, name: string): Promise<FoundSource | null>
  /** By its id; null: there is none. */
  job(jobId: string): Promise<Job | null>
  /** The uid of the MonteCarlo that asks: only a Backtest that it controls is its inline source. */
  readonly ownerUid: string
}

export interface FoundSource {
  /** Uid of the controller; null: applied by somebody. */
  readonly controllerUid: string | null
  /** Null: not recorded yet. */
  readonly job: Job | null
  /** Whether its own end is noted: until then a row that failed may be another one's, and its turn comes. */
  readonly ended: boolean
  /** It ended without a job: its manifest is bad. */
  readonly failure: string | null
}

/** What an inline source of a MonteCarlo is called. */
export function inlineSourceName(name: string): string {
  return `${name}-source`
}

/** The plan, once the source has a committed result; until then what it waits for, or why it never will have one. */
export async function planPaths(request: MonteCarloRequest, sources: Sources): Promise<Plan | Intent> {
  const { namespace, monteCarlo } = request
  if ('jobId' in monteCarlo.source) {
    const { jobId } = monteCarlo.source
    const job = await sources.job(jobId)
    if (job === null || job.namespace !== namespace) return failed(`there is no job ${jobId} in namespace ${namespace}`)
    return planFrom(request, job, `job ${jobId}`)
  }
  const inline = 'backtest' in monteCarlo.source
  const name = 'name' in monteCarlo.source ? monteCarlo.source.name : inlineSourceName(request.name)
  const found = await sources.backtest(namespace, name)
  if (found === null) {
    return inline
      ? { is: 'sourceless', suspended: request.run.suspend }
      : pending(`Backtest ${name} does not exist in namespace ${namespace}`)
  }
  if (inline && found.controllerUid !== sources.ownerUid) {
    return {
      is: 'invalid',
      code: 'name_conflict',
      message: `Backtest ${name} stands where the inline source would, and belongs to somebody else; rename either`,
    }
  }
  if (found.failure !== null) return failed(`its source, Backtest ${name}, failed: ${found.failure}`)
  if (found.job === null) return pending(`its source, Backtest ${name}, is not recorded yet`)
  if (!found.ended && (found.job.status === 'failed' || found.job.status === 'cancelled')) {
    return pending(`its source, Backtest ${name}, has not ended`)
  }
  return planFrom(request, found.job, `Backtest ${name}`)
}

function planFrom(request: MonteCarloRequest, job: Job, title: string): Plan | Intent {
  const { jobId, contentSha256, manifestSha256, resultPath, status } = job
  if (job.kind !== 'backtest') return failed(`its source, ${title}, is no Backtest`)
  if (status === 'failed' || status === 'cancelled') return failed(`its source, ${title}, is ${status}`)
  if (status !== 'completed' || contentSha256 === null || resultPath === null) {
    return pending(`its source, ${title}, is ${status}`)
  }
  const backtest = backtestOf(job.configJson)
  const { dataset, snapshotId } = backtest
  return planMonteCarlo(request, {
    backtest,
    source: { jobId, contentSha256, manifestSha256, resultPath },
    snapshot: { snapshotId, dataset, fullSha256: '', datasetVersionIds: job.datasetVersionIds ?? {} },
  })
}

const failed = (message: string): Intent => ({ is: 'invalid', code: 'source_failed', message })
const pending = (message: string): Intent => ({ is: 'waiting', reason: 'SourcePending', message })
