import { strict as assert } from 'node:assert'
import { after, afterEach, test } from 'node:test'
import { isTerminal } from '../../../core/lifecycle.ts'
import type { Job } from '../../../storage/ledger/ledger.ts'
import { touched } from '../../contract/ledger/builders.ts'
import { manifest } from '../../flow/cli-process.ts'
import { startWorld, type World } from './cluster-world.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { HELD, type PodProcess, until } from './pod-process.ts'

const SLOW = { HINDCAST_TEST_PACE_MS: '30' }
const world = await startWorld([manifest('one')])
if ('skipped' in world) test('a pod without its servers', { skip: world.skipped }, () => {})
else suite(world)

function suite(w: World): void {
  const { postgres, redis } = w
  const is = { postgres: true, redis: true }
  const servers = { postgres, redis } as const
  const away = async (name: keyof typeof servers) => {
    is[name] = false
    await servers[name].kill()
  }
  const back = async (name: keyof typeof servers) => {
    if (is[name]) return
    is[name] = true
    await servers[name].start()
  }
  afterEach(async () => {
    await back('postgres')
    await back('redis')
    // The test's own connections find out first.
    await until('the record answers', () => w.ledger.installation().catch(() => null))
    await until('Redis answers', () => w.channel.up())
  })
  after(() => w.stop())

  const started = async (env: Readonly<Record<string, string>> = {}) => {
    const plan = await w.plan(manifest('one'))
    const attempt = await w.open(plan)
    const key = { ...plan, attempt: attempt.attempt, parallelism: 1 }
    return {
      plan,
      attempt,
      key,
      begin: (more = {}, node: string[] = []) => w.pod(attempt, plan, { ...SLOW, ...env, ...more }, node),
    }
  }
  const computing = (pod: PodProcess) => pod.said('attempt_stage', { stage: 'computing' })
  const completed = async (pod: PodProcess, job: () => Promise<Job>, jobId: string) => {
    assert.equal((await pod.ended).code, 0, pod.text())
    const row = await job()
    assert.equal(row.status, 'completed')
    assert.deepEqual(w.files(row.resultPath), w.laptop(jobId))
  }

  test('without Redis from the start it says so, and completes', async () => {
    const { plan, begin } = await started()
    await away('redis')
    const pod = begin()
    await pod.said('redis_connection_failed')
    await pod.said('redis_degraded')
    await until('a row beat that says so', async () =>
      (await w.ledger.openAttempts()).some(({ claims }) => claims[0]?.podUid === pod.podUid && claims[0].redisLost),
    )
    await completed(pod, () => w.job(plan), plan.jobId)
  })

  test('a Redis that goes and comes back finds the newest note again, and its flag is heard', async () => {
    const { plan, attempt, key, begin } = await started({
      HINDCAST_ROW_BEAT_MS: '3600000',
      // Only the flag ends it.
      HINDCAST_TEST_PACE_MS: '2000',
    })
    const pod = begin()
    await until('a note', async () => (await w.channel.read([key]))[0])
    await away('redis')
    await pod.said('redis_degraded')
    await back('redis')
    await pod.said('redis_recovered')
    await until('a note again', async () => (await w.channel.read([key]).catch(() => []))[0])
    assert.equal(pod.lines.filter((line) => line.event === 'redis_degraded').length, 1)
    await w.channel.flagCancel(plan, attempt.attempt, 3600)
    assert.equal((await pod.ended).code, 77)
  })

  test('a Redis that hangs does not hold the run up', async () => {
    const { plan, begin } = await started({ HINDCAST_REDIS_CALL_MS: '500' })
    const pod = begin({}, HELD)
    await pod.held()
    redis.pause()
    pod.goOn()
    try {
      await pod.said('redis_degraded')
      await completed(pod, () => w.job(plan), plan.jobId)
    } finally {
      redis.resume()
    }
  })

  test('a cancel works without Redis', async () => {
    const { plan, attempt, begin } = await started()
    await away('redis')
    const pod = begin({ HINDCAST_TEST_PACE_MS: '2000' })
    await computing(pod)
    touched(await w.ledger.requestCancel(plan.jobId, 'ada'))
    assert.equal((await pod.ended).code, 77)
    assert.deepEqual([(await w.job(plan)).status, w.left(attempt)], ['cancelled', []])
  })

  test('without Postgres at its start it waits, and completes when it comes', async () => {
    const { plan, begin } = await started()
    await away('postgres')
    const pod = begin()
    await pod.said('database_unavailable')
    await back('postgres')
    await completed(pod, () => w.job(plan), plan.jobId)
  })

  test('without Postgres for longer than it may wait it computes nothing, and says why', async () => {
    const { plan, begin } = await started({ HINDCAST_DATABASE_START_MS: '700' })
    await away('postgres')
    const pod = begin()
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome, termination?.class], [75, 'failed', 'database_unavailable'])
    await back('postgres')
    assert.deepEqual(
      [(await w.job(plan)).status, pod.lines.some((line) => line.stage === 'computing')],
      ['pending', false],
    )
  })

  test('SIGTERM while it waits for Postgres is an interruption', async () => {
    const { begin } = await started()
    await away('postgres')
    const pod = begin()
    await pod.said('database_unavailable')
    pod.child.kill('SIGTERM')
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome], [143, 'interrupted'])
  })

  test('Postgres away in the middle stops nothing: it computes on, beats in Redis, and completes', async () => {
    const { plan, key, begin } = await started({ HINDCAST_TEST_PACE_MS: '60' })
    const pod = begin({}, HELD)
    await pod.held()
    await away('postgres')
    const seen = async () => (await w.channel.read([key]))[0]?.date ?? ''
    const first = await seen()
    pod.goOn()
    await until('a later date', async () => (await seen()) > first)
    await back('postgres')
    await completed(pod, () => w.job(plan), plan.jobId)
  })

  test('Postgres away at the commit is waited for', async () => {
    const { plan, begin } = await started()
    const pod = begin({}, HELD)
    await pod.held()
    await away('postgres')
    pod.goOn()
    await pod.said('attempt_stage', { stage: 'saving_db' })
    await pod.said('database_unavailable')
    await back('postgres')
    await completed(pod, () => w.job(plan), plan.jobId)
  })

  /** What the operator does with a pending record (T3), from the last words alone. */
  const recordPending = async (words: string, row: Job) => {
    const { termination } = { termination: JSON.parse(words) }
    const { jobId, attempt, index, podUid } = termination
    const metrics = Object.fromEntries(
      Object.entries(termination.metrics).map(([name, value]) => [name, value === null ? Number.NaN : Number(value)]),
    )
    return await w.ledger.complete(
      { jobId, attempt, index, podUid, epoch: w.epoch },
      {
        ...termination,
        metrics,
        costConfig: null,
        costSummary: null,
        imageDigest: null,
        resultKey: row.configHash,
        peakMemoryBytes: termination.peakMemory,
      },
    )
  }

  for (const [title, env, signal] of [
    ['SIGTERM in that time ends the tries at once, and the last words hold the record', {}, true],
    ['after the tries have run out the last words hold the record', { HINDCAST_COMMIT_TRIES_MS: '700' }, false],
  ] as const) {
    test(title, async () => {
      const { plan, attempt, begin } = await started(env)
      const pod = begin({}, HELD)
      await pod.held()
      await away('postgres')
      pod.goOn()
      await pod.said('attempt_stage', { stage: 'saving_db' })
      await pod.said('database_unavailable')
      if (signal) pod.child.kill('SIGTERM')
      const { code, termination, words } = await pod.ended
      assert.deepEqual(
        [code, termination?.outcome, termination?.class, termination?.pct],
        [75, 'completed', 'database_unavailable', 100],
      )
      assert.deepEqual(w.left(attempt), [String(attempt.attempt)])
      await back('postgres')
      await until('the record answers', () => w.ledger.installation().catch(() => null))
      const row = await w.job(plan)
      assert.equal(row.status, 'running')
      touched(await recordPending(words, row))
      const job = await w.job(plan)
      assert.deepEqual([job.status, job.contentSha256], ['completed', termination?.result?.contentSha256])
      assert.deepEqual(w.files(job.resultPath), w.laptop(plan.jobId))
    })
  }

  test('a commit whose answer was lost on the way is found again, and is not made twice', async () => {
    const { plan, begin } = await started()
    const proxy = await cuttingProxy(postgres.url, "progress_stage = 'completed'", () =>
      until('the row is completed', async () => isTerminal((await w.job(plan)).status)),
    )
    try {
      const pod = begin({ DATABASE_URL: proxy.url, HINDCAST_TEST_PACE_MS: '0' })
      await completed(pod, () => w.job(plan), plan.jobId)
      assert.equal(proxy.cuts(), 1)
    } finally {
      await proxy.stop()
    }
  })

  test('a failure whose answer was lost on the way is still the failure', async () => {
    const { plan, begin } = await started({
      HINDCAST_TEST_BALLAST_MIB: '700@2015-07-01',
      BACKTEST_JOB_MEMORY_LIMIT: String(512 * 1024 ** 2),
    })
    const proxy = await cuttingProxy(postgres.url, "SET status = 'failed'", () =>
      until('the row is failed', async () => isTerminal((await w.job(plan)).status)),
    )
    try {
      const pod = begin({ DATABASE_URL: proxy.url })
      const { code, termination } = await pod.ended
      assert.deepEqual([code, termination?.class, proxy.cuts()], [79, 'memory_limit', 1])
    } finally {
      await proxy.stop()
    }
  })

  test('a failure that cannot be written is told in the last words', async () => {
    const { plan, attempt, begin } = await started({
      HINDCAST_TEST_PACE_MS: '60',
      HINDCAST_TEST_BALLAST_MIB: '700@2015-08-03',
      BACKTEST_JOB_MEMORY_LIMIT: String(512 * 1024 ** 2),
      HINDCAST_SETTLE_TRIES_MS: '500',
    })
    const pod = begin({}, HELD)
    await pod.held()
    await away('postgres')
    pod.goOn()
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome, termination?.class], [79, 'failed', 'memory_limit'])
    assert.match(termination?.message ?? '', /the limit is 512 MiB/)
    await back('postgres')
    await until('the record answers', () => w.ledger.installation().catch(() => null))
    assert.deepEqual([(await w.job(plan)).status, w.left(attempt)], ['running', []])
  })
}
