import type { AuditEntry, Fenced, Job, NewResource, Resource } from './ledger.ts'
import { jsonb } from './rows/json.ts'
import { jobOf, resourceOf } from './rows/read-rows.ts'
import type { Sql } from './sql.ts'

export async function upsertResource(sql: Sql, resource: NewResource): Promise<Resource> {
  const rows = await sql.query(
    `INSERT INTO backtest_resources
       (uid, kind, namespace, name, job_id, created_by, deletion_policy, priority, manifest, first_seen_at)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text,
       coalesce($9::jsonb, 'null'::jsonb), clock_timestamp())
     ON CONFLICT (uid) DO UPDATE SET job_id = excluded.job_id, deletion_policy = excluded.deletion_policy,
       priority = excluded.priority, manifest = excluded.manifest
     RETURNING *`,
    [
      resource.uid,
      resource.kind,
      resource.namespace,
      resource.name,
      resource.jobId,
      resource.createdBy,
      resource.deletionPolicy,
      resource.priority,
      jsonb(resource.manifest),
    ],
    'upsert resource',
  )
  return resourceOf(rows[0]!)
}

export async function finishResource(sql: Sql, uid: string, outcome: string): Promise<Resource | Fenced> {
  const rows = await sql.query(
    `UPDATE backtest_resources SET outcome = $2::text, finished_at = clock_timestamp()
     WHERE uid = $1::text RETURNING *`,
    [uid, outcome],
  )
  return rows[0] === undefined ? 'fenced' : resourceOf(rows[0])
}

/** Marks an active row; the first one who asked stands. */
export async function requestCancel(sql: Sql, jobId: string, by: string): Promise<Job | Fenced> {
  const rows = await sql.query(
    `UPDATE backtest_jobs
     SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
         cancel_requested_by = coalesce(cancel_requested_by, $2::text), updated_at = clock_timestamp()
     WHERE job_id = $1::text AND status IN ('pending', 'running') RETURNING *`,
    [jobId, by],
  )
  return rows[0] === undefined ? 'fenced' : jobOf(rows[0])
}

export async function pinJob(sql: Sql, jobId: string, pinned: boolean): Promise<Job | Fenced> {
  const rows = await sql.query(
    `UPDATE backtest_jobs SET pinned = $2::boolean, updated_at = clock_timestamp()
     WHERE job_id = $1::text RETURNING *`,
    [jobId, pinned],
  )
  return rows[0] === undefined ? 'fenced' : jobOf(rows[0])
}

export async function raiseEpoch(sql: Sql, identity: string): Promise<number> {
  const rows = await sql.query(
    `UPDATE installation
     SET operator_epoch = operator_epoch + 1, operator_identity = $1::text, epoch_raised_at = clock_timestamp()
     RETURNING operator_epoch`,
    [identity],
  )
  return Number(rows[0]!.operator_epoch)
}

export async function audit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql.query(
    `INSERT INTO audit_log (actor, action, namespace, job_id, ip, details)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb)`,
    [entry.actor, entry.action, entry.namespace, entry.jobId, entry.ip, jsonb(entry.details)],
  )
}
