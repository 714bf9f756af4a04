import type { Fenced, Job, StaleFiles } from './ledger.ts'
import { jobOf } from './rows/read-rows.ts'
import { arrayLiteral, type Database, type Sql } from './sql.ts'

/** Terminal, not pinned, ended more than `days` days ago by the database's clock; oldest first. 0: all that ended. */
export async function retentionCandidates(sql: Sql, days: number, limit: number): Promise<readonly Job[]> {
  const rows = await sql.query(
    `SELECT * FROM backtest_jobs
     WHERE status IN ('completed', 'failed', 'cancelled') AND NOT pinned
       AND completed_at <= now() - $1::double precision * interval '1 day'
     ORDER BY completed_at, job_id LIMIT $2::integer`,
    [days, limit],
  )
  return rows.map(jobOf)
}

/**
 * Terminal, not pinned, all resources of it are gone, and the last that went asked for a purge; oldest first. The
 * resource decides, not the job: its policy may change at any time. Of two that went at once, retain wins.
 */
export async function purgeCandidates(sql: Sql, limit: number): Promise<readonly Job[]> {
  const rows = await sql.query(
    `SELECT j.* FROM backtest_jobs AS j
     CROSS JOIN LATERAL (
       SELECT r.gone_at, r.deletion_policy FROM backtest_resources AS r
       WHERE r.job_id = j.job_id ORDER BY r.gone_at DESC NULLS FIRST, r.deletion_policy DESC LIMIT 1
     ) AS last
     WHERE j.status IN ('completed', 'failed', 'cancelled') AND NOT j.pinned
       AND last.gone_at IS NOT NULL AND last.deletion_policy = 'purge'
     ORDER BY j.completed_at, j.job_id LIMIT $1::integer`,
    [limit],
  )
  return rows.map(jobOf)
}

/** First half of the key of a job's advisory lock; the second is a hash of its id. */
const JOB_LOCK = 0x48_43

/**
 * Files first, then rows, in one transaction that holds the row: a re-run waits and then finds no row, another
 * clean-up skips the job. The rows stay when `deleteFiles` says false or throws.
 */
export async function purgeJob(
  database: Database,
  jobId: string,
  deleteFiles: (job: Job) => Promise<boolean>,
): Promise<'purged' | 'kept' | Fenced> {
  return database.transaction(async (sql) => {
    const [lock] = await sql.query('SELECT pg_try_advisory_xact_lock($1::integer, hashtext($2::text)) AS mine', [
      JOB_LOCK,
      jobId,
    ])
    if (lock?.mine !== true) return 'fenced'
    const rows = await sql.query(
      `SELECT * FROM backtest_jobs WHERE job_id = $1::text AND NOT pinned
         AND status IN ('completed', 'failed', 'cancelled')
       FOR UPDATE SKIP LOCKED`,
      [jobId],
    )
    if (rows[0] === undefined) return 'fenced'
    if (!(await deleteFiles(jobOf(rows[0])))) return 'kept'
    await sql.query('DELETE FROM backtest_resources WHERE job_id = $1::text', [jobId])
    // Attempts, claims, units, windows and intervals go with the row they reference.
    await sql.query('DELETE FROM backtest_jobs WHERE job_id = $1::text', [jobId])
    return 'purged'
  })
}

/** Completed attempts that a newer result replaced more than `days` days ago, whose files were not removed yet. */
export async function supersededFiles(sql: Sql, days: number, limit: number): Promise<readonly StaleFiles[]> {
  const rows = await sql.query(
    `SELECT old.job_id, j.namespace, old.attempt, old.result_path
     FROM backtest_attempts AS old
     JOIN backtest_jobs AS j ON j.job_id = old.job_id
     JOIN backtest_attempts AS good ON good.job_id = j.job_id AND good.attempt = j.last_good_attempt
     WHERE old.status = 'completed' AND old.attempt < j.last_good_attempt AND old.files_deleted_at IS NULL
       AND NOT j.pinned AND good.completed_at <= now() - $1::double precision * interval '1 day'
     ORDER BY good.completed_at, old.job_id, old.attempt LIMIT $2::integer`,
    [days, limit],
  )
  return rows.map((row) => ({
    jobId: String(row.job_id),
    namespace: String(row.namespace),
    attempt: Number(row.attempt),
    path: String(row.result_path),
  }))
}

export async function markFilesDeleted(sql: Sql, jobId: string, attempt: number): Promise<void> {
  await sql.query(
    `UPDATE backtest_attempts SET files_deleted_at = clock_timestamp()
     WHERE job_id = $1::text AND attempt = $2::integer AND files_deleted_at IS NULL`,
    [jobId, attempt],
  )
}

export async function knownJobs(sql: Sql, jobIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (jobIds.length === 0) return new Set()
  const rows = await sql.query('SELECT job_id FROM backtest_jobs WHERE job_id = ANY($1::text[])', [
    arrayLiteral(jobIds),
  ])
  return new Set(rows.map((row) => String(row.job_id)))
}
