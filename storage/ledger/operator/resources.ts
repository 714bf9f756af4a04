import type { Attempt, Fenced, Job, Resource, Steer } from '../ledger.ts'
import { attemptOf, jobOf, resourceOf } from '../rows/read-rows.ts'
import type { RawRow, Sql, SqlValue } from '../sql.ts'
import type { ActiveJobs, CancelAsked, PresentResource, Settled } from './port.ts'

/** The operator that holds this epoch; its row is locked for share, so that a take-over waits or wins. */
const OFFICE = 'office AS (SELECT 1 FROM installation WHERE operator_epoch = $1::bigint FOR SHARE)'

const ASK_CANCEL = `
WITH ${OFFICE}, handled AS (
  UPDATE backtest_resources SET handled_request = $4::text
  WHERE uid = $3::text AND handled_request IS DISTINCT FROM $4::text AND EXISTS (SELECT 1 FROM office)
    AND EXISTS (SELECT 1 FROM backtest_jobs WHERE job_id = $2::text AND status IN ('pending', 'running'))
  RETURNING uid
)
UPDATE backtest_jobs
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
    cancel_requested_by = coalesce(cancel_requested_by, $5::text), updated_at = clock_timestamp()
WHERE job_id = $2::text AND status IN ('pending', 'running') AND EXISTS (SELECT 1 FROM handled)
RETURNING *`

export async function askCancel(sql: Sql, { jobId, by, request, epoch }: CancelAsked): Promise<Job | Fenced> {
  const rows = await sql.query(ASK_CANCEL, [epoch, jobId, request.resourceUid, request.token, by])
  return rows[0] === undefined ? 'fenced' : jobOf(rows[0])
}

export async function markHandled(sql: Sql, uid: string, token: string, epoch: number): Promise<Resource | Fenced> {
  return change(sql, 'handled_request = $3::text', [epoch, uid, token])
}

export async function settleResource(
  sql: Sql,
  uid: string,
  { outcome, generation }: Settled,
  epoch: number,
): Promise<Resource | Fenced> {
  const sets = 'outcome = $3::text, generation = $4::bigint, finished_at = coalesce(finished_at, clock_timestamp())'
  return change(sql, sets, [epoch, uid, outcome, generation])
}

export async function reopenResource(sql: Sql, uid: string, token: string, epoch: number): Promise<Resource | Fenced> {
  return change(sql, 'handled_request = $3::text, outcome = NULL, finished_at = NULL', [epoch, uid, token])
}

/** The first time stands. */
export async function markGone(sql: Sql, uid: string, epoch: number): Promise<Resource | Fenced> {
  return change(sql, 'gone_at = coalesce(gone_at, clock_timestamp())', [epoch, uid])
}

/** Names of statements are cut to 63 bytes by the server; the first of these tell the four apart. */
const NAME_CHARS = 50

/** `values` begin with epoch and uid. */
async function change(sql: Sql, sets: string, values: readonly SqlValue[]): Promise<Resource | Fenced> {
  const rows = await sql.query(
    `WITH ${OFFICE} UPDATE backtest_resources SET ${sets}
     WHERE uid = $2::text AND EXISTS (SELECT 1 FROM office) RETURNING *`,
    values,
    `resource ${sets.slice(0, NAME_CHARS)}`,
  )
  return rows[0] === undefined ? 'fenced' : resourceOf(rows[0])
}

export async function presentResources(
  sql: Sql,
  after: string | null,
  limit: number,
): Promise<readonly PresentResource[]> {
  const rows = await sql.query(
    `SELECT uid, kind, namespace, name, job_id, finished_at IS NOT NULL AS finished, handled_request, generation
     FROM backtest_resources
     WHERE gone_at IS NULL AND uid > $1::text ORDER BY uid LIMIT $2::integer`,
    [after ?? '', limit],
  )
  return rows.map(presentOf)
}

function presentOf(row: RawRow): PresentResource {
  return {
    uid: String(row.uid),
    kind: String(row.kind),
    namespace: String(row.namespace),
    name: String(row.name),
    jobId: row.job_id === null ? null : String(row.job_id),
    finished: row.finished === true,
    handledRequest: row.handled_request === null ? null : String(row.handled_request),
    generation: row.generation === null ? null : Number(row.generation),
  }
}

const COUNT_JOB = `
WITH ${OFFICE}
UPDATE backtest_attempts AS a SET jobs_made = a.jobs_made + 1
FROM backtest_jobs AS j
WHERE j.job_id = $2::text AND j.attempt = $3::integer AND j.status = 'pending'
  AND a.job_id = j.job_id AND a.attempt = j.attempt AND a.status = 'pending' AND EXISTS (SELECT 1 FROM office)
RETURNING a.*`

export async function countJob(sql: Sql, { jobId, attempt, epoch }: Steer): Promise<Attempt | Fenced> {
  const rows = await sql.query(COUNT_JOB, [epoch, jobId, attempt])
  return rows[0] === undefined ? 'fenced' : attemptOf(rows[0])
}

export async function countActive(sql: Sql): Promise<readonly ActiveJobs[]> {
  const rows = await sql.query(
    `SELECT kind, status, priority, count(*) AS count FROM backtest_jobs
     WHERE status IN ('pending', 'running') GROUP BY kind, status, priority ORDER BY kind, status, priority`,
  )
  return rows.map((row) => ({
    kind: String(row.kind),
    status: String(row.status),
    priority: String(row.priority),
    count: Number(row.count),
  }))
}
