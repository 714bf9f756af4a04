import type { Job } from '../../storage/ledger/ledger.ts'
import { computationOf, walkForwardOf } from '../../storage/ledger/rows/computation-of.ts'

export { computationOf, monteCarloOf, walkForwardOf } from '../../storage/ledger/rows/computation-of.ts'

/** The snapshot that a job was planned on; of a MonteCarlo its source's, known once it has completed. */
export function snapshotOfJob(job: Job): string {
  if (job.kind === 'walkforward') return walkForwardOf(job).backtest.snapshotId
  return job.kind === 'backtest' ? computationOf(job).snapshotId : (job.snapshotId ?? 'of its source')
}
