import { invariant } from '../../core/invariant.ts'
import {
  type Guard,
  type Setter,
  type Setters,
  type TransitionId,
  transition,
  type Writer,
} from '../../core/lifecycle.ts'
import {
  ATTEMPT_COLUMNS,
  type Columns,
  castOf,
  columnOf,
  INTERVAL_COLUMNS,
  JOB_COLUMNS,
  WINDOW_COLUMNS,
} from './rows/columns.ts'
import type { RawRow, Sql, SqlValue } from './sql.ts'

/** Values of a statement's parameters by name. A name the statement needs and does not find is our bug. */
export type Values = Readonly<Record<string, SqlValue | undefined>>

interface Statement {
  readonly text: string
  /** Names of $1, $2, … */
  readonly names: readonly string[]
}

/** What another statement does for the row that moved, in the same breath: common table expressions over `moved`. */
type Also = (bind: Bind) => readonly string[]
type Bind = (name: string, cast: string) => string

/**
 * Makes a transition of core/lifecycle.ts: one guarded statement over the job's row, its attempt's and whatever
 * belongs to it. Returns the row as it stands now, or null when a guard did not hold (the caller says `fenced`).
 */
export async function move(sql: Sql, id: TransitionId, writer: Writer, values: Values): Promise<RawRow | null> {
  const key = `${id} ${writer}`
  let statement = compiled.get(key)
  if (statement === undefined) {
    statement = compile(id, writer)
    compiled.set(key, statement)
  }
  const rows = await sql.query(
    statement.text,
    statement.names.map((name) => {
      const value = values[name]
      invariant(value !== undefined, `${key} needs a value for ${name}`)
      return value
    }),
    key,
  )
  return rows[0] ?? null
}

const compiled = new Map<string, Statement>()

/** The SQL of a transition for a writer; pure, the same text every time. Throws when that writer may not make it. */
export function compile(id: TransitionId, writer: Writer): Statement {
  const row = transition(id)
  const guards = row.writers[writer]
  invariant(guards !== undefined, `${id} is not made by the ${writer}`)

  const names: string[] = []
  const bind: Bind = (name, cast) => {
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}::${cast}`
  }
  const text = row.from.length === 0 ? insertion(row.sets, bind) : update(row, guards, bind)
  return { text, names }
}

function insertion(sets: Setters, bind: Bind): string {
  const fields = Object.keys(sets)
  const values = fields.map((field) => assigned(field, sets[field]!, JOB, bind))
  return `INSERT INTO backtest_jobs (${fields.map(columnOf).join(', ')})
VALUES (${values.join(', ')})
ON CONFLICT (job_id) DO NOTHING
RETURNING *`
}

function update(row: ReturnType<typeof transition>, guards: readonly Guard[], bind: Bind): string {
  const assignments = Object.entries(row.sets).map(
    ([field, setter]) => `${columnOf(field)} = ${assigned(field, setter, JOB, bind)}`,
  )
  const conditions = [
    `j.job_id = ${bind('jobId', 'text')}`,
    // Of a young table the server knows no figures, and would go through all rows of that status by its index.
    `(j.status IN (${row.from.map((status) => `'${status}'`).join(', ')})) IS TRUE`,
    ...guards.map((guard) => GUARDS[guard](bind)),
  ]
  const steps = [
    ...(guards.includes('epoch')
      ? [`office AS (SELECT 1 FROM installation WHERE operator_epoch = ${bind('epoch', 'bigint')} FOR SHARE)`]
      : []),
    `moved AS (
  UPDATE backtest_jobs AS j
  SET status = '${row.to}', updated_at = clock_timestamp(),
      ${assignments.join(',\n      ')}
  WHERE ${conditions.join('\n    AND ')}
  RETURNING j.*
)`,
    ...attemptStep(row, bind),
    ...(ALSO[row.id as TransitionId]?.(bind) ?? []),
  ]
  return `WITH ${steps.join(', ')}\nSELECT * FROM ${row.id === 'T11' ? 'opened' : 'moved'}`
}

/** The attempt's row follows; one that has ended stays as it ended. */
function attemptStep(row: ReturnType<typeof transition>, bind: Bind): readonly string[] {
  const fields = Object.entries(row.attemptSets)
  if (fields.length === 0) return []
  const status = row.id === 'T8' ? 'failed' : row.to
  const assignments = fields.map(([field, setter]) => {
    return `${columnOf(field)} = ${assigned(field, setter, ATTEMPT, bind)}`
  })
  return [
    `filed AS (
  UPDATE backtest_attempts AS a
  SET status = '${status}', ${assignments.join(', ')}
  FROM moved
  WHERE a.job_id = moved.job_id AND a.attempt = moved.attempt AND a.status IN ('pending', 'running')
)`,
  ]
}

/** Where a value stands: the row it belongs to and the clock that both rows of one change share. */
interface Place {
  readonly alias: string
  readonly columns: Columns
  readonly now: string
}
const JOB: Place = { alias: 'j', columns: JOB_COLUMNS, now: 'clock_timestamp()' }
const ATTEMPT: Place = { alias: 'a', columns: ATTEMPT_COLUMNS, now: 'moved.updated_at' }

function assigned(field: string, setter: Setter, place: Place, bind: Bind): string {
  if (typeof setter === 'object') return typeof setter.is === 'string' ? `'${setter.is}'` : String(setter.is)
  switch (setter) {
    case 'given':
      return bind(field, castOf(place.columns, field))
    case 'now':
      return place.now
    case 'first':
      return `coalesce(${place.alias}.${columnOf(field)}, ${place.now})`
    case 'later':
      return `${place.now} + ${bind('delayMs', 'double precision')} * interval '1 millisecond'`
    case 'null':
      return 'NULL'
    case 'next':
      return NEXT[field]?.(bind) ?? `${place.alias}.${columnOf(field)} + 1`
    case 'attempt':
      return 'j.attempt'
  }
}

/** The next attempt's number also lies above what the cluster has seen: labels of live Jobs, the resource's status. */
const NEXT: Readonly<Record<string, (bind: Bind) => string>> = {
  attempt: (bind) => `greatest(j.attempt + 1, ${bind('atLeast', 'integer')})`,
}

const OPEN_ATTEMPT = `EXISTS (
      SELECT 1 FROM backtest_attempts AS a
      WHERE a.job_id = j.job_id AND a.attempt = j.attempt AND a.status IN ('pending', 'running'))`

const GUARDS: Readonly<Record<Guard, (bind: Bind) => string>> = {
  absent: () => 'false',
  attempt: (bind) => `j.attempt = ${bind('attempt', 'integer')}`,
  claim: (bind) => `${bind('podUid', 'text')} = (
      SELECT c.pod_uid FROM backtest_claims AS c
      WHERE c.job_id = j.job_id AND c.attempt = j.attempt AND c.index = ${bind('index', 'integer')}
      ORDER BY c.seq DESC LIMIT 1)`,
  epoch: () => 'EXISTS (SELECT 1 FROM office)',
  merger: (bind) => `NOT EXISTS (
      SELECT 1 FROM backtest_attempts AS a
      WHERE a.job_id = j.job_id AND a.attempt = j.attempt AND a.parallelism > 1
        AND a.merged_by IS DISTINCT FROM ${bind('podUid', 'text')})`,
  request: (bind) => `(${bind('requestToken', 'text')} IS NULL OR EXISTS (
      SELECT 1 FROM backtest_resources AS r
      WHERE r.uid = ${bind('requestUid', 'text')}
        AND r.handled_request IS DISTINCT FROM ${bind('requestToken', 'text')}))`,
  uncancelled: () => 'j.cancel_requested_at IS NULL',
  ended: () => `NOT ${OPEN_ATTEMPT}`,
  open: () => OPEN_ATTEMPT,
  undisplaced: (bind) => `NOT EXISTS (
      SELECT 1 FROM backtest_claims AS mine
      JOIN backtest_claims AS newer USING (job_id, attempt, index)
      WHERE mine.job_id = j.job_id AND mine.attempt = j.attempt AND mine.index = ${bind('index', 'integer')}
        AND mine.pod_uid = ${bind('podUid', 'text')} AND newer.seq > mine.seq)`,
}

/** Rows of a table that belongs to the attempt in `moved`, from a JSON list of records. Those that are there stay. */
export function rowsInserted(table: string, columns: Columns, list: string): string {
  const names = Object.keys(columns).map(columnOf)
  const typed = Object.keys(columns).map((field) => `${columnOf(field)} ${castOf(columns, field)}`)
  return `${table}_kept AS (
  INSERT INTO ${table} (job_id, attempt, ${names.join(', ')})
  SELECT moved.job_id, moved.attempt, ${names.map((name) => `r.${name}`).join(', ')}
  FROM moved, jsonb_to_recordset(${list}) AS r (${typed.join(', ')})
  ON CONFLICT DO NOTHING
)`
}

/** What else a transition writes (platform.md 2.1, 3.2), each only for the row that moved. */
const ALSO: Readonly<Partial<Record<TransitionId, Also>>> = {
  T2: (bind) => [
    `claimed AS (
  INSERT INTO backtest_claims (job_id, attempt, index, pod_uid, pod_name, node_name, claimed_at)
  SELECT job_id, attempt, ${bind('index', 'integer')}, ${bind('podUid', 'text')}, ${bind('podName', 'text')},
         ${bind('nodeName', 'text')}, updated_at
  FROM moved
  ON CONFLICT (job_id, attempt, index, pod_uid) DO NOTHING
)`,
  ],
  T3: (bind) => [
    'spent AS (DELETE FROM backtest_units AS u USING moved WHERE u.job_id = moved.job_id)',
    rowsInserted('walk_forward_windows', WINDOW_COLUMNS, bind('windows', 'jsonb')),
    rowsInserted('monte_carlo_results', INTERVAL_COLUMNS, bind('intervals', 'jsonb')),
  ],
  T9: (bind) => [
    `spent AS (
  DELETE FROM backtest_units AS u USING moved WHERE u.job_id = moved.job_id AND NOT ${bind('keepUnits', 'boolean')}
)`,
    `handled AS (
  UPDATE backtest_resources AS r
  SET handled_request = ${bind('requestToken', 'text')}, finished_at = NULL, outcome = NULL
  FROM moved WHERE r.uid = ${bind('requestUid', 'text')}
)`,
  ],
  T11: (bind) => [
    `opened AS (
  INSERT INTO backtest_attempts (job_id, attempt, cause, holder_uid, operator_epoch, job_name, priority,
    memory_limit, cpu, timeout, parallelism, request_id, opened_at)
  SELECT job_id, attempt, ${bind('cause', 'text')}, holder_uid, ${bind('epoch', 'bigint')}, ${bind('jobName', 'text')},
    priority, ${bind('memoryLimit', 'bigint')}, ${bind('cpu', 'double precision')}, job_timeout,
    ${bind('parallelism', 'integer')}, ${bind('requestId', 'text')}, updated_at
  FROM moved
  RETURNING *
)`,
  ],
}
