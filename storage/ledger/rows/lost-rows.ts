import type { Json } from '../../../core/identity.ts'
import type { Ledger, RowlessResult } from '../ledger.ts'
import type { Sql } from '../sql.ts'
import { rowsInserted } from '../transitions.ts'
import { columnOf, INTERVAL_COLUMNS, WINDOW_COLUMNS } from './columns.ts'
import { jsonb } from './json.ts'

/** Results that were recorded from a termination message, which has no room for their windows or intervals. */
export function lostRowsOver(sql: Sql): Pick<Ledger, 'rowlessResults' | 'fillRows'> {
  return {
    async rowlessResults(limit) {
      const rows = await sql.query(ROWLESS, [limit])
      return rows.map(resultOf)
    },
    async fillRows({ jobId, attempt, manifestSha256 }, { windows, intervals }) {
      const values = [jobId, attempt, manifestSha256, recordsJsonb(windows ?? []), recordsJsonb(intervals ?? [])]
      const rows = await sql.query(FILL, values)
      return rows.length === 0 ? 'fenced' : 'filled'
    },
  }
}

const ROWLESS = `
SELECT a.job_id, j.namespace, a.attempt, a.result_path, a.manifest_sha256
FROM backtest_attempts AS a JOIN backtest_jobs AS j ON j.job_id = a.job_id
WHERE a.status = 'completed' AND a.files_deleted_at IS NULL AND (
  (j.kind = 'walkforward' AND NOT EXISTS (
    SELECT 1 FROM walk_forward_windows AS w WHERE w.job_id = a.job_id AND w.attempt = a.attempt)) OR
  (j.kind = 'montecarlo' AND NOT EXISTS (
    SELECT 1 FROM monte_carlo_results AS m WHERE m.job_id = a.job_id AND m.attempt = a.attempt)))
ORDER BY a.completed_at, a.job_id, a.attempt LIMIT $1::integer`

/** Two that fill at once write the same; a result that was purged meanwhile gets none. */
const FILL = `
WITH moved AS (
  SELECT job_id, attempt FROM backtest_attempts
  WHERE job_id = $1::text AND attempt = $2::integer AND status = 'completed' AND manifest_sha256 = $3::text
), ${rowsInserted('walk_forward_windows', WINDOW_COLUMNS, '$4::jsonb')},
${rowsInserted('monte_carlo_results', INTERVAL_COLUMNS, '$5::jsonb')}
SELECT 1 AS filled FROM moved`

function resultOf(row: Readonly<Record<string, unknown>>): RowlessResult {
  return {
    jobId: String(row.job_id),
    namespace: String(row.namespace),
    attempt: Number(row.attempt),
    path: String(row.result_path),
    manifestSha256: String(row.manifest_sha256),
  }
}

/** Records as a JSON list whose keys are the columns' names. */
export function recordsJsonb(records: readonly object[]): string | null {
  return jsonb(
    records.map((record) =>
      Object.fromEntries(Object.entries(record).map(([field, value]) => [columnOf(field), value as Json])),
    ),
  )
}
