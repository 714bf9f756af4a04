import type { Attempt, Job } from '../records.ts'
import {
  ATTEMPT_COLUMNS,
  CLAIM_COLUMNS,
  type Columns,
  columnOf,
  JOB_COLUMNS,
  RESOURCE_COLUMNS,
} from '../rows/columns.ts'
import { attemptOf, claimOf, jobOf, resourceOf } from '../rows/read-rows.ts'
import type { RawRow, Sql } from '../sql.ts'
import type { Sharer, Standing } from './port.ts'

/** Table aliases: each one's columns come back as `<alias>_<column>`, since names meet across tables. */
const PARTS = { r: RESOURCE_COLUMNS, j: JOB_COLUMNS, a: ATTEMPT_COLUMNS, g: ATTEMPT_COLUMNS, c: CLAIM_COLUMNS } as const
type Alias = keyof typeof PARTS

const SELECTED = Object.entries(PARTS)
  .flatMap(([alias, columns]) => names(columns).map((name) => `${alias}.${name} AS ${alias}_${name}`))
  .join(', ')

const STANDING = `
SELECT clock_timestamp() AS now, ${SELECTED},
  (SELECT count(*) FROM backtest_units AS u WHERE u.job_id = j.job_id) AS units_done,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('uid', s.uid, 'kind', s.kind, 'namespace', s.namespace, 'name', s.name)
      ORDER BY s.first_seen_at, s.uid), '[]'::jsonb)
    FROM backtest_resources AS s
    WHERE s.job_id = j.job_id AND s.gone_at IS NULL AND s.finished_at IS NULL) AS sharers
FROM (SELECT $1::text AS uid, $2::text AS job_id) AS asked
LEFT JOIN backtest_resources AS r ON r.uid = asked.uid
LEFT JOIN backtest_jobs AS j ON j.job_id = coalesce(asked.job_id, r.job_id)
LEFT JOIN backtest_attempts AS a ON a.job_id = j.job_id AND a.attempt = j.attempt
LEFT JOIN backtest_attempts AS g ON g.job_id = j.job_id AND g.attempt = j.last_good_attempt
LEFT JOIN LATERAL (
  SELECT DISTINCT ON (index) * FROM backtest_claims
  WHERE job_id = a.job_id AND attempt = a.attempt ORDER BY index, seq DESC) AS c ON true
ORDER BY c.index`

export async function standing(
  sql: Sql,
  of: { readonly resourceUid: string | null; readonly jobId: string | null },
): Promise<Standing> {
  const rows = await sql.query(STANDING, [of.resourceUid, of.jobId], 'standing')
  const first = rows[0]!
  return {
    now: String(first.now),
    resource: part(first, 'r', 'uid', resourceOf),
    job: part<Job>(first, 'j', 'job_id', jobOf),
    attempt: part<Attempt>(first, 'a', 'job_id', attemptOf),
    lastGood: part<Attempt>(first, 'g', 'job_id', attemptOf),
    claims: rows.flatMap((row) => part(row, 'c', 'job_id', claimOf) ?? []),
    unitsDone: Number(first.units_done),
    sharers: first.sharers as readonly Sharer[],
  }
}

/** The columns of one alias; null where the join found no row, which its key tells. */
function part<Row>(row: RawRow, alias: Alias, key: string, read: (raw: RawRow) => Row): Row | null {
  if (row[`${alias}_${key}`] === null) return null
  return read(Object.fromEntries(names(PARTS[alias]).map((name) => [name, row[`${alias}_${name}`]])))
}

function names(columns: Columns): readonly string[] {
  return Object.keys(columns).map(columnOf)
}
