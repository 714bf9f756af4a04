import type { DataPart } from '../../../console/report/model.ts'
import { HindcastError } from '../../../core/errors.ts'
import { showSnapshot } from '../../../storage/in/catalog.ts'
import { readSecurities } from '../../../storage/in/securities.ts'
import type { SnapshotRecord } from '../../../storage/in/snapshot/entry.ts'

/** Reasons of the quality report for which rows or values do not reach the engine. */
const DROPPING = new Set<string>([
  'duplicate_row',
  'row_without_price',
  'non_finite_nulled',
  'zero_price',
  'return_code',
  'missing_code',
  'delisting_after_data',
  'delisting_before_data',
  'delisting_without_prices',
])

/** What a reader must know of the data; null where the snapshot is gone: a result outlives it. */
export async function readDataPart(datasetsDir: string, snapshotId: string): Promise<DataPart | null> {
  const record = await unlessGone(() => showSnapshot(datasetsDir, snapshotId))
  if (record === null) return null
  const { findings } = record.quality
  return {
    rows: rowsOf(record),
    securities: record.names,
    startDate: record.startDate,
    endDate: record.endDate,
    hasDelistings: hasDelistings(record),
    hasFundamentals: record.roles.some(({ role }) => role === 'compustat'),
    dropped: findings
      .filter(({ reason }) => DROPPING.has(reason))
      .map(({ text, count }) => ({ reason: text, rows: count })),
    findings: findings.map(({ text, count }) => `${count} × ${text}`),
  }
}

/** permno -> ticker of a snapshot; empty where the snapshot is gone. */
export async function readTickers(datasetsDir: string, snapshotId: string): Promise<ReadonlyMap<number, string>> {
  const securities = await unlessGone(() => readSecurities(datasetsDir, snapshotId))
  const tickers = new Map<number, string>()
  for (const { permno, ticker } of securities?.values() ?? []) if (ticker !== null) tickers.set(permno, ticker)
  return tickers
}

/** Rows of the prices. */
export function rowsOf(record: SnapshotRecord): number {
  return record.roles.find(({ role }) => role === 'crsp')?.rows ?? 0
}

/**
 * Whether names that went away are in the returns: an applied delisting return says so. Prices that end with the last
 * date for every name say no. Native data may hold them inside its returns, where nobody can tell: null.
 */
function hasDelistings({ preset, quality }: SnapshotRecord): boolean | null {
  const applied = quality.findings.some(({ reason }) =>
    /^delisting_(?:compounded|taken|row_added|default|already_inside)$/.test(reason),
  )
  if (applied) return true
  if (preset === 'synth') return true
  return preset === 'native' ? null : false
}

const GONE = new Set<string>(['snapshot_not_found', 'dataset_not_found', 'artifact_corrupt'])

async function unlessGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof HindcastError && GONE.has(thrown.code)) return null
    throw thrown
  }
}
