import { formatIsoDate } from '../../../core/dates.ts'
import { HindcastError } from '../../../core/errors.ts'
import { invariant } from '../../../core/invariant.ts'
import type { BacktestPlan, Plan } from '../../../core/plan.ts'
import type { CostModel, QuantileSpec } from '../../../core/request.ts'
import type { BacktestResult } from '../../../engine/result.ts'
import { ENGINE_REVISION } from '../../../engine/revision.ts'
import { costConfigOf } from '../../ledger/rows/cost-config.ts'
import { type StrictJson, sortedMembers, toStrictJson } from './strict-json.ts'

export const SUMMARY_FILE = 'summary.json'

/** summary.json: strict JSON, the keys of platform.md 3.3 first; free of time, host, path and attempt. */
export type Summary = { readonly [key: string]: StrictJson }

/** Fields of summary.json that are no metric; every other one is a metric under its own name. */
export const SUMMARY_FIELDS: ReadonlySet<string> = new Set([
  'snapshot_id',
  'dataset_version_ids',
  'autocorrelation',
  'alpha',
  'parameters',
  'start_date',
  'end_date',
  'weight_method',
  'job_id',
  'engine_version',
  'data_signature',
  'nan_metrics',
  'alpha_name',
  'dataset',
  'decay_horizons',
  'engine_revision',
  'last_processed_date',
  'stopped_early',
  'warnings',
  'cost_config',
  'cost_summary',
  'capacity_analysis',
  'quantiles',
  'blend',
  'has_walk_forward',
  'walk_forward_windows',
  'walk_forward_overfit',
  'has_param_search',
  'param_search_combinations',
])

/** Lags of `autocorrelation`, trading days; the engine's signal_autocorrelation_{lag} (engine.md 3.7). */
const AUTOCORRELATION_LAGS = [1, 5, 20] as const

/** Where liquidity figures of the cost model come from: the role of the prices in every snapshot. */
const COST_DATA_ROLE = 'crsp'

/** Builds summary.json. Pure. Throws `reproducibility_missing` naming the field. */
export function buildSummary(plan: BacktestPlan, result: BacktestResult, engineVersion: string): Summary {
  const { backtest, snapshot } = plan
  const { metrics } = result
  const head = {
    mean_ic: metrics.mean_ic,
    icir: metrics.icir,
    hit_rate: metrics.hit_rate,
    snapshot_id: required('snapshot_id', backtest.snapshotId),
    dataset_version_ids: sortedMembers(datasetVersionIds(plan, result)),
    coverage: metrics.coverage,
    long_short_spread: metrics.long_short_spread,
    average_turnover: metrics.average_turnover,
    decay_half_life: metrics.decay_half_life,
    autocorrelation: Object.fromEntries(
      AUTOCORRELATION_LAGS.map((lag) => [String(lag), metrics[`signal_autocorrelation_${lag}`] ?? null]),
    ),
    n_days: metrics.n_days,
    n_symbols_avg: metrics.n_symbols_avg,
    alpha: 'blend' in backtest.alpha ? 'blend' : backtest.alpha.name,
    parameters: sortedMembers('blend' in backtest.alpha ? backtest.alpha.blend : backtest.alpha.parameters),
    start_date: backtest.startDate,
    end_date: backtest.endDate,
    weight_method: backtest.weightMethod,
    job_id: plan.jobId,
    engine_version: engineVersion,
    data_signature: required('data_signature', snapshot.fullSha256),
  }
  const more = Object.keys(metrics)
    .filter((name) => !(name in head))
    .sort()
  const tail = {
    nan_metrics: Object.keys(metrics)
      .filter((name) => Number.isNaN(metrics[name]))
      .sort(),
    alpha_name: result.alphaName,
    dataset: backtest.dataset,
    decay_horizons: backtest.decayHorizons,
    engine_revision: ENGINE_REVISION,
    last_processed_date: formatIsoDate(result.lastProcessedDate),
    stopped_early: result.stoppedEarly,
    warnings: result.warnings,
    ...costFields(plan, result),
    ...quantileFields(backtest.quantiles, result),
    ...(result.blend === null ? {} : { blend: { names: result.blend.names, correlation: result.blend.correlation } }),
    has_walk_forward: false,
    has_param_search: false,
  }
  const clash = Object.keys(metrics).find((name) => SUMMARY_FIELDS.has(name))
  invariant(clash === undefined, `the metric ${clash} has the name of another field of ${SUMMARY_FILE}`)
  const figures = Object.fromEntries(more.map((name) => [name, metrics[name]]))
  return toStrictJson({ ...head, ...figures, ...tail }) as Summary
}

/** Role -> version and hash; with costs also where their liquidity figures come from. Throws when there is none. */
export function datasetVersionIds(
  { snapshot }: Pick<Plan, 'snapshot'>,
  { costs }: { readonly costs: object | null },
): Record<string, string> {
  const versions = { ...snapshot.datasetVersionIds }
  if (Object.keys(versions).length === 0) required('dataset_version_ids', undefined)
  if (costs === null) return versions
  const version = required('cost_data_version', versions[COST_DATA_ROLE])
  return { ...versions, cost_data_source: COST_DATA_ROLE, cost_data_version: version }
}

/** Column cost_config; null when no costs were computed. */
export function costConfig(
  model: CostModel | null,
  { costs }: { readonly costs: object | null },
): Readonly<Record<string, StrictJson>> | null {
  return model === null || costs === null ? null : costConfigOf(model)
}

function costFields({ backtest }: BacktestPlan, result: BacktestResult): Record<string, unknown> {
  if (result.costs === null) return {}
  return {
    cost_config: costConfig(backtest.costModel, result),
    cost_summary: result.costs.summary,
    capacity_analysis: result.costs.capacity,
  }
}

function quantileFields(spec: QuantileSpec | null, { quantiles }: BacktestResult): Record<string, unknown> {
  if (quantiles === null) return {}
  return {
    quantiles: {
      config: spec && {
        count: spec.count,
        holding_period_days: spec.holdingPeriodDays,
        skip_days: spec.skipDays,
        min_observations_per_date: spec.minObservationsPerDate,
        min_total_dates: spec.minTotalDates,
      },
      summary: quantiles.summary,
      returns: quantiles.returns,
      standard_errors: quantiles.standardErrors,
      observations: quantiles.observations,
    },
  }
}

/** Throws `reproducibility_missing` for a field without which nobody could compute the result again (R61). */
export function required(field: string, value: string | null | undefined): string {
  if (value) return value
  throw new HindcastError(
    'reproducibility_missing',
    `${SUMMARY_FILE} needs ${field} for reproducibility, and it is empty`,
  )
}
