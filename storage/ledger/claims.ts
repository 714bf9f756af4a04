import type { Beat, Claim, Fenced, Progress, Pulse } from './ledger.ts'
import type { RawRow, Sql, SqlValue } from './sql.ts'

/** The claim holds: job running, attempt current, and no newer claim of the index. Parameters $1 to $4. */
export const HELD = `
  j.job_id = $1::text AND j.status = 'running' AND j.attempt = $2::integer
  AND $4::text = (
    SELECT c.pod_uid FROM backtest_claims AS c
    WHERE c.job_id = j.job_id AND c.attempt = j.attempt AND c.index = $3::integer
    ORDER BY c.seq DESC LIMIT 1)`

const BEAT = `
WITH moved AS (
  UPDATE backtest_jobs AS j SET heartbeat_at = clock_timestamp()
  WHERE ${HELD}
  RETURNING j.job_id, j.heartbeat_at, j.cancel_requested_at
), beaten AS (
  UPDATE backtest_claims AS c
  SET heartbeat_seq = greatest(c.heartbeat_seq, $5::bigint), heartbeat_at = moved.heartbeat_at,
      rss_bytes = $6::bigint, redis_lost = $7::boolean
  FROM moved
  WHERE c.job_id = moved.job_id AND c.attempt = $2::integer AND c.index = $3::integer AND c.pod_uid = $4::text
)
SELECT cancel_requested_at FROM moved`

/** The row's percentage never falls within an attempt, in whatever order the writes arrive. */
const PROGRESS = `
UPDATE backtest_jobs AS j
SET progress_stage = CASE WHEN $5::integer >= j.progress_pct THEN $6::text ELSE j.progress_stage END,
    progress_date = CASE WHEN $5::integer >= j.progress_pct THEN $7::date ELSE j.progress_date END,
    progress_pct = greatest(j.progress_pct, $5::integer), updated_at = clock_timestamp()
WHERE ${HELD}
RETURNING j.cancel_requested_at`

export async function beat(sql: Sql, claim: Claim, sign: Beat): Promise<Pulse | Fenced> {
  return pulse(await sql.query(BEAT, [...signature(claim), sign.seq, sign.rssBytes, sign.redisLost]))
}

export async function progress(sql: Sql, claim: Claim, at: Progress): Promise<Pulse | Fenced> {
  const percent = Math.min(100, Math.max(0, Math.round(Number.isFinite(at.percent) ? at.percent : 0)))
  return pulse(await sql.query(PROGRESS, [...signature(claim), percent, at.stage, at.date]))
}

/** Parameters $1 to $4 of HELD. */
export function signature(claim: Claim): SqlValue[] {
  return [claim.jobId, claim.attempt, claim.index, claim.podUid]
}

function pulse(rows: readonly RawRow[]): Pulse | Fenced {
  return rows[0] === undefined ? 'fenced' : { cancelRequested: rows[0].cancel_requested_at !== null }
}
