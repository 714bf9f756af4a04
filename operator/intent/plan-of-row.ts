import type { BacktestPlan, MonteCarloPlan, PinnedBacktest, Plan, SnapshotEntry } from '../../core/plan.ts'
import type { Job } from '../../storage/ledger/ledger.ts'

/**
 * The plan that a row holds: made once, never again, whatever the catalogue says today. A MonteCarlo's Backtest stands
 * in the row of its source; null where that is gone, then the columns of its own row speak.
 */
export function planOfRow(job: Job, source: Job | null): Plan {
  const head = { namespace: job.namespace, jobId: job.jobId, configHash: job.configHash }
  if (job.kind === 'montecarlo') return { kind: 'MonteCarlo', ...head, ...pathsOf(job, source) }
  if (job.kind === 'walkforward') {
    const walkForward = job.configJson as unknown as Extract<Plan, { kind: 'WalkForward' }>['walkForward']
    const backtest = backtestOf(walkForward.backtest)
    return { kind: 'WalkForward', ...head, backtest, walkForward, snapshot: snapshotOf(job, backtest) }
  }
  const backtest = backtestOf(job.configJson)
  return { kind: 'Backtest', ...head, backtest, snapshot: snapshotOf(job, backtest) }
}

function pathsOf(
  job: Job,
  source: Job | null,
): Pick<MonteCarloPlan, 'backtest' | 'monteCarlo' | 'source' | 'snapshot'> {
  const settings = job.configJson as unknown as MonteCarloPlan['monteCarlo']
  const monteCarlo = { ...settings, blockLength: settings.blockLength ?? null }
  const backtest = backtestOf(source?.configJson ?? { ...job, snapshotId: job.snapshotId ?? '' })
  return {
    monteCarlo,
    backtest,
    source: {
      ...monteCarlo.source,
      manifestSha256: source?.manifestSha256 ?? null,
      resultPath: source?.resultPath ?? '',
    },
    snapshot: snapshotOf(source ?? job, backtest),
  }
}

/** What a row leaves out is absent in the computation: no costs, no quantiles. */
export function backtestOf(config: unknown): PinnedBacktest {
  const found = config as PinnedBacktest
  return { ...found, costModel: found.costModel ?? null, quantiles: found.quantiles ?? null }
}

/** A snapshot as far as a row knows it: the one who computes reads the rest from the catalogue. */
function snapshotOf(job: Job, { dataset, snapshotId, startDate, endDate }: PinnedBacktest): BacktestPlan['snapshot'] {
  const entry: SnapshotEntry = {
    snapshotId,
    dataset,
    fullSha256: '',
    startDate,
    endDate,
    datasetVersionIds: job.datasetVersionIds ?? {},
  }
  return entry
}
