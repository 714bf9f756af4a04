import type { Attempt, Job } from '../records.ts'
import { attemptOf, claimOf, jobOf, notedOf } from '../rows/read-rows.ts'
import type { RawRow, Sql } from '../sql.ts'
import type { Sharer, Standing } from './port.ts'

/**
 * Each row as one JSON value: some 190 columns a look would cost the driver more than all else that the look does. The
 * manifest is as large as the rest, and no decision reads it. `coalesce`, so that sharers are found by their job even
 * where the server knows no figures of a young table yet, and not among all that are present.
 */
const STANDING = `
SELECT clock_timestamp() AS now, to_jsonb(r) - 'manifest' AS resource, to_json(j) AS job, to_json(a) AS attempt,
  CASE WHEN j.last_good_attempt IS NOT NULL THEN (SELECT to_json(g) FROM backtest_attempts AS g
    WHERE g.job_id = j.job_id AND g.attempt = j.last_good_attempt) END AS last_good,
  (SELECT coalesce(json_agg(to_json(c) ORDER BY c.index), '[]'::json) FROM (
    SELECT DISTINCT ON (index) * FROM backtest_claims AS k
    WHERE k.job_id = a.job_id AND k.attempt = a.attempt ORDER BY index, seq DESC) AS c) AS claims,
  (SELECT count(*) FROM backtest_units AS u WHERE u.job_id = j.job_id) AS units_done,
  (SELECT coalesce(json_agg(json_build_object('uid', s.uid, 'kind', s.kind, 'namespace', s.namespace, 'name', s.name)
      ORDER BY s.first_seen_at, s.uid), '[]'::json)
    FROM backtest_resources AS s
    WHERE s.job_id = j.job_id AND coalesce(s.gone_at, s.finished_at) IS NULL) AS sharers
FROM (SELECT $1::text AS uid, $2::text AS job_id) AS asked
LEFT JOIN backtest_resources AS r ON r.uid = asked.uid
LEFT JOIN backtest_jobs AS j ON j.job_id = coalesce(asked.job_id, r.job_id)
LEFT JOIN backtest_attempts AS a ON a.job_id = j.job_id AND a.attempt = j.attempt`

export async function standing(
  sql: Sql,
  of: { readonly resourceUid: string | null; readonly jobId: string | null },
): Promise<Standing> {
  const rows = await sql.query(STANDING, [of.resourceUid, of.jobId], 'standing')
  const first = rows[0]!
  return {
    now: String(first.now),
    resource: read(first.resource, notedOf),
    job: read<Job>(first.job, jobOf),
    attempt: read<Attempt>(first.attempt, attemptOf),
    lastGood: read<Attempt>(first.last_good, attemptOf),
    claims: (first.claims as readonly RawRow[]).map(claimOf),
    unitsDone: Number(first.units_done),
    sharers: first.sharers as readonly Sharer[],
  }
}

/** Null where the join found no row. */
function read<Row>(row: unknown, reader: (raw: RawRow) => Row): Row | null {
  return row === null ? null : reader(row as RawRow)
}
