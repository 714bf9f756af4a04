import type { RequestHead } from '../../core/request.ts'
import type { RunRequest } from '../runs/request.ts'
import { computationOf, monteCarloOf, walkForwardOf } from './computation-of.ts'
import type { FoundJob } from './find-job.ts'

/** The job TTL of a resource on a cluster; a laptop has no Job to remove. */
const NO_JOB_TTL = 86_400

/** The request behind a job, from its record: the same computation on the same snapshot. */
export function requestOfJob(found: FoundJob): RunRequest {
  const { job } = found
  const head = headOf(found)
  if (job.kind === 'walkforward')
    return { ...head, kind: 'WalkForward', walkForward: walkForwardOf(job), parallelism: 1 }
  if (job.kind === 'montecarlo') return { ...head, kind: 'MonteCarlo', monteCarlo: monteCarloOf(job), parallelism: 1 }
  return { ...head, kind: 'Backtest', backtest: computationOf(job) }
}

function headOf({ job, resource }: FoundJob): RequestHead {
  return {
    name: resource?.name ?? job.jobId.slice(0, 12),
    namespace: job.namespace,
    createdBy: null,
    run: {
      priority: job.priority,
      timeoutSeconds: job.jobTimeout,
      memoryLimitBytes: null,
      cpu: 1,
      retryLimit: 0,
      workerLossPolicy: 'fail',
      suspend: false,
      deletionPolicy: job.deletionPolicy,
      jobTTLSecondsAfterFinished: NO_JOB_TTL,
    },
  }
}
