import type { PathReportModel } from '../../console/report/monte-carlo/model.ts'
import { monteCarloMetrics } from '../../engine/monte-carlo/document.ts'
import { pathFan } from '../../engine/monte-carlo/fan.ts'
import { computeMonteCarlo, type MonteCarloResult } from '../../engine/monte-carlo/merge.ts'
import { type MonteCarloRun, planMonteCarlo } from '../../engine/monte-carlo/run.ts'
import { goldenModel } from './golden-model.ts'

const SOURCE_JOB = '7d1f0c2a9be84c35a0c7f1e2d4b6a890'

/** The model of paths drawn from the net returns of the golden year of momentum, computed by the engine. */
export function pathModel(method: PathReportModel['computation']['method'] = 'stationary'): PathReportModel {
  const golden = goldenModel()
  const computation = {
    source: { jobId: SOURCE_JOB, contentSha256: '0f'.repeat(32) },
    simulations: 1000,
    method,
    blockLength: null,
    seed: 42,
    confidenceLevels: [0.05, 0.5, 0.95],
    basis: 'net',
    generator: 'counter',
  } as const
  const dates = Int32Array.from(golden.ic.dates as number[])
  const run = planMonteCarlo(computation, {
    returns: { dates, values: Float64Array.from(golden.returns.net as number[]) },
    ic: { dates, values: Float64Array.from(golden.ic.rankIc as number[]) },
  })
  const result = resultOf(run)
  const { name: _, kind: __, ...same } = golden.head
  return {
    head: { ...same, name: 'momentum-luck', kind: 'MonteCarlo' },
    computation,
    source: { jobId: SOURCE_JOB, backtest: golden.computation, snapshotId: golden.computation.snapshotId },
    metrics: monteCarloMetrics(result),
    blockLength: run.block?.days ?? Number.NaN,
    sample: { returns: run.sample.returns.length, ics: run.sample.ics.length, drawnTogether: run.paired },
    distributions: result.distributions,
    fan: pathFan(run),
    notes: result.notes,
    warnings: result.warnings,
    provenance: golden.provenance,
  }
}

function resultOf(run: MonteCarloRun): MonteCarloResult {
  const steps = computeMonteCarlo(run)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
