import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import pg from 'pg'
import { touched } from '../../contract/ledger/builders.ts'
import { cli, document, manifest } from '../../flow/cli-process.ts'
import { startWorld, type World } from './cluster-world.ts'
import { until } from './pod-process.ts'

const SOURCE = manifest('source', { costModel: {} })
const WALK = document('WalkForward', 'walk', {
  backtest: { dataset: 'tiny', alpha: { name: 'reversal' }, startDate: '2015-01-05', endDate: '2015-12-31' },
  windows: { trainMonths: 4, testMonths: 2, stepMonths: 4, minTrainDays: 60 },
  search: { parameters: { lookbackDays: [5, 10] } },
})
const PATHS = (source: object) => document('MonteCarlo', 'paths', { ...source, simulations: 2000, seed: 7 })

const world = await startWorld([SOURCE, WALK, PATHS({ backtestRef: { name: 'source' } })])
if ('skipped' in world) test('a pod with the credentials of its namespace', { skip: world.skipped }, () => {})
else suite(world)

/** Every part of a pod's life with what `hindcast namespace grant` prints, and with nothing more. */
function suite(w: World): void {
  after(() => w.stop())

  const granted = async (namespace: string): Promise<Record<string, string>> => {
    const env = { DATABASE_URL: w.postgres.url, REDIS_URL: w.redis.url }
    const { code, out, err } = await cli(['namespace', 'grant', namespace, '-o', 'json'], { cwd: w.artifactsDir, env })
    assert.equal(code, 0, err)
    const { databaseUrl, redisUrl, redisAcl } = JSON.parse(out)
    const [command, ...args] = String(redisAcl).split(' ')
    await w.redis.client.call(command ?? '', ...args)
    return { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl }
  }

  test('all three kinds run, show their progress and are recorded', async () => {
    const env = await granted('default')
    const source = await w.plan(SOURCE)
    const plans = [source, await w.plan(WALK)]
    for (const plan of plans) {
      const pod = w.pod(await w.open(plan), plan, env)
      assert.equal((await pod.ended).code, 0, pod.text())
      assert.ok(!pod.lines.some(({ event }) => event === 'redis_degraded'), pod.text())
    }
    const paths = await w.plan(PATHS({ backtestRef: { jobId: source.jobId } }))
    const pods = await (async () => {
      const attempt = await w.open(paths, { parallelism: 2 })
      const index = (k: number) => ({ JOB_COMPLETION_INDEX: String(k), HINDCAST_PARALLELISM: '2', ...env })
      return [w.pod(attempt, paths, index(0)), w.pod(attempt, paths, index(1))]
    })()
    for (const pod of pods) assert.equal((await pod.ended).code, 0, pod.text())
    for (const plan of [...plans, paths]) {
      assert.deepEqual(w.files((await w.job(plan)).resultPath), w.laptop(plan.jobId))
      const [note] = await w.channel.read([{ ...plan, attempt: (await w.job(plan)).attempt }])
      assert.equal(note?.percent, 100)
    }
  })

  test("a clean-up records the windows and intervals that a pending record's last words did not hold", async () => {
    const source = await w.plan(SOURCE)
    const plans = [await w.plan(WALK), await w.plan(PATHS({ backtestRef: { jobId: source.jobId } }))]
    const rowsOf = () =>
      Promise.all(
        plans.map(async (plan) => {
          const { jobId, attempt } = await w.job(plan)
          return [await w.ledger.findWindows(jobId, attempt), await w.ledger.findIntervals(jobId, attempt)]
        }),
      )
    const before = await rowsOf()
    assert.ok(before[0]?.[0]?.length === 2 && before[1]?.[1]?.length === 4)
    const owner = new pg.Client({ connectionString: w.postgres.url })
    await owner.connect()
    await owner.query('DELETE FROM walk_forward_windows').then(() => owner.query('DELETE FROM monte_carlo_results'))
    await owner.end()
    const places = { HINDCAST_NAMESPACE: 'default', HINDCAST_ARTIFACTS: w.artifactsDir }
    const cleanUp = async () =>
      cli(['cleanup', '--database', '-o', 'json'], {
        cwd: w.artifactsDir,
        env: { ...(await granted('default')), ...places, HINDCAST_SCRATCH: `${w.artifactsDir}-scratch` },
      })
    const first = await cleanUp()
    assert.equal(first.code, 0, first.err)
    const paths = await Promise.all(plans.map(async (plan) => (await w.job(plan)).resultPath))
    assert.deepEqual([...JSON.parse(first.out).filled].sort(), paths.sort())
    assert.deepEqual(await rowsOf(), before)
    assert.deepEqual(JSON.parse((await cleanUp()).out).filled, [])
  })

  test('a cancel and a failure are written too', async () => {
    const env = await granted('default')
    const plan = await w.plan(SOURCE)
    // So slow that only the cancel ends it.
    const cancelled = w.pod(await w.open(plan), plan, { ...env, HINDCAST_TEST_PACE_MS: '2000' })
    await cancelled.said('attempt_stage', { stage: 'computing' })
    touched(await w.ledger.requestCancel(plan.jobId, 'ada'))
    assert.equal((await cancelled.ended).code, 77, cancelled.text())
    const limits = {
      HINDCAST_TEST_PACE_MS: '40',
      HINDCAST_TEST_BALLAST_MIB: '700@2015-07-01',
      BACKTEST_JOB_MEMORY_LIMIT: String(512 * 1024 ** 2),
    }
    const failed = w.pod(await w.open(plan), plan, { ...env, ...limits })
    assert.equal((await failed.ended).code, 79, failed.text())
    assert.equal((await w.job(plan)).errorClass, 'memory_limit')
  })

  test('the credentials of another namespace see no row to run', async () => {
    const env = await granted('other')
    const plan = await w.plan(SOURCE)
    const pod = w.pod(await w.open(plan), plan, env)
    assert.equal((await pod.ended).code, 78, pod.text())
    await until('nothing was claimed', async () => (await w.job(plan)).status === 'pending')
  })
}
