import { dayNumber } from '../../../core/dates.ts'
import { HindcastError } from '../../../core/errors.ts'
import type { BacktestResult, CostResult, QuantileResult, Warning } from '../../../engine/result.ts'
import { parseObject } from './manifest.ts'
import { fromStrictNumber } from './strict-json.ts'
import { SUMMARY_FIELDS, SUMMARY_FILE, type Summary } from './summary.ts'

/** Scalars of a stored result as the engine gave them, NaN restored. */
export type StoredScalars = Pick<
  BacktestResult,
  'alphaName' | 'metrics' | 'warnings' | 'lastProcessedDate' | 'stoppedEarly'
> & {
  readonly costs: Omit<CostResult, 'net'> | null
  readonly quantiles: Pick<QuantileResult, 'summary' | 'returns' | 'standardErrors' | 'observations'> | null
  readonly blend: { readonly names: readonly string[]; readonly correlation: Readonly<Record<string, number>> } | null
}

type Fields = { readonly [key: string]: unknown }

/** What must be there, or the result could not be reproduced (R61), and how it is checked. */
const REQUIRED: Readonly<Record<string, (value: unknown) => boolean>> = {
  snapshot_id: (value) => typeof value === 'string' && value !== '',
  dataset_version_ids: (value) =>
    isFields(value) && Object.values(value).every((version) => typeof version === 'string'),
}

/** summary.json as data. Throws `artifact_corrupt` naming what is missing. */
export function parseSummary(text: string): Summary {
  const summary = parseObject(SUMMARY_FILE, text)
  for (const [field, fits] of Object.entries(REQUIRED)) {
    if (!fits(summary[field])) {
      throw new HindcastError('artifact_corrupt', `${SUMMARY_FILE}: ${field} is missing, and a result needs it`)
    }
  }
  return summary as Summary
}

/** Metrics by name: NaN where `nan_metrics` says so, null where not defined, infinities as numbers. */
export function metricsOf(summary: Summary): Readonly<Record<string, number | null>> {
  const nan = new Set(list(summary.nan_metrics))
  const names = Object.keys(summary).filter((name) => !SUMMARY_FIELDS.has(name))
  return Object.fromEntries(names.map((name) => [name, nan.has(name) ? Number.NaN : fromStrictNumber(summary[name])]))
}

/** Everything of a summary that the engine's result has. A field of an older set that is absent gets a plain value. */
export function scalarsOf(summary: Summary): StoredScalars {
  const end = typeof summary.last_processed_date === 'string' ? summary.last_processed_date : summary.end_date
  return {
    alphaName: String(summary.alpha_name ?? summary.alpha ?? ''),
    metrics: metricsOf(summary),
    warnings: list(summary.warnings) as readonly Warning[],
    lastProcessedDate: dayNumber(String(end)),
    stoppedEarly: summary.stopped_early === true,
    costs: costsOf(summary),
    quantiles: quantilesOf(summary.quantiles),
    blend: blendOf(summary.blend),
  }
}

function costsOf({ cost_summary: summary, capacity_analysis: capacity }: Summary): StoredScalars['costs'] {
  if (!isFields(summary)) return null
  return { summary: numbersOf(summary), capacity: scalars(isFields(capacity) ? capacity : {}) }
}

function quantilesOf(found: unknown): StoredScalars['quantiles'] {
  if (!isFields(found)) return null
  return {
    summary: scalars(isFields(found.summary) ? found.summary : {}),
    returns: Float64Array.from(list(found.returns), orNaN),
    standardErrors: Float64Array.from(list(found.standard_errors), orNaN),
    observations: Int32Array.from(list(found.observations) as number[]),
  }
}

function blendOf(found: unknown): StoredScalars['blend'] {
  if (!isFields(found)) return null
  const correlation = isFields(found.correlation) ? found.correlation : {}
  return {
    names: list(found.names) as readonly string[],
    correlation: Object.fromEntries(Object.entries(correlation).map(([name, value]) => [name, orNaN(value)])),
  }
}

function numbersOf(fields: Fields): Record<string, number | null> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fromStrictNumber(value)]))
}

/** Numbers, and texts that are no number. */
function scalars(fields: Fields): Record<string, number | string | null> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      fromStrictNumber(value) ?? (typeof value === 'string' ? value : null),
    ]),
  )
}

function orNaN(value: unknown): number {
  return fromStrictNumber(value) ?? Number.NaN
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
