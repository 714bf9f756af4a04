import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { postgresDatabase } from '../../storage/ledger/engines/postgres.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import { newJob, runningJob } from '../contract/ledger/builders.ts'
import { PATIENT, startPostgres, type TestPostgres } from './postgres.ts'

const PASSWORD = 'a'.repeat(32)

/** A revocation by who owns the tables and may make roles, and is no superuser; 16 asks more of such a one than 15. */
for (const version of [15, 16] as const) {
  const server = await startPostgres(version)
  if ('skipped' in server) test(`namespace revoke on Postgres ${version}`, { skip: server.skipped }, () => {})
  else suite(version, server)
}

function suite(version: number, postgres: TestPostgres): void {
  let owner: Ledger
  let ownerUrl = ''
  before(async () => {
    const superuser = postgresDatabase(postgres.url)
    await superuser.script(`CREATE ROLE keeper LOGIN CREATEROLE PASSWORD '${PASSWORD}'`)
    await superuser.query('CREATE DATABASE record OWNER keeper')
    await superuser.close()
    ownerUrl = login('keeper', 'record')
    owner = await openPostgres(ownerUrl, { migrate: true, limits: PATIENT })
  })
  after(async () => {
    await owner.close()
    await postgres.stop()
  })

  function login(user: string, database = 'record'): string {
    const url = new URL(postgres.url)
    url.username = user
    url.password = PASSWORD
    url.pathname = `/${database}`
    return url.href
  }

  test(`a revoked login is cut off and never let in again, another keeps working (${version})`, async () => {
    const role = await owner.grantNamespace('team-a', PASSWORD)
    const other = login(await owner.grantNamespace('team-b', PASSWORD))
    const open = await openPostgres(login(role))
    assert.deepEqual((await open.listJobs({})).rows, [])
    const { role: gone, sessions } = await owner.revokeNamespace('team-a')
    assert.equal(gone, role)
    assert.ok(sessions >= 1)
    await assert.rejects(open.listJobs({}))
    await open.close()
    await assert.rejects(openPostgres(login(role)), { code: 'database_unavailable' })
    const still = await openPostgres(other)
    assert.deepEqual((await still.listJobs({})).rows, [])
    await still.close()
  })

  test(`the rows of a revoked namespace stay and are counted (${version})`, async () => {
    await owner.grantNamespace('team-c', PASSWORD)
    const epoch = await owner.raiseEpoch('operator')
    await runningJob(owner, epoch, { namespace: 'team-c' })
    await owner.insertJob(newJob({ namespace: 'team-c' }))
    const { jobs, active } = await owner.revokeNamespace('team-c')
    assert.deepEqual([jobs, active], [2, 2])
    assert.equal((await owner.listJobs({ namespaces: ['team-c'] })).rows.length, 2)
  })

  test(`a revoked namespace is granted anew, and revoked twice has no login (${version})`, async () => {
    await owner.grantNamespace('team-d', PASSWORD)
    assert.notEqual((await owner.revokeNamespace('team-d')).role, null)
    assert.deepEqual(await owner.revokeNamespace('team-d'), { role: null, sessions: 0, jobs: 0, active: 0 })
    await (await openPostgres(login(await owner.grantNamespace('team-d', PASSWORD)))).close()
  })

  test(`a role that was dropped by hand is no obstacle (${version})`, async () => {
    const role = await owner.grantNamespace('team-e', PASSWORD)
    const url = new URL(postgres.url)
    url.pathname = '/record'
    const sql = postgresDatabase(url.href)
    await sql.script(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`)
    await sql.close()
    assert.deepEqual(await owner.revokeNamespace('team-e'), { role, sessions: 0, jobs: 0, active: 0 })
  })

  test(`who may not change roles, and what is no namespace, is refused (${version})`, async () => {
    const runner = await openPostgres(login(await owner.grantNamespace('team-f', PASSWORD)))
    await assert.rejects(runner.revokeNamespace('team-f'), { code: 'environment_invalid' })
    await runner.close()
    await assert.rejects(owner.revokeNamespace('Team_F'), { code: 'invalid_name' })
  })
}
