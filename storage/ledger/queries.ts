import { HindcastError } from '../../core/errors.ts'
import type {
  Attempt,
  Installation,
  IntervalRow,
  Job,
  JobFilter,
  OpenedAttempt,
  Page,
  Resource,
  ResourceFilter,
  WindowRow,
} from './ledger.ts'
import { fromRow, INTERVAL_COLUMNS, WINDOW_COLUMNS } from './rows/columns.ts'
import { attemptOf, claimOf, installationOf, jobOf, resourceOf } from './rows/read-rows.ts'
import { arrayLiteral, type RawRow, type Sql, type SqlValue } from './sql.ts'

/** platform.md 3.6. */
const LIMIT_DEFAULT = 100
const LIMIT_MAX = 500

export async function findJob(sql: Sql, jobId: string): Promise<Job | null> {
  const rows = await sql.query('SELECT * FROM backtest_jobs WHERE job_id = $1::text', [jobId])
  return rows[0] === undefined ? null : jobOf(rows[0])
}

export async function findAttempt(sql: Sql, jobId: string, attempt: number): Promise<Attempt | null> {
  const rows = await sql.query('SELECT * FROM backtest_attempts WHERE job_id = $1::text AND attempt = $2::integer', [
    jobId,
    attempt,
  ])
  return rows[0] === undefined ? null : attemptOf(rows[0])
}

export async function findAttempts(sql: Sql, jobId: string): Promise<readonly Attempt[]> {
  const rows = await sql.query('SELECT * FROM backtest_attempts WHERE job_id = $1::text ORDER BY attempt', [jobId])
  return rows.map(attemptOf)
}

export async function findResults(sql: Sql, resultKey: string): Promise<readonly Attempt[]> {
  // The column is CHAR: a parameter of another type would keep the index from being used.
  const rows = await sql.query(
    `SELECT * FROM backtest_attempts
     WHERE result_key = $1::char(64) AND status = 'completed' ORDER BY completed_at, job_id, attempt`,
    [resultKey],
  )
  return rows.map(attemptOf)
}

export async function findWindows(sql: Sql, jobId: string, attempt: number): Promise<readonly WindowRow[]> {
  const rows = await sql.query(
    'SELECT * FROM walk_forward_windows WHERE job_id = $1::text AND attempt = $2::integer ORDER BY window_id',
    [jobId, attempt],
  )
  return rows.map((row) => fromRow(WINDOW_COLUMNS, row) as unknown as WindowRow)
}

export async function findIntervals(sql: Sql, jobId: string, attempt: number): Promise<readonly IntervalRow[]> {
  const rows = await sql.query(
    'SELECT * FROM monte_carlo_results WHERE job_id = $1::text AND attempt = $2::integer ORDER BY metric',
    [jobId, attempt],
  )
  return rows.map((row) => fromRow(INTERVAL_COLUMNS, row) as unknown as IntervalRow)
}

/** Newest first by (created_at, id). Throws `usage` on a cursor that no page gave. */
export async function listJobs(sql: Sql, filter: JobFilter): Promise<Page<Job>> {
  const where = new Conditions()
  where.add(filter.createdBy, (at) => `created_by = ${at}::text`)
  where.add(filter.alphaName, (at) => `alpha_name = ${at}::text`)
  where.add(filter.kind, (at) => `kind = ${at}::text`)
  where.add(filter.dataset, (at) => `dataset = ${at}::text`)
  where.add(filter.priority, (at) => `priority = ${at}::text`)
  where.anyOf('status', filter.status)
  where.anyOf('namespace', filter.namespaces)
  where.add(filter.createdFrom, (at) => `created_at >= ${at}::timestamptz`)
  where.add(filter.createdTo, (at) => `created_at < ${at}::timestamptz`)
  where.after(filter.cursor, 'created_at', 'id', 'uuid')
  const size = pageSize(filter.limit)
  const rows = await sql.query(
    `SELECT * FROM backtest_jobs ${where.text()} ORDER BY created_at DESC, id LIMIT ${size + 1}`,
    where.params,
  )
  return page(rows.map(jobOf), size, (job) => [job.createdAt, job.id])
}

/** Newest first by (first_seen_at, uid). */
export async function listResources(sql: Sql, filter: ResourceFilter): Promise<Page<Resource>> {
  const where = new Conditions()
  where.add(filter.kind, (at) => `kind = ${at}::text`)
  where.add(filter.name, (at) => `name = ${at}::text`)
  where.add(filter.jobId, (at) => `job_id = ${at}::text`)
  where.anyOf('namespace', filter.namespaces)
  where.after(filter.cursor, 'first_seen_at', 'uid', 'text')
  const size = pageSize(filter.limit)
  const rows = await sql.query(
    `SELECT * FROM backtest_resources ${where.text()} ORDER BY first_seen_at DESC, uid LIMIT ${size + 1}`,
    where.params,
  )
  return page(rows.map(resourceOf), size, (resource) => [resource.firstSeenAt, resource.uid])
}

export async function latestResource(sql: Sql, key: readonly [string, string, string]): Promise<Resource | null> {
  const rows = await sql.query(
    `SELECT * FROM backtest_resources WHERE kind = $1::text AND namespace = $2::text AND name = $3::text
     ORDER BY first_seen_at DESC, uid LIMIT 1`,
    key,
  )
  return rows[0] === undefined ? null : resourceOf(rows[0])
}

/** Attempts that have not ended, oldest first, each with the newest claim of each of its indexes. */
export async function openAttempts(sql: Sql): Promise<readonly OpenedAttempt[]> {
  const attempts = await sql.query(
    "SELECT * FROM backtest_attempts WHERE status IN ('pending', 'running') ORDER BY opened_at, job_id, attempt",
  )
  if (attempts.length === 0) return []
  const ids = [arrayLiteral(attempts.map((row) => String(row.job_id)))]
  const jobs = await sql.query('SELECT * FROM backtest_jobs WHERE job_id = ANY($1::text[])', ids)
  const claims = await sql.query(
    `SELECT DISTINCT ON (job_id, attempt, index) * FROM backtest_claims
     WHERE job_id = ANY($1::text[]) ORDER BY job_id, attempt, index, seq DESC`,
    ids,
  )
  const jobOfId = new Map(jobs.map((row) => [String(row.job_id), row]))
  const claimsOfId = Map.groupBy(claims.map(claimOf), (row) => row.jobId)
  return attempts.flatMap((raw) => {
    const attempt = attemptOf(raw)
    const job = jobOfId.get(attempt.jobId)
    if (job === undefined) return []
    const own = (claimsOfId.get(attempt.jobId) ?? []).filter((row) => row.attempt === attempt.attempt)
    return [{ job: jobOf(job), attempt, claims: own }]
  })
}

export async function installation(sql: Sql): Promise<Installation> {
  const rows = await sql.query('SELECT * FROM installation')
  return installationOf(rows[0] as RawRow)
}

/** WHERE clauses with their parameters; absent filters add nothing. */
class Conditions {
  readonly params: SqlValue[] = []
  private readonly clauses: string[] = []

  add(value: SqlValue | undefined, clause: (at: string) => string): void {
    if (value === undefined) return
    this.params.push(value)
    this.clauses.push(clause(`$${this.params.length}`))
  }

  /** A list of one is written as an equality, which the composite indexes can use for their order as well. */
  anyOf(column: string, values: readonly string[] | undefined): void {
    if (values === undefined) return
    if (values.length === 1) this.add(values[0], (at) => `${column} = ${at}::text`)
    else this.add(arrayLiteral(values), (at) => `${column} = ANY(${at}::text[])`)
  }

  after(cursor: string | undefined, time: string, id: string, type: string): void {
    if (cursor === undefined) return
    const [at, last] = readCursor(cursor)
    this.params.push(at, last)
    const n = this.params.length
    this.clauses.push(
      `${time} <= $${n - 1}::timestamptz AND (${time} < $${n - 1}::timestamptz OR ${id} > $${n}::${type})`,
    )
  }

  text(): string {
    return this.clauses.length === 0 ? '' : `WHERE ${this.clauses.join(' AND ')}`
  }
}

function pageSize(limit: number | undefined): number {
  if (limit === undefined) return LIMIT_DEFAULT
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new HindcastError('usage', `limit must be a whole number from 1 to ${LIMIT_MAX}, found ${limit}`)
}

function page<Row>(rows: readonly Row[], size: number, key: (row: Row) => readonly [string, string]): Page<Row> {
  if (rows.length <= size) return { rows, nextCursor: null }
  const shown = rows.slice(0, size)
  return { rows: shown, nextCursor: Buffer.from(key(shown[size - 1]!).join(' ')).toString('base64url') }
}

const CURSOR = /^(\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([0-9A-Za-z._-]{1,64})$/

function readCursor(cursor: string): readonly [string, string] {
  const parts = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (parts === null)
    throw new HindcastError('usage', 'the cursor was not given by an earlier page; leave it out to start')
  return [parts[1]!, parts[2]!]
}
