import { strict as assert } from 'node:assert'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mulberry } from '../flow/mulberry.ts'
import { clusterAbsent } from './absent.ts'
import { signalProcess, waitFor } from './daemons.ts'
import { MOMENTS, type Moment, meet, podUids, whereabouts } from './moments.ts'
import { startPlatform, type TestPlatform } from './platform.ts'
import {
  ask,
  type BacktestStatus,
  deleteRun,
  foldersOf,
  isEnded,
  jobsOf,
  request,
  rowOf,
  runnerPod,
  statusOf,
  submit,
  until,
} from './runs.ts'

const LONG = process.env.HINDCAST_TEST_LONG === '1'
const SEED = Number(process.env.HINDCAST_TEST_SEED ?? 20_261_130)
const CANCELS = LONG ? { withRedis: 15, without: 5 } : { withRedis: 5, without: 2 }
/** From a moment on, a request comes within so long. */
const SPREAD_MS: Readonly<Record<Moment, number>> = {
  waiting: 1_000,
  'Job just made': 500,
  'pod starting': 3_000,
  computing: 5_000,
  committing: 100,
}
const VALUES = {
  test: { paceMs: 20 },
  clocks: { statusMs: 300, beatLookMs: 500 },
}
/** design.md 3, *Cancel*. */
const CANCEL_LIMIT_MS = 30_000
/** A pod killed in its last seconds leaves files to the clean-up, which comes within this. */
const CLEAN_LIMIT_MS = 300_000
const GONE_LIMIT_MS = 180_000
const KILL_LIMIT_MS = 30_000
const POLICIES = ['retain', 'purge'] as const
const KEEPERS = [
  { name: 'kept-completed', deletionPolicy: 'retain' },
  { name: 'purged-completed', deletionPolicy: 'purge' },
] as const

suite('a run that is taken back on a cluster', { skip: clusterAbsent() }, () => {
  let platform: TestPlatform
  const random = mulberry(SEED)
  /** Job ids of what was deleted with deletionPolicy: purge. */
  const purged = new Map<string, string>()
  let lookbackDays = 20
  const nextLookback = () => {
    lookbackDays += 1
    return lookbackDays
  }

  before(async () => {
    platform = await startPlatform({ name: 'takenback', values: VALUES })
    // Both slots of the priority low, so that others of it wait; their own turn to be deleted comes when they end.
    for (const { name, deletionPolicy } of KEEPERS) {
      const how = { cpu: '0.1', memoryLimit: '512Mi', priority: 'low', deletionPolicy }
      await submit(platform, { name, lookbackDays: nextLookback(), startDate: '2015-06-01', how })
    }
    for (const { name } of KEEPERS) await until(platform, name, ({ jobName }) => jobName !== undefined)
  })
  after(() => platform?.stop())

  /** Cancels a run at a random moment and gives where it was; fails unless what is left is as it should be. */
  const cancelAt = async (name: string, moment: Moment) => {
    const waitMs = random() * SPREAD_MS[moment]
    const jobId = await meet(platform, { name, moment, lookbackDays: nextLookback() })
    await sleep(waitMs)
    const landed = `${name} (${moment}, ${Math.round(waitMs)} ms): ${await whereabouts(platform, name)}`
    const label = await request(platform, name, 'cancel')
    const askedAt = Date.now()
    const status = await until(platform, name, isEnded)
    assert.ok(status.attempt === undefined || status.attempt === 1, landed)
    const { status: recorded, error_class: error, completed_at: endedAt } = await rowOf(platform, jobId)
    // By what row and resource say: this process may have stood still before it looked.
    const tookMs = Math.max(Number(endedAt), finishedBy(status)) - askedAt
    assert.ok(tookMs <= CANCEL_LIMIT_MS, `${landed}, and ${tookMs} ms until its end`)
    if (status.phase === 'Completed') {
      // Too late: the result stands, and the request is answered.
      assert.deepEqual([recorded, foldersOf(platform, jobId)], ['completed', ['1']], landed)
      await until(platform, name, ({ handledRequest }) => handledRequest === label)
    } else {
      assert.deepEqual([status.phase, recorded, error], ['Cancelled', 'cancelled', 'cancelled'], landed)
      await waitFor(`nothing to be left of ${landed}`, CLEAN_LIMIT_MS, () => foldersOf(platform, jobId).length === 0)
    }
    return `${landed} -> ${status.phase}`
  }
  const cancelMany = async (what: string, count: number) => {
    const runs = Array.from({ length: count }, (_, index) => MOMENTS[(index + (what === 'blind' ? 2 : 0)) % 5]!)
    return Promise.all(runs.map((moment, index) => cancelAt(`${what}-${index}`, moment)))
  }

  suite('with everything in place', { concurrency: true }, () => {
    test(`cancelled at ${CANCELS.withRedis} random moments: ended in 30 s, nothing left, the row agrees`, async (t) => {
      t.diagnostic(`seed ${SEED}:\n${(await cancelMany('cancelled', CANCELS.withRedis)).join('\n')}`)
    })

    for (const policy of POLICIES) {
      for (const moment of MOMENTS.filter((one) => one !== 'pod starting')) {
        test(`deleted with ${policy}, ${moment}: its Job goes, and its row says so`, async () => {
          const name = `${policy}-${moment.toLowerCase().replaceAll(' ', '-')}`
          const jobId = await meet(platform, {
            name,
            moment,
            lookbackDays: nextLookback(),
            how: { deletionPolicy: policy },
          })
          await deleteRun(platform, name)
          await allGone(name)
          if (policy === 'purge') purged.set(name, jobId)
          else await isTold(jobId)
        })
      }

      test(`deleted with ${policy}, failed: it stays failed`, async () => {
        const name = `${policy}-failed`
        const how = { deletionPolicy: policy }
        const jobId = await meet(platform, { name, moment: 'computing', lookbackDays: nextLookback(), how })
        const { jobName = '' } = await statusOf(platform, name)
        const { uid } = await runnerPod(platform, jobName)
        await waitFor(`the process of ${name} to be killed`, KILL_LIMIT_MS, () => {
          const processes = platform.cluster.podProcesses(uid)
          for (const { pid } of processes) signalProcess(pid, 'SIGKILL')
          return processes.length > 0
        })
        await until(platform, name, isEnded)
        await deleteRun(platform, name)
        await allGone(name)
        if (policy === 'purge') purged.set(name, jobId)
        else assert.deepEqual(await endOf(jobId), ['failed', 'worker_lost'])
      })
    }

    for (const { name, deletionPolicy } of KEEPERS) {
      test(`deleted with ${deletionPolicy}, completed: it stays completed`, async () => {
        const { phase, jobId = '' } = await until(platform, name, isEnded)
        assert.equal(phase, 'Completed')
        await deleteRun(platform, name)
        await allGone(name)
        if (deletionPolicy === 'purge') purged.set(name, jobId)
        else assert.deepEqual([await endOf(jobId), foldersOf(platform, jobId)], [['completed', null], ['1']])
      })
    }
  })

  suite('without Redis', () => {
    before(() => platform.cluster.stopRedis())
    after(() => platform.cluster.startRedis())

    test(`cancelled at ${CANCELS.without} random moments: ended in 30 s, nothing left, the row agrees`, async (t) => {
      t.diagnostic(`seed ${SEED}:\n${(await cancelMany('blind', CANCELS.without)).join('\n')}`)
    })

    test('Redis away before a run, back in its middle, away at its end: it completes, its status tells', async () => {
      const name = 'redis-comes-and-goes'
      await submit(platform, { name, lookbackDays: nextLookback(), startDate: '2013-02-08', endDate: '2018-02-07' })
      await until(platform, name, (status) => status.phase === 'Running' && isDegraded(status))
      await platform.cluster.startRedis()
      await until(platform, name, (status) => !isDegraded(status))
      await platform.cluster.stopRedis()
      const { phase, attempt, jobId = '' } = await until(platform, name, isEnded)
      assert.deepEqual([phase, attempt, await endOf(jobId)], ['Completed', 1, ['completed', null]])
      assert.deepEqual([(await jobsOf(platform, name)).length, foldersOf(platform, jobId)], [1, ['1']])
    })
  })

  test('of what was deleted with purge neither files nor rows are left', async () => {
    assert.equal(purged.size, MOMENTS.length + 1)
    for (const [name, jobId] of purged) {
      await waitFor(`the clean-up of ${name}`, CLEAN_LIMIT_MS, async () => {
        if (foldersOf(platform, jobId).length > 0) return false
        const rows = await ask(platform, OF_JOB, [jobId])
        return rows.length === 0
      })
    }
  })

  /** How the row of a job ended. */
  const endOf = async (jobId: string) => {
    const { status, error_class: error } = await rowOf(platform, jobId)
    return [status, error]
  }
  /** Of a run deleted while it was active: the row tells why it ended, or its result was there first. */
  const isTold = async (jobId: string) => {
    const hasEnded = async () => (await rowOf(platform, jobId)).completed_at !== null
    await waitFor(`the end of ${jobId}`, GONE_LIMIT_MS, hasEnded)
    const [status, error] = await endOf(jobId)
    if (status === 'completed') assert.deepEqual(foldersOf(platform, jobId), ['1'])
    else {
      assert.deepEqual([status, error], ['cancelled', 'ResourceDeleted'])
      await waitFor(`nothing to be left of ${jobId}`, CLEAN_LIMIT_MS, () => foldersOf(platform, jobId).length === 0)
    }
  }
  /** Its Jobs and their pods go with the resource. */
  const allGone = async (name: string) => {
    const jobs = await jobsOf(platform, name)
    await waitFor(`the Jobs of ${name} to go`, GONE_LIMIT_MS, async () => (await jobsOf(platform, name)).length === 0)
    for (const job of jobs) {
      await waitFor(`the pods of ${job} to go`, GONE_LIMIT_MS, async () => (await podUids(platform, job)).length === 0)
    }
  }
})

const OF_JOB = `
  SELECT job_id FROM backtest_jobs WHERE job_id = $1
  UNION ALL SELECT job_id FROM backtest_attempts WHERE job_id = $1
  UNION ALL SELECT job_id FROM backtest_resources WHERE job_id = $1`

/** The last moment at which a resource that has ended can have been told so: its condition names a whole second. */
const finishedBy = ({ conditions = [] }: BacktestStatus): number =>
  Date.parse(conditions.find(({ type }) => type === 'Finished')?.lastTransitionTime ?? '') + 999

const isDegraded = ({ conditions = [] }: BacktestStatus): boolean =>
  conditions.some(({ type, status }) => type === 'RedisDegraded' && status === 'True')
