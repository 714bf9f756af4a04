import type { MonteCarloPlan } from '../../../core/plan.ts'
import { monteCarloDocument, monteCarloMetrics, monteCarloRows } from '../../../engine/monte-carlo/document.ts'
import type { MonteCarloResult } from '../../../engine/monte-carlo/merge.ts'
import type { MonteCarloRun } from '../../../engine/monte-carlo/run.ts'
import { kindSummary } from '../documents/kind-summary.ts'
import { jsonText, toStrictJson } from '../documents/strict-json.ts'
import { datasetVersionIds, SUMMARY_FILE } from '../documents/summary.ts'
import type { Contents } from './contents.ts'

export const MONTE_CARLO_FILE = 'monte_carlo.json'

/** A MonteCarlo's result, what its paths were drawn from, and the plan it answers. */
export interface MonteCarloComputed {
  readonly plan: MonteCarloPlan
  readonly run: MonteCarloRun
  readonly result: MonteCarloResult
}

/** What a MonteCarlo writes: its document, every path, a row a metric. */
export function monteCarloContents({ plan, run, result }: MonteCarloComputed, engineVersion: string): Contents {
  const versions = datasetVersionIds(plan, { costs: null })
  const metrics = monteCarloMetrics(result)
  const { warnings } = result
  const summary = kindSummary({ plan, engineVersion, datasetVersionIds: versions, metrics, warnings, fields: {} })
  return {
    tables: [{ artifact: 'monteCarloDistributions', source: { columns: result.distributions } }],
    texts: [
      { name: SUMMARY_FILE, text: jsonText(summary) },
      { name: MONTE_CARLO_FILE, text: jsonText(monteCarloDocument(run, result)) },
    ],
    row: {
      metrics,
      costConfig: null,
      costSummary: null,
      snapshotId: plan.backtest.snapshotId,
      datasetVersionIds: versions,
      intervals: monteCarloRows(result).map((row) => ({ ...row, quantiles: toStrictJson(row.quantiles) })),
    },
  }
}
