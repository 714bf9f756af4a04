import type { Plan } from '../../../core/plan.ts'
import type { Warning } from '../../../engine/result.ts'
import { ENGINE_REVISION } from '../../../engine/revision.ts'
import { sortedMembers, toStrictJson } from './strict-json.ts'
import { required, type Summary } from './summary.ts'

/** What a summary is made of that is not a Backtest's. */
export interface SummarySource {
  readonly plan: Plan
  readonly engineVersion: string
  readonly datasetVersionIds: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number | null>>
  readonly warnings: readonly Warning[]
  /** Further fields that are no metric; each is in SUMMARY_FIELDS. */
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * summary.json of a kind that is computed from a Backtest: provenance, metrics by name, then its own fields. Throws
 * `reproducibility_missing` as `buildSummary`.
 */
export function kindSummary({ plan, engineVersion, metrics, warnings, ...source }: SummarySource): Summary {
  const { backtest, snapshot } = plan
  const { alpha } = backtest
  const names = Object.keys(metrics)
  return toStrictJson({
    snapshot_id: required('snapshot_id', backtest.snapshotId),
    dataset_version_ids: sortedMembers(source.datasetVersionIds),
    alpha: 'blend' in alpha ? 'blend' : alpha.name,
    parameters: sortedMembers('blend' in alpha ? alpha.blend : alpha.parameters),
    start_date: backtest.startDate,
    end_date: backtest.endDate,
    weight_method: backtest.weightMethod,
    job_id: plan.jobId,
    engine_version: engineVersion,
    data_signature: required('data_signature', snapshot.fullSha256),
    ...metrics,
    nan_metrics: names.filter((name) => Number.isNaN(metrics[name])).sort(),
    dataset: backtest.dataset,
    engine_revision: ENGINE_REVISION,
    warnings,
    ...source.fields,
  }) as Summary
}
