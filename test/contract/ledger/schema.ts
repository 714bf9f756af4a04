import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { STATUSES } from '../../../core/lifecycle.ts'
import {
  ATTEMPT_COLUMNS,
  CLAIM_COLUMNS,
  type Columns,
  columnOf,
  JOB_COLUMNS,
  RESOURCE_COLUMNS,
} from '../../../storage/ledger/rows/columns.ts'
import { SNAPSHOT_COLUMNS } from '../../../storage/ledger/snapshots/queries.ts'
import type { Database } from '../../../storage/ledger/sql.ts'
import { type Bench, newJob } from './builders.ts'

const TIME = 'timestamp with time zone'
/** backtest_jobs as platform.md 3.1 lists it: type, length, `!` for NOT NULL, default. */
const JOBS: Readonly<Record<string, string>> = {
  id: 'uuid! gen_random_uuid()',
  job_id: 'character varying(64)!',
  status: "character varying(20)! 'pending'",
  alpha_name: 'character varying(255)!',
  start_date: 'date!',
  end_date: 'date!',
  weight_method: 'character varying(50)!',
  config_json: 'jsonb!',
  created_at: `${TIME}! now()`,
  started_at: TIME,
  completed_at: TIME,
  worker_id: 'character varying(255)',
  progress_pct: 'smallint 0',
  job_timeout: 'integer! 3600',
  result_path: 'character varying(512)',
  mean_ic: 'double precision',
  icir: 'double precision',
  hit_rate: 'double precision',
  coverage: 'double precision',
  long_short_spread: 'double precision',
  average_turnover: 'double precision',
  decay_half_life: 'double precision',
  snapshot_id: 'character varying(255)',
  dataset_version_ids: 'jsonb',
  error_message: 'text',
  retry_count: 'smallint 0',
  created_by: 'character varying(255)!',
  cost_config: 'jsonb',
  cost_summary: 'jsonb',
  kind: 'character varying(20)!',
  namespace: 'character varying(63)!',
  dataset: 'character varying(63)',
  config_hash: 'character(64)!',
  holder_uid: 'character varying(64)',
  deletion_policy: "character varying(10)! 'retain'",
  priority: 'character varying(10)!',
  attempt: 'integer! 0',
  last_good_attempt: 'integer',
  queued_at: TIME,
  next_attempt_at: TIME,
  cancel_requested_at: TIME,
  cancel_requested_by: 'character varying(255)',
  progress_stage: 'character varying(40)',
  progress_date: 'date',
  heartbeat_at: TIME,
  metrics: 'jsonb',
  error_class: 'character varying(40)',
  engine_revision: 'integer',
  engine_version: 'character varying(40)',
  image_digest: 'character varying(100)',
  content_sha256: 'character(64)',
  manifest_sha256: 'character(64)',
  result_key: 'character(64)',
  artifact_bytes: 'bigint',
  peak_memory_bytes: 'bigint',
  pinned: 'boolean! false',
  updated_at: `${TIME}! now()`,
}

const TABLES: readonly (readonly [string, Columns])[] = [
  ['backtest_jobs', JOB_COLUMNS],
  ['backtest_attempts', ATTEMPT_COLUMNS],
  ['backtest_claims', CLAIM_COLUMNS],
  ['backtest_resources', RESOURCE_COLUMNS],
  ['dataset_snapshots', SNAPSHOT_COLUMNS],
]

/** Tables of platform.md 3.2, whose login a role is, and what room a store has. */
const NAMES = `audit_log backtest_attempts backtest_claims backtest_jobs backtest_resources backtest_units
  dataset_securities dataset_snapshots datasets installation monte_carlo_results namespace_roles regression_runs
  schema_migrations store_rooms walk_forward_windows`.split(/\s+/)

/** The migrations' outcome: columns, constraints and indexes (R62 to R74), the last over many rows. */
export function schemaContract(engine: string, bench: () => Bench): void {
  const it = (title: string, run: (at: Bench) => Promise<void>) => test(`${engine}: ${title}`, () => run(bench()))

  it('backtest_jobs has the columns of the specification and no other', async ({ database }) => {
    assert.deepEqual(await columnsOf(database, 'backtest_jobs'), JOBS)
  })

  it('there are the tables of the specification and no other', async ({ database }) => {
    const rows = await database.query(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    )
    assert.deepEqual(
      rows.map((row) => row.table_name),
      NAMES,
    )
  })

  for (const [table, columns] of TABLES) {
    it(`every column of ${table} is a field of the port`, async ({ database }) => {
      const inSql = Object.keys(await columnsOf(database, table)).sort()
      assert.deepEqual(Object.keys(columns).map(columnOf).sort(), inSql)
    })
  }

  it('every column with a rule of its own carries a comment', async ({ database }) => {
    const rows = await database.query(
      `SELECT count(*) AS n FROM pg_description WHERE objoid = 'backtest_jobs'::regclass AND objsubid > 0`,
    )
    assert.ok(Number(rows[0]?.n) >= 20)
  })

  refusals(it)
  indexes(it)
}

type It = (title: string, run: (at: Bench) => Promise<void>) => void

async function columnsOf(database: Database, table: string): Promise<Record<string, string>> {
  const rows = await database.query(
    `SELECT column_name, data_type, character_maximum_length AS size, is_nullable, column_default
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`,
    [table],
  )
  return Object.fromEntries(
    rows.map((row) => {
      const size = row.size === null ? '' : `(${row.size})`
      const preset = row.column_default === null ? '' : ` ${String(row.column_default).replace(/::[a-z ]+$/, '')}`
      return [row.column_name, `${row.data_type}${size}${row.is_nullable === 'NO' ? '!' : ''}${preset}`]
    }),
  )
}

/** What the table itself refuses, whoever writes: SQL over a good row, the constraint that must speak. */
const REFUSALS: readonly (readonly [string, string, string])[] = [
  ['a sixth status word', "status = 'canceled'", 'status_vocabulary'],
  ['progress below 0', 'progress_pct = -1', 'progress_bounds'],
  ['progress above 100', 'progress_pct = 101', 'progress_bounds'],
  ['a timeout of 299 s', 'job_timeout = 299', 'timeout_bounds'],
  ['a timeout of 14401 s', 'job_timeout = 14401', 'timeout_bounds'],
  ['a kind of its own', "kind = 'regression'", 'kind_vocabulary'],
  ['a priority of its own', "priority = 'urgent'", 'priority_vocabulary'],
  ['a deletion policy of its own', "deletion_policy = 'keep'", 'deletion_policy_vocabulary'],
  ['an attempt below 0', 'attempt = -1', 'counters_not_negative'],
  ['an end without a time', "status = 'failed'", 'terminal_has_an_end'],
  [
    'completed without a snapshot',
    "status = 'completed', completed_at = now(), dataset_version_ids = '{}', result_path = 'p', content_sha256 = 'x'",
    'completed_is_reproducible',
  ],
  [
    'completed without dataset versions',
    "status = 'completed', completed_at = now(), snapshot_id = 's', result_path = 'p', content_sha256 = 'x'",
    'completed_is_reproducible',
  ],
]

const ACCEPTED: readonly (readonly [string, string])[] = [
  ['progress 0', 'progress_pct = 0'],
  ['progress 100', 'progress_pct = 100'],
  ['a timeout of 300 s', 'job_timeout = 300'],
  ['a timeout of 14400 s', 'job_timeout = 14400'],
  ['no half-life', 'decay_half_life = NULL'],
]

function refusals(it: It): void {
  for (const [what, change, constraint] of REFUSALS) {
    it(`the table refuses ${what}`, async ({ ledger, database }) => {
      const { job } = await ledger.insertJob(newJob())
      await assert.rejects(
        database.query(`UPDATE backtest_jobs SET ${change} WHERE job_id = $1`, [job.jobId]),
        (thrown: { code?: string; constraint?: string }) => thrown.code === '23514' && thrown.constraint === constraint,
      )
    })
  }

  for (const [what, change] of ACCEPTED) {
    it(`the table takes ${what}`, async ({ ledger, database }) => {
      const { job } = await ledger.insertJob(newJob())
      await database.query(`UPDATE backtest_jobs SET ${change} WHERE job_id = $1`, [job.jobId])
    })
  }

  it('each of the five words is taken', async ({ ledger, database }) => {
    for (const status of STATUSES) {
      const { job } = await ledger.insertJob(newJob())
      await database.query(
        `UPDATE backtest_jobs SET status = $2, completed_at = now(),
           snapshot_id = 's', dataset_version_ids = '{"a": "1"}',
           result_path = 'p', content_sha256 = 'x' WHERE job_id = $1`,
        [job.jobId, status],
      )
    }
  })

  for (const column of ['job_id', 'created_by', 'alpha_name', 'config_json', 'weight_method']) {
    it(`the table refuses a row without ${column}`, async ({ ledger, database }) => {
      const { job } = await ledger.insertJob(newJob())
      await assert.rejects(
        database.query(`UPDATE backtest_jobs SET ${column} = NULL WHERE job_id = $1`, [job.jobId]),
        (thrown: { code?: string }) => thrown.code === '23502',
      )
    })
  }

  it('the table refuses a second row of one job_id', async ({ ledger, database }) => {
    const { job } = await ledger.insertJob(newJob())
    await assert.rejects(
      database.query(
        `INSERT INTO backtest_jobs (job_id, alpha_name, start_date, end_date, weight_method, config_json, created_by,
           kind, namespace, config_hash, priority)
         SELECT job_id, alpha_name, start_date, end_date, weight_method, config_json, created_by, kind, namespace,
           config_hash, priority FROM backtest_jobs WHERE job_id = $1`,
        [job.jobId],
      ),
      (thrown: { code?: string }) => thrown.code === '23505',
    )
  })
}

const SEED_INDEXES = [
  '(status)',
  '(created_at)',
  '(alpha_name)',
  '(created_by)',
  '(snapshot_id)',
  '(created_by, status, created_at DESC)',
  '(namespace, created_at DESC, id)',
  '(holder_uid)',
  '(result_key)',
]

const MANY_ROWS = 100_000

function indexes(it: It): void {
  it('the indexes of the specification are there', async ({ database }) => {
    const rows = await database.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'backtest_jobs'")
    const found = rows.map((row) => String(row.indexdef).replace(/^.* USING btree /, ''))
    for (const index of SEED_INDEXES) assert.ok(found.includes(index), index)
    const partial = found.filter((index) => index.includes('WHERE (cost_config IS NOT NULL)'))
    assert.equal(partial.length, 2)
  })

  it(`lists over ${MANY_ROWS} rows read an index and never sort the table`, async ({ database }) => {
    await database
      .transaction(async (sql) => {
        // Cheap rows straight into the table; the transaction is rolled back at the end.
        await sql.query(
          `INSERT INTO backtest_jobs (job_id, alpha_name, start_date, end_date, weight_method, config_json, created_by,
           kind, namespace, config_hash, priority, created_at)
         SELECT 'bulk' || i, 'alpha' || i % 7, '2015-01-02', '2015-12-31', 'zscore', '{}', 'user' || i % 500,
           'backtest', 'ns' || i % 500, repeat('0', 64), 'normal',
           timestamptz '2025-01-01 00:00Z' + i * interval '1 minute'
         FROM generate_series(1, $1) AS i`,
          [MANY_ROWS],
        )
        await sql.script('ANALYZE backtest_jobs')
        const plan = async (where: string) => {
          const order = 'ORDER BY created_at DESC, id LIMIT 101'
          const rows = await sql.query(`EXPLAIN SELECT * FROM backtest_jobs ${where} ${order}`)
          return rows.map((row) => row['QUERY PLAN']).join('\n')
        }
        assert.match(await plan("WHERE namespace = 'ns3'"), /idx_backtest_jobs_page/)
        assert.match(await plan("WHERE created_by = 'user7' AND status = 'pending'"), /idx_backtest_jobs_user_status/)
        assert.match(await plan(''), /Index Scan Backward using idx_backtest_jobs_created_at/)
        throw new Rollback()
      })
      .catch((thrown) => {
        if (!(thrown instanceof Rollback)) throw thrown
      })
  })
}

class Rollback extends Error {}
