import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import type { HindcastError } from '../../core/errors.ts'
import { transition } from '../../core/lifecycle.ts'
import { RUNNER_RIGHTS } from '../../storage/ledger/access/namespace-grant.ts'
import { databaseLedger } from '../../storage/ledger/database-ledger.ts'
import { postgresDatabase } from '../../storage/ledger/engines/postgres.ts'
import type { Claim, Job, Ledger } from '../../storage/ledger/ledger.ts'
import { readMigrations } from '../../storage/ledger/migrate.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import { columnOf } from '../../storage/ledger/rows/columns.ts'
import type { Database } from '../../storage/ledger/sql.ts'
import { failure, openedJob, result, runningJob } from '../contract/ledger/builders.ts'
import { PATIENT, startPostgres, type TestPostgres } from './postgres.ts'

const PASSWORD = 'a'.repeat(32)
const server = await startPostgres(15)
if ('skipped' in server) test('namespaces', { skip: server.skipped }, () => {})
else suite(server)

interface Room {
  /** Owner of the tables, as operator and API are. */
  readonly owner: Ledger
  /** As the runners of namespace a log in. */
  readonly a: Ledger
  readonly sqlOfA: Database
  readonly epoch: number
}

function suite(postgres: TestPostgres): void {
  let room: Room
  before(async () => {
    const owner = await openPostgres(postgres.url, { migrate: true, limits: PATIENT })
    const url = new URL(postgres.url)
    url.username = await owner.grantNamespace('team-a', PASSWORD)
    url.password = PASSWORD
    await owner.grantNamespace('team-b', 'b'.repeat(32))
    const sqlOfA = postgresDatabase(url.href, PATIENT)
    // Through the front door, as a runner's pod does.
    const a = await openPostgres(url.href, { limits: PATIENT })
    room = { owner, a, sqlOfA, epoch: await owner.raiseEpoch('operator') }
  })
  after(async () => {
    for (const ledger of [room.a, room.owner]) await ledger.close()
    await room.sqlOfA.close()
    await postgres.stop()
  })
  ownRows(() => room)
  othersRows(() => room)
  beyondRows(() => room)
  granting(postgres, () => room)
}

const claimOf = (job: Job, podUid = 'pod-1'): Claim => ({ jobId: job.jobId, attempt: job.attempt, index: 0, podUid })
const A = { namespace: 'team-a' }
const B = { namespace: 'team-b' }

function ownRows(room: () => Room): void {
  test('a runner of a namespace claims, beats, tells its progress and completes a job of its own', async () => {
    const { owner, a, epoch } = room()
    const job = await openedJob(owner, epoch, A)
    const claim = claimOf(job)
    assert.notEqual(await a.claim({ ...claim, workerId: 'pod', nodeName: 'node' }), 'fenced')
    assert.deepEqual(await a.beat(claim, { seq: 1, rssBytes: 1, redisLost: false }), { cancelRequested: false })
    assert.deepEqual(await a.progress(claim, { percent: 50, stage: 'signals', date: null }), { cancelRequested: false })
    const windows = [
      {
        windowId: 1,
        trainStart: '2015-01-02',
        trainEnd: '2015-03-31',
        testStart: '2015-04-01',
        testEnd: '2015-06-30',
        bestParams: {},
        trainIc: 0.1,
        testIc: 0.1,
        testIcir: 1,
      },
    ]
    const intervals = [{ metric: 'sharpe', observed: 1, q05: 0, q50: 1, q95: 2, quantiles: null, pValue: null }]
    const done = await a.complete(claim, result({ windows, intervals }))
    assert.equal(done !== 'fenced' && done.status, 'completed')
    assert.equal((await a.findWindows(job.jobId, 1)).length, 1)
    assert.equal((await a.findIntervals(job.jobId, 1)).length, 1)
    assert.equal((await a.findAttempts(job.jobId)).length, 1)
  })

  test('a runner fails and cancels its own', async () => {
    const { owner, a, epoch } = room()
    for (const end of ['fail', 'cancel'] as const) {
      const { claim } = await runningJob(owner, epoch, A)
      assert.notEqual(await a[end](claim, failure()), 'fenced')
    }
  })

  test('a runner stores, reads and merges the units of its own', async () => {
    const { owner, a, epoch } = room()
    const { claim } = await runningJob(owner, epoch, A)
    const set = { engineRevision: 1, total: 2 }
    assert.deepEqual(await a.openUnits(claim, set), [])
    const units = [0, 1].map((unit) => ({ unit, bytes: Buffer.from(`unit ${unit}`) }))
    assert.equal(await a.storeUnits(claim, set, units), 2)
    assert.equal(await a.storeUnits(claim, set, units), 2)
    assert.equal((await a.readUnits(claim.jobId, set, [0, 1])).length, 2)
    assert.equal(await a.takeMerge(claim, set), 'taken')
    assert.notEqual(await a.complete(claim, result()), 'fenced')
  })

  test('a displaced runner is fenced as the owner would be', async () => {
    const { owner, a, epoch } = room()
    const job = await openedJob(owner, epoch, A)
    await a.claim({ ...claimOf(job, 'pod-1'), workerId: 'pod', nodeName: null })
    await a.claim({ ...claimOf(job, 'pod-2'), workerId: 'pod', nodeName: null })
    assert.equal(await a.complete(claimOf(job, 'pod-1'), result()), 'fenced')
    assert.notEqual(await a.complete(claimOf(job, 'pod-2'), result()), 'fenced')
  })

  test('a clean-up of the namespace purges what is its own, rows and all', async () => {
    const { owner, a, epoch } = room()
    const { claim } = await runningJob(owner, epoch, A)
    await a.complete(claim, result())
    assert.ok((await a.retentionCandidates(0, 100)).some(({ jobId }) => jobId === claim.jobId))
    assert.deepEqual(await a.supersededFiles(0, 10), [])
    await a.markFilesDeleted(claim.jobId, 1)
    assert.equal(await a.purgeJob(claim.jobId, async () => true), 'purged')
    assert.equal(await owner.findJob(claim.jobId), null)
  })

  test('a runner reads the catalogue of data, which every namespace shares', async () => {
    const { a } = room()
    assert.equal(await a.findSnapshot('none-00000000'), null)
    assert.deepEqual(await a.listSnapshots(), [])
    assert.equal((await a.newestSnapshots()).size, 0)
  })
}

function othersRows(room: () => Room): void {
  test('a runner of another namespace sees nothing of a job', async () => {
    const { owner, a, epoch } = room()
    const { claim } = await runningJob(owner, epoch, B)
    assert.equal(await a.findJob(claim.jobId), null)
    assert.deepEqual(await a.findAttempts(claim.jobId), [])
    assert.equal((await a.knownJobs([claim.jobId])).size, 0)
    const listed = (await a.listJobs({ limit: 500 })).rows.map(({ namespace }) => namespace)
    assert.ok(listed.length > 0 && listed.every((namespace) => namespace === 'team-a'))
    for (const table of ['backtest_claims', 'backtest_units', 'walk_forward_windows', 'monte_carlo_results']) {
      const rows = await room().sqlOfA.query(`SELECT 1 FROM ${table} WHERE job_id = $1::text`, [claim.jobId])
      assert.deepEqual(rows, [], table)
    }
  })

  test('a runner of another namespace neither claims, beats, completes, fails nor cancels a job', async () => {
    const { owner, a, epoch } = room()
    const job = await openedJob(owner, epoch, B)
    const claim = claimOf(job)
    assert.equal(await a.claim({ ...claim, workerId: 'pod', nodeName: null }), 'fenced')
    await owner.claim({ ...claim, workerId: 'pod', nodeName: null })
    assert.equal(await a.beat(claim, { seq: 1, rssBytes: 1, redisLost: false }), 'fenced')
    assert.equal(await a.progress(claim, { percent: 50, stage: 'signals', date: null }), 'fenced')
    assert.equal(await a.complete(claim, result()), 'fenced')
    assert.equal(await a.fail(claim, failure()), 'fenced')
    assert.equal(await a.cancel(claim, failure()), 'fenced')
    assert.equal(await a.openUnits(claim, { engineRevision: 1, total: 1 }), 'fenced')
    assert.equal(await a.purgeJob(job.jobId, async () => true), 'fenced')
    assert.equal((await owner.findJob(job.jobId))?.status, 'running')
  })

  const forged: readonly [string, string][] = [
    ['a claim', `INSERT INTO backtest_claims (job_id, attempt, index, pod_uid) VALUES ($1::text, 1, 0, 'evil')`],
    [
      'a unit',
      `INSERT INTO backtest_units (job_id, unit, attempt, index, engine_revision, sha256)
       VALUES ($1::text, 0, 1, 0, 1, 'x')`,
    ],
    ['an interval', `INSERT INTO monte_carlo_results (job_id, attempt, metric) VALUES ($1::text, 1, 'sharpe')`],
  ]
  for (const [what, text] of forged) {
    test(`a runner cannot slip ${what} under a job of another namespace`, async () => {
      const { owner, sqlOfA, epoch } = room()
      const { claim } = await runningJob(owner, epoch, B)
      await assert.rejects(sqlOfA.query(text, [claim.jobId]), /row-level security/)
    })
  }

  test('a runner deletes and changes no row of another namespace, whatever it writes', async () => {
    const { owner, sqlOfA, epoch } = room()
    const { claim } = await runningJob(owner, epoch, B)
    const texts = [
      'DELETE FROM backtest_jobs WHERE job_id = $1::text RETURNING 1',
      "UPDATE backtest_jobs SET status = 'failed' WHERE job_id = $1::text RETURNING 1",
      'UPDATE backtest_attempts SET metrics = NULL WHERE job_id = $1::text RETURNING 1',
      'UPDATE backtest_claims SET heartbeat_seq = 99 WHERE job_id = $1::text RETURNING 1',
      'DELETE FROM backtest_units WHERE job_id = $1::text RETURNING 1',
    ]
    for (const text of texts) assert.deepEqual(await sqlOfA.query(text, [claim.jobId]), [], text)
  })
}

function beyondRows(room: () => Room): void {
  const denied = [
    'SELECT * FROM installation',
    'UPDATE installation SET operator_epoch = 99',
    'SELECT * FROM audit_log',
    "INSERT INTO audit_log (actor, action) VALUES ('x', 'submit')",
    'SELECT * FROM regression_runs',
    "INSERT INTO namespace_roles (role_name, namespace) VALUES ('x', 'team-b')",
    "UPDATE namespace_roles SET namespace = 'team-b'",
    "UPDATE backtest_jobs SET namespace = 'team-b'",
    "UPDATE backtest_jobs SET config_json = '{}'",
    'UPDATE backtest_jobs SET attempt = 9',
    'UPDATE backtest_jobs SET pinned = true',
    "UPDATE dataset_snapshots SET location = 's3://evil'",
    'DELETE FROM dataset_snapshots',
    'DELETE FROM datasets',
    'INSERT INTO schema_migrations (name, sha256) VALUES (1, 1)',
    'CREATE TABLE mine (x integer)',
    'CREATE FUNCTION now() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
    'ALTER TABLE backtest_jobs DISABLE ROW LEVEL SECURITY',
    'DROP POLICY own_namespace ON backtest_jobs',
    'SET ROLE hindcast',
    'SELECT * FROM pg_authid',
    'TRUNCATE backtest_jobs',
    'CREATE ROLE mine',
  ]
  for (const text of denied) {
    test(`a runner may not: ${text}`, async () => {
      await assert.rejects(room().sqlOfA.query(text), { code: '42501' })
    })
  }

  test('a runner sees which role it is and no other', async () => {
    const rows = await room().sqlOfA.query('SELECT namespace FROM namespace_roles')
    assert.deepEqual(rows, [{ namespace: 'team-a' }])
  })

  test('a runner cannot steer as an operator does', async () => {
    const { owner, a, epoch } = room()
    const { claim } = await runningJob(owner, epoch, A)
    await assert.rejects(a.raiseEpoch('evil'), { code: '42501' })
    await assert.rejects(a.lost({ jobId: claim.jobId, attempt: 1, epoch }, failure()), { code: '42501' })
  })

  test('every column that a runner writes is granted', () => {
    const granted = /UPDATE \(([^)]*)\)/.exec(RUNNER_RIGHTS.backtest_jobs ?? '')?.[1]?.split(', ') ?? []
    const written = (['T2', 'T3', 'T4', 'T5'] as const).flatMap((id) => Object.keys(transition(id).sets).map(columnOf))
    assert.deepEqual(
      written.filter((column) => !granted.includes(column)),
      [],
    )
  })
}

function granting(postgres: TestPostgres, room: () => Room): void {
  test('a clean-up notes the room of its own store, also where its login is older than the table', async () => {
    const { owner, a } = room()
    const sql = postgresDatabase(postgres.url)
    try {
      const [role] = await sql.query("SELECT role_name FROM namespace_roles WHERE namespace = 'team-a'")
      await sql.script(`REVOKE ALL ON store_rooms FROM "${role?.role_name}"`)
      const space = { usedBytes: 1, freeBytes: 2, totalBytes: 3 }
      await assert.rejects(a.noteRoom('team-a', space), { code: '42501' })
      await sql.script(readMigrations().find(({ name }) => name === '0010_store_rooms')?.text ?? '')
      await a.noteRoom('team-a', space)
      await assert.rejects(a.noteRoom('team-b', space), { code: '42501' })
      assert.deepEqual(
        (await owner.storeWords()).words.map(({ namespace }) => namespace),
        ['team-a'],
      )
    } finally {
      await sql.close()
    }
  })

  test('a second grant keeps the role and changes its password', async () => {
    const { owner } = room()
    const role = await owner.grantNamespace('team-c', 'c'.repeat(32))
    assert.equal(await owner.grantNamespace('team-c', 'd'.repeat(32)), role)
    for (const [password, works] of [
      ['c'.repeat(32), false],
      ['d'.repeat(32), true],
    ] as const) {
      const url = new URL(postgres.url)
      url.username = role
      url.password = password
      if (works) await (await openPostgres(url.href)).close()
      else await assert.rejects(openPostgres(url.href), { code: 'database_unavailable' })
    }
  })

  test('grants of many namespaces at once all succeed, also the longest name', async () => {
    const { owner } = room()
    const names = ['x'.repeat(63), `${'x'.repeat(62)}y`, ...Array.from({ length: 6 }, (_, i) => `many-${i}`)]
    const roles = await Promise.all(names.map((name) => owner.grantNamespace(name, PASSWORD)))
    assert.equal(new Set(roles).size, names.length)
    assert.ok(roles.every((role) => role.length <= 63))
  })

  for (const bad of ['', 'Team', 'a"b', "a'; DROP TABLE x", '../x', 'a'.repeat(64)]) {
    test(`a grant for the namespace ${JSON.stringify(bad.slice(0, 20))} is refused`, async () => {
      await assert.rejects(room().owner.grantNamespace(bad, PASSWORD), { code: 'invalid_name' })
    })
  }

  test('who may not make roles is told what it takes', async () => {
    await assert.rejects(room().a.grantNamespace('team-d', PASSWORD), (thrown: HindcastError) => {
      assert.equal(thrown.code, 'environment_invalid')
      assert.match(thrown.message, /CREATEROLE/)
      return true
    })
  })

  test('a schema in which everybody may make functions is refused, with the statement that closes it', async () => {
    const database = postgresDatabase(postgres.url)
    try {
      await database.script('GRANT CREATE ON SCHEMA public TO PUBLIC')
      await assert.rejects(
        databaseLedger(database).grantNamespace('team-e', PASSWORD),
        /REVOKE CREATE ON SCHEMA public/,
      )
    } finally {
      await database.script('REVOKE CREATE ON SCHEMA public FROM PUBLIC')
      await database.close()
    }
  })
}
