import type { Json } from '../../../core/identity.ts'
import type { Attempt, ClaimRow, Installation, Job, Resource } from '../ledger.ts'
import type { Noted } from '../operator/port.ts'
import type { RawRow } from '../sql.ts'
import {
  ATTEMPT_COLUMNS,
  CLAIM_COLUMNS,
  fromRow,
  INSTALLATION_COLUMNS,
  JOB_COLUMNS,
  NOTED_COLUMNS,
  RESOURCE_COLUMNS,
} from './columns.ts'
import { metricsOf } from './json.ts'

/** Default of the column, for rows of writers that left it null (platform.md 3.1). */
const TIMEOUT_SECONDS = 3600

/** A row of backtest_jobs. */
export function jobOf(raw: RawRow): Job {
  const row = fromRow(JOB_COLUMNS, raw)
  return {
    ...row,
    ...resultOf(row),
    configJson: objectOf(row.configJson) ?? {},
    jobTimeout: row.jobTimeout ?? TIMEOUT_SECONDS,
    progressPct: row.progressPct ?? 0,
    retryCount: row.retryCount ?? 0,
  } as unknown as Job
}

/** A row of backtest_attempts. */
export function attemptOf(raw: RawRow): Attempt {
  const row = fromRow(ATTEMPT_COLUMNS, raw)
  return { ...row, ...resultOf(row) } as unknown as Attempt
}

/** A row of backtest_claims. */
export function claimOf(raw: RawRow): ClaimRow {
  return fromRow(CLAIM_COLUMNS, raw) as unknown as ClaimRow
}

/** A row of backtest_resources. */
export function resourceOf(raw: RawRow): Resource {
  return fromRow(RESOURCE_COLUMNS, raw) as unknown as Resource
}

/** A row of backtest_resources without its manifest. */
export function notedOf(raw: RawRow): Noted {
  return fromRow(NOTED_COLUMNS, raw) as unknown as Noted
}

/** The row of installation. */
export function installationOf(raw: RawRow): Installation {
  return fromRow(INSTALLATION_COLUMNS, raw) as unknown as Installation
}

function resultOf(row: Record<string, unknown>) {
  return {
    metrics: metricsOf(row.metrics),
    costSummary: metricsOf(row.costSummary),
    datasetVersionIds: objectOf(row.datasetVersionIds),
  }
}

function objectOf(value: unknown): { readonly [key: string]: Json } | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as { [key: string]: Json })
    : null
}
