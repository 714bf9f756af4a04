import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { openPostgres } from '../../storage/ledger/open.ts'
import { redisProgress } from '../../storage/progress/redis.ts'
import { cli, workFolder } from '../flow/cli-process.ts'
import { startPostgres, type TestPostgres } from './postgres.ts'
import { startRedis, type TestRedis } from './redis.ts'

interface Granted {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly redisAcl: string
  readonly s3Policy: unknown
}

const [postgres, redis] = await Promise.all([startPostgres(15), startRedis()])
if ('skipped' in postgres) test('namespace grant', { skip: postgres.skipped }, () => {})
else if ('skipped' in redis) test('namespace grant', { skip: redis.skipped }, () => {})
else suite(postgres, redis)

function suite(database: TestPostgres, server: TestRedis): void {
  const work = workFolder()
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: server.url,
    HINDCAST_S3_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    HINDCAST_S3_SECRET_ACCESS_KEY: 's3cr3t',
  }
  const grant = (...args: string[]) => cli(['namespace', 'grant', ...args], { cwd: work.dir, env })
  let granted: Granted
  before(async () => {
    await (await openPostgres(database.url, { migrate: true })).close()
    const stores = ['--artifacts', 's3://bucket/results', '--datasets', 's3://bucket/data']
    const done = await grant('team-a', ...stores, '-o', 'json')
    assert.equal(done.code, 0, done.err)
    granted = JSON.parse(done.out) as Granted
    assert.ok(!done.out.includes('s3cr3t') && !done.out.includes(new URL(database.url).password))
    const [command = '', ...words] = granted.redisAcl.split(' ')
    assert.equal(await server.client.call(command, ...words), 'OK')
  })
  after(async () => {
    await Promise.all([database.stop(), server.stop()])
    work.remove()
  })

  test('the printed DATABASE_URL opens the record as the namespace', async () => {
    const ledger = await openPostgres(granted.databaseUrl)
    assert.deepEqual((await ledger.listJobs({})).rows, [])
    await assert.rejects(ledger.installation(), { code: '42501' })
    await ledger.close()
  })

  test('the printed Redis user does all that a runner does', async () => {
    const channel = redisProgress({ url: granted.redisUrl, monotonic: () => performance.now(), callMs: 30_000 })
    const job = { namespace: 'team-a', jobId: 'ab'.repeat(16), attempt: 1 }
    assert.equal(await channel.up(), true)
    await channel.write(job, { attempt: 1, seq: 1, percent: 1, stage: 'signals', date: null, updatedAt: null }, 60)
    assert.equal((await channel.read([job])).length, 1)
    assert.equal(await channel.cancelFlagged(job, 1), false)
    await channel.flagCancel(job, 1, 60)
    assert.equal(await channel.cancelFlagged(job, 1), true)
    await channel.clear(job)
    await channel.close()
  })

  test('the printed Redis user reaches no key of another namespace and no other command', async () => {
    const client = new Redis(granted.redisUrl, { maxRetriesPerRequest: 1 })
    client.on('error', () => {})
    try {
      for (const [command, ...words] of [
        ['mget', 'backtest:team-a:progress:x', 'backtest:team-b:progress:x'],
        ['get', 'backtest:team-a:progress:x'],
        ['set', 'backtest:team-ab:progress:x', '1'],
        ['set', 'other', '1'],
        ['keys', '*'],
        ['scan', '0'],
        ['flushall'],
        ['config', 'get', '*'],
        ['acl', 'list'],
        ['publish', 'x', '1'],
        ['eval', 'return 1', '0'],
      ] as const) {
        await assert.rejects(client.call(command, ...words), /NOPERM|permission/i, command)
      }
    } finally {
      client.disconnect()
    }
  })

  test('the printed policy is for the namespace below the results, and for reading the data', () => {
    assert.deepEqual(granted.s3Policy, {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          Resource: 'arn:aws:s3:::bucket/results/team-a/*',
        },
        {
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: 'arn:aws:s3:::bucket',
          Condition: { StringLike: { 's3:prefix': 'results/team-a/*' } },
        },
        { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::bucket/data/*' },
        {
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: 'arn:aws:s3:::bucket',
          Condition: { StringLike: { 's3:prefix': 'data/*' } },
        },
      ],
    })
  })

  test('for people the credentials come as lines of an environment, the rest as comments', async () => {
    const done = await grant('team-b')
    assert.equal(done.code, 0, done.err)
    assert.match(done.out, /^DATABASE_URL=postgres:\/\/hindcast_team-b_[0-9a-f]{8}:[0-9a-f]{32}@/)
    assert.match(done.out, /^ACL SETUSER hindcast_team-b_[0-9a-f]{8} reset on >[0-9a-f]{32} ~backtest:team-b:\* /m)
    assert.match(done.err, /Secret hindcast-runner/)
  })

  test('a namespace that is none is refused', async () => {
    const done = await grant('Team_A')
    assert.equal(done.code, 2)
    assert.match(done.err, /DNS label/)
  })

  const revoke = (namespace: string, change: Record<string, string> = {}, ...args: string[]) =>
    cli(['namespace', 'revoke', namespace, ...args], { cwd: work.dir, env: { ...env, ...change } })

  /** A namespace whose user is in Redis too; gives the URLs that open as it. */
  async function lent(namespace: string): Promise<Granted> {
    const done = await grant(namespace, '-o', 'json')
    assert.equal(done.code, 0, done.err)
    const its = JSON.parse(done.out) as Granted
    const [command = '', ...words] = its.redisAcl.split(' ')
    await server.client.call(command, ...words)
    return its
  }
  const opensRedis = async (url: string) => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      client.disconnect()
    }
  }

  test('a revocation closes the record and Redis to the namespace, and says what remains', async () => {
    const { databaseUrl, redisUrl } = await lent('team-c')
    assert.equal(await opensRedis(redisUrl), true)
    const done = await revoke('team-c', {}, '--artifacts', 's3://bucket/results')
    assert.equal(done.code, 0, done.err)
    assert.match(done.out, /Postgres role hindcast_team-c_[0-9a-f]{8}: removed/)
    assert.match(done.out, /Redis user hindcast_team-c_[0-9a-f]{8}: removed/)
    assert.match(done.out, /S3 key(?:.*\n)*.*arn:aws:s3:::bucket\/results\/team-c\/\*/)
    assert.match(done.err, /What remains of team-c: 0 jobs in the record; their files in the store\./)
    await assert.rejects(openPostgres(databaseUrl), { code: 'database_unavailable' })
    assert.equal(await opensRedis(redisUrl), false)
    assert.match((await revoke('team-c')).out, /team-c has no login here/)
  })

  const partly: readonly [what: string, redis: () => string, code: number, user: string | null][] = [
    ['without REDIS_URL', () => '', 0, null],
    ['as a Redis user that may not', () => granted.redisUrl, 0, 'kept'],
    ['with Redis out of reach', () => 'redis://127.0.0.1:1', 7, 'unknown'],
  ]
  for (const [what, redisUrl, code, user] of partly) {
    test(`a revocation ${what} ends in Postgres and prints the command for Redis`, async () => {
      const its = await lent('team-d')
      const done = await revoke('team-d', { REDIS_URL: redisUrl() }, '-o', 'json')
      assert.equal(done.code, code, done.err)
      const { redisUser, redisAcl } = JSON.parse(done.out) as Record<string, string>
      assert.equal(redisUser, user)
      await assert.rejects(openPostgres(its.databaseUrl), { code: 'database_unavailable' })
      const [command = '', ...words] = redisAcl!.split(' ')
      assert.equal(await server.client.call(command, ...words), 1)
      assert.equal(await opensRedis(its.redisUrl), false)
    })
  }
}
