import type { BacktestPlan } from '../../../core/plan.ts'
import type { BacktestResult } from '../../../engine/result.ts'
import { artifactTables } from '../artifact-tables.ts'
import { jsonText } from '../documents/strict-json.ts'
import { buildSummary, costConfig, datasetVersionIds, SUMMARY_FILE } from '../documents/summary.ts'
import type { Contents } from './contents.ts'

/** A Backtest's result and the plan it answers. */
export interface BacktestComputed {
  readonly plan: BacktestPlan
  readonly result: BacktestResult
}

/** What a Backtest writes. Throws `reproducibility_missing`. */
export function backtestContents({ plan, result }: BacktestComputed, engineVersion: string): Contents {
  return {
    tables: artifactTables(result),
    texts: [{ name: SUMMARY_FILE, text: jsonText(buildSummary(plan, result, engineVersion)) }],
    row: {
      metrics: result.metrics,
      costConfig: costConfig(plan.backtest.costModel, result),
      costSummary: result.costs?.summary ?? null,
      snapshotId: plan.backtest.snapshotId,
      datasetVersionIds: datasetVersionIds(plan, result),
    },
  }
}
