import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { databaseLedger } from '../../storage/ledger/database-ledger.ts'
import { postgresDatabase } from '../../storage/ledger/engines/postgres.ts'
import { migrate, readMigrations } from '../../storage/ledger/migrate.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import type { Database } from '../../storage/ledger/sql.ts'
import { type Bench, failure, newJob, result, runningJob } from '../contract/ledger/builders.ts'
import { operatorContract } from '../contract/ledger/operator.ts'
import { outcomesContract } from '../contract/ledger/outcomes.ts'
import { racesContract } from '../contract/ledger/races.ts'
import { readsContract } from '../contract/ledger/reads.ts'
import { schemaContract } from '../contract/ledger/schema.ts'
import { snapshotsContract } from '../contract/ledger/snapshots.ts'
import { transitionsContract } from '../contract/ledger/transitions.ts'
import { unitsContract } from '../contract/ledger/units.ts'
import { PATIENT, type PostgresVersion, startPostgres, type TestPostgres } from './postgres.ts'

/** The ledger's contract and what only a server can do, on a throw-away server of that version. */
export async function postgresSuite(version: PostgresVersion): Promise<void> {
  const server = await startPostgres(version)
  const engine = `PostgreSQL ${version}`
  if ('skipped' in server) test(engine, { skip: server.skipped }, () => {})
  else suite(version, engine, server)
}

function suite(version: PostgresVersion, engine: string, server: TestPostgres): void {
  let bench: Bench
  before(async () => {
    const database = postgresDatabase(server.url, PATIENT)
    await migrate(database, readMigrations(), OWNERLESS)
    bench = { database, ledger: databaseLedger(database) }
  })
  after(async () => {
    await bench.ledger.close()
    await server.stop()
  })

  test(`${engine}: the server is of that version`, async () => {
    const rows = await bench.database.query('SHOW server_version')
    assert.match(String(rows[0]?.server_version), new RegExp(`^${version}\\.`))
  })
  transitionsContract(engine, () => bench)
  outcomesContract(engine, () => bench)
  readsContract(engine, () => bench)
  operatorContract(engine, () => bench)
  schemaContract(engine, () => bench)
  racesContract(engine, () => bench)
  snapshotsContract(engine, () => bench)
  unitsContract(engine, () => bench)
  migrations(engine, server)
  outages(engine, server)
}

const OWNERLESS = { installationId: null, adopt: false, refusal: 'environment_invalid' } as const

/** An empty database of the server, for the length of `work`. */
async function fresh(server: TestPostgres, work: (url: string) => Promise<void>): Promise<void> {
  const admin = postgresDatabase(server.url)
  await admin.script('DROP DATABASE IF EXISTS fresh WITH (FORCE)')
  await admin.script('CREATE DATABASE fresh')
  await admin.close()
  const url = new URL(server.url)
  url.pathname = '/fresh'
  await work(url.href)
}

async function using<T>(database: Database, work: (database: Database) => Promise<T>): Promise<T> {
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const refused = (code: string, text: RegExp) => (thrown: unknown) =>
  thrown instanceof HindcastError && thrown.code === code && text.test(thrown.message)

function migrations(engine: string, server: TestPostgres): void {
  test(`${engine}: eight processes' worth of migrations at once leave one schema`, () =>
    fresh(server, async (url) => {
      const ledgers = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url, { migrate: true })))
      const ids = await Promise.all(ledgers.map(async (ledger) => (await ledger.installation()).id))
      assert.equal(new Set(ids).size, 1)
      await Promise.all(ledgers.map((ledger) => ledger.close()))
    }))

  test(`${engine}: every file may be run twice, whatever the record of migrations says`, () =>
    fresh(server, (url) =>
      using(postgresDatabase(url), async (database) => {
        for (const migration of [...readMigrations(), ...readMigrations()]) await database.script(migration.text)
        const rows = await database.query("SELECT to_regclass('backtest_jobs') IS NOT NULL AS there")
        assert.equal(rows[0]?.there, true)
      }),
    ))

  test(`${engine}: a migration that fails leaves nothing of the others`, () =>
    fresh(server, (url) =>
      using(postgresDatabase(url), async (database) => {
        const broken = { number: 7, name: '0007_broken', sha256: '0'.repeat(64), text: 'CREATE TABLE x (' }
        await assert.rejects(migrate(database, [...readMigrations(), broken], OWNERLESS))
        const rows = await database.query("SELECT to_regclass('backtest_jobs') IS NULL AS gone")
        assert.equal(rows[0]?.gone, true)
      }),
    ))

  test(`${engine}: a database without the schema is refused with the command that makes it`, () =>
    fresh(server, async (url) => {
      await assert.rejects(openPostgres(url), refused('environment_invalid', /hindcast migrate/))
    }))

  test(`${engine}: a database of another installation is refused unless adopted`, () =>
    fresh(server, async (url) => {
      const ours = { migrate: true, installationId: '00000000-0000-4000-8000-000000000001' }
      const theirs = { migrate: true, installationId: '00000000-0000-4000-8000-000000000002' }
      await (await openPostgres(url, ours)).close()
      await (await openPostgres(url, ours)).close()
      await assert.rejects(openPostgres(url, theirs), refused('environment_invalid', /belongs to installation/))
      const adopted = await openPostgres(url, { ...theirs, adopt: true })
      assert.equal((await adopted.installation()).id, theirs.installationId)
      await adopted.close()
    }))

  test(`${engine}: a changed file and a newer version are refused`, () =>
    fresh(server, (url) =>
      using(postgresDatabase(url), async (database) => {
        const files = readMigrations()
        await migrate(database, files, OWNERLESS)
        const changed = files.map((file, i) => (i === 1 ? { ...file, sha256: 'f'.repeat(64) } : file))
        await assert.rejects(migrate(database, changed, OWNERLESS), refused('environment_invalid', /other content/))
        await assert.rejects(
          migrate(database, files.slice(0, -1), OWNERLESS),
          refused('environment_invalid', /newer version/),
        )
      }),
    ))
}

function outages(engine: string, server: TestPostgres): void {
  test(`${engine}: a restart in the middle loses no row, and the pool finds its way back`, async () => {
    const ledger = await openPostgres(server.url)
    const epoch = await ledger.raiseEpoch('outage')
    const { job, claim } = await runningJob(ledger, epoch)
    await server.restart()
    // The first statement may meet a connection that died.
    await ledger.findJob(job.jobId).catch((thrown) => assert.equal(thrown.code, 'database_unavailable'))
    assert.equal((await ledger.findJob(job.jobId))?.status, 'running')
    assert.notEqual(await ledger.complete(claim, result()), 'fenced')
    await ledger.close()
  })

  test(`${engine}: a server that is away is named without its password`, async () => {
    const url = new URL(server.url)
    url.port = '1'
    await assert.rejects(openPostgres(url.href), (thrown: HindcastError) => {
      assert.equal(thrown.code, 'database_unavailable')
      assert.match(thrown.message, /127\.0\.0\.1:1\/postgres/)
      assert.ok(!`${thrown.message}${String(thrown.cause)}`.includes(url.password))
      return true
    })
  })

  test(`${engine}: a wrong password is an outage that shows no password`, async () => {
    const url = new URL(server.url)
    url.password = 'not-the-secret'
    await assert.rejects(openPostgres(url.href), (thrown: HindcastError) => {
      assert.equal(thrown.code, 'database_unavailable')
      assert.ok(!`${thrown.message}${String(thrown.cause)}`.includes('not-the-secret'))
      return true
    })
  })

  test(`${engine}: a URL that is none is refused without being repeated`, async () => {
    for (const url of ['postgres://u:s3cret@host:port/x', 'mysql://u:s3cret@host/x', 's3cret', '']) {
      await assert.rejects(openPostgres(url), (thrown: HindcastError) => {
        assert.equal(thrown.code, 'environment_invalid')
        assert.ok(!`${thrown.message}${String(thrown.cause)}`.includes('s3cret'))
        return true
      })
    }
  })

  test(`${engine}: a statement that is too slow is cut off and says so`, async () => {
    const limits = { connectionsMax: 1, connectMs: 120_000, statementMs: 2_000 }
    await using(postgresDatabase(server.url, limits), async (database) => {
      await assert.rejects(database.query('SELECT pg_sleep(300)'), refused('database_unavailable', /out of reach/))
      assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }])
    })
  })

  test(`${engine}: a write that lost its answer is found again by the same commit`, async () => {
    const ledger = await openPostgres(server.url)
    const { claim } = await runningJob(ledger, await ledger.raiseEpoch('outage'))
    const sent = await ledger.complete(claim, result())
    const resent = await ledger.complete(claim, result())
    assert.deepEqual(resent, sent)
    assert.equal(await ledger.fail(claim, failure()), 'fenced')
    await ledger.insertJob(newJob())
    await ledger.close()
  })
}
