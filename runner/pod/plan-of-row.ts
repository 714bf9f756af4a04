import { HindcastError } from '../../core/errors.ts'
import { configHash, jobIdOf } from '../../core/identity.ts'
import {
  identityOf,
  type MonteCarloPlan,
  type Plan,
  planComputation,
  type SnapshotEntry,
  type SourceResult,
} from '../../core/plan.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import { computationOf, monteCarloOf, walkForwardOf } from '../../storage/ledger/rows/computation-of.ts'

/** Where a plan finds what its row only names. Each throws what it cannot find. */
export interface Lookups {
  readonly snapshot: (snapshotId: string) => Promise<SnapshotEntry>
  /** The source of a MonteCarlo: its row, its result as it was planned on, and the hash of the data it read. */
  readonly source: (planned: MonteCarloPlan['monteCarlo']['source']) => Promise<FoundSource>
}

export interface FoundSource {
  readonly job: Job
  readonly result: SourceResult
  readonly datasetVersionIds: Readonly<Record<string, string>>
  readonly fullSha256: string
}

const KINDS = { backtest: 'Backtest', walkforward: 'WalkForward', montecarlo: 'MonteCarlo' } as const

/**
 * The plan that travels in a row. Nothing is chosen here: the computation is hashed again, and one that is not what its
 * job was named by is refused with `config_invalid`.
 */
export async function planOfRow(row: Job, lookups: Lookups): Promise<Plan> {
  const plan = await readPlan(row, lookups)
  const kind = KINDS[row.kind]
  for (const computation of [row.configJson, planComputation(plan)]) {
    const hash = configHash(identityOf(kind, row.namespace, computation))
    if (hash !== row.configHash || jobIdOf(hash) !== row.jobId) {
      throw new HindcastError(
        'config_invalid',
        `the computation of job ${row.jobId} has the hash ${hash}, but it was recorded under ${row.configHash}: ` +
          'the row was changed; submit the manifest under a new name',
      )
    }
  }
  return plan
}

async function readPlan(row: Job, lookups: Lookups): Promise<Plan> {
  const { namespace, jobId, configHash: hash } = row
  const head = { namespace, jobId, configHash: hash }
  switch (row.kind) {
    case 'backtest': {
      const backtest = computationOf(row)
      return { kind: 'Backtest', ...head, backtest, snapshot: await lookups.snapshot(backtest.snapshotId) }
    }
    case 'walkforward': {
      const walkForward = walkForwardOf(row)
      const { backtest } = walkForward
      const snapshot = await lookups.snapshot(backtest.snapshotId)
      return { kind: 'WalkForward', ...head, backtest, walkForward, snapshot }
    }
    case 'montecarlo': {
      const monteCarlo = monteCarloOf(row)
      const { job, result, fullSha256, datasetVersionIds } = await lookups.source(monteCarlo.source)
      const backtest = computationOf(job)
      const { snapshotId, dataset } = backtest
      const snapshot = { snapshotId, dataset, fullSha256, datasetVersionIds }
      return { kind: 'MonteCarlo', ...head, backtest, monteCarlo, source: result, snapshot }
    }
  }
}
