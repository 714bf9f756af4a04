import { strict as assert } from 'node:assert'
import { after, before, suite, test } from 'node:test'
import { anyClusterAbsent, notOurs } from './absent.ts'
import { signalProcess, waitFor } from './daemons.ts'
import { isGiven } from './given/settings.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import {
  ask,
  type BacktestStatus,
  filesOf,
  foldersOf,
  isEnded,
  isUnderWay,
  jobsOf,
  request,
  rowOf,
  runnerPod,
  statusOf,
  submit,
  until,
} from './runs.ts'

/** A year of dates: some seconds at the pace below. */
const SHORT = { startDate: '2015-01-02', endDate: '2015-12-31' }
/** For a run that a fault is to meet: the first progress is told after 2 s, and 10 s later it still computes. */
const MIDDLE = { startDate: '2014-01-02', endDate: '2016-09-30' }
/** Of the runs that are to take memory: no other run passes the day, and after it come two looks at the memory. */
const HEAVY = { startDate: '2013-09-03', endDate: '2014-07-31' }
const BALLAST_MIB = 700
const VALUES = {
  test: { paceMs: 20, ballast: `${BALLAST_MIB}@2013-10-01` },
  clocks: { statusMs: 500, beatLookMs: 1_000, retryMs: [1_000, 2_000, 3_000] },
}
const MIB = 2 ** 20
/** design.md 3, Liveness: terminal in row and resource. */
const LOSS_LIMIT_MS = 60_000
const CANCEL_LIMIT_MS = 30_000

suite('what goes wrong on a cluster ends in a true status', { skip: anyClusterAbsent() }, () => {
  let platform: TestPlatform
  before(async () => {
    platform = await startPlatform({ name: 'failures', nodes: 2, values: VALUES })
  })
  after(() => platform?.stop())

  /** Submits a run and waits until it is well under way. */
  const startRun = async (name: string, lookbackDays: number, more: object = {}) => {
    await submit(platform, { name, lookbackDays, ...more })
    return until(platform, name, isUnderWay)
  }
  const rowIs = async (jobId: string, status: string) => assert.equal((await rowOf(platform, jobId)).status, status)

  test("memory: the kernel's kill reads like the runner's own end, with limit and peak", async () => {
    await submit(platform, { name: 'light', lookbackDays: 21, ...HEAVY, how: { memoryLimit: '4Gi' } })
    const { phase, jobId } = await until(platform, 'light', isEnded)
    assert.equal(phase, 'Completed')
    const peakMib = Number((await rowOf(platform, jobId!)).peak_memory_bytes) / MIB
    assert.ok(peakMib > BALLAST_MIB, `${peakMib} MiB`)
    // The runner ends itself 64 MiB below its limit; the other limit is one that only the kernel keeps in time. No
    // two runs have the same peak: one that has a little more is killed by the kernel, and must end the same.
    const own = `${Math.round(peakMib)}Mi`
    await submit(platform, { name: 'own-end', lookbackDays: 22, ...HEAVY, how: { memoryLimit: own } })
    await submit(platform, { name: 'kernel', lookbackDays: 23, ...HEAVY, how: { memoryLimit: '640Mi' } })
    for (const [name, limit] of [
      ['own-end', own],
      ['kernel', '640Mi'],
    ] as const) {
      const { error, attempt, phase: end } = await until(platform, name, isEnded)
      assert.deepEqual([end, error?.class, attempt], ['Failed', 'memory_limit', 1], JSON.stringify(error))
      assert.ok(error!.message.includes(limit.replace('Mi', ' MiB')), error!.message)
      // The most it had: what the runner saw last, or what its last beat told.
      assert.match(error!.message, /(?:reached|peak)\D*\d+ MiB/)
    }
  })

  // Side by side: most of each is waiting for a run or for a limit of time.
  suite('what one pod or Job meets', { concurrency: true }, () => {
    test('a process killed in its pod: failed within a minute, and a re-run is a new attempt', {
      skip: notOurs('kills a process of a pod'),
    }, async () => {
      const { jobName, jobId } = await startRun('killed', 31)
      const { uid } = await runnerPod(platform, jobName!)
      for (const { pid } of platform.cluster.podProcesses(uid)) signalProcess(pid, 'SIGKILL')
      const { phase, error } = await until(platform, 'killed', isEnded, LOSS_LIMIT_MS)
      assert.deepEqual([phase, error?.class], ['Failed', 'worker_lost'], JSON.stringify(error))
      await rowIs(jobId!, 'failed')

      await request(platform, 'killed', 'rerun')
      const again = await until(platform, 'killed', (status) => status.attempt === 2 && isUnderWay(status))
      assert.equal(again.jobId, jobId)
      await request(platform, 'killed', 'cancel')
      const { phase: end } = await until(platform, 'killed', isEnded, CANCEL_LIMIT_MS)
      assert.equal(end, 'Cancelled')
      await rowIs(jobId!, 'cancelled')
      await waitFor(
        'the files of the cancelled attempt to go',
        CANCEL_LIMIT_MS,
        () => filesOf(platform, jobId!).length === 0,
      )
    })

    test('a Job deleted by hand is tried again, and completes', async () => {
      const { jobName } = await startRun('deleted', 32, { ...MIDDLE, how: { priority: 'high' } })
      await platform.cluster.kubectl(['delete', 'job', '-n', NAMESPACE, jobName!, '--wait=false'])
      const { phase, attempt, retries } = await until(platform, 'deleted', isEnded)
      assert.deepEqual([phase, attempt, retries], ['Completed', 2, 1])
    })

    test('a process that stands still is lost within a minute, and fenced when it wakes', {
      skip: notOurs('stops a process of a pod'),
    }, async () => {
      const { jobName, jobId } = await startRun('frozen', 38)
      const { uid } = await runnerPod(platform, jobName!)
      const [runner] = platform.cluster.podProcesses(uid)
      signalProcess(runner!.pid, 'SIGSTOP')
      const { phase } = await until(platform, 'frozen', isEnded, LOSS_LIMIT_MS)
      assert.equal(phase, 'Failed')
      await rowIs(jobId!, 'failed')
      for (const { pid } of platform.cluster.podProcesses(uid)) signalProcess(pid, 'SIGCONT')
      await waitFor('it to end', 30_000, () => platform.cluster.podProcesses(uid).length === 0)
      await rowIs(jobId!, 'failed')
      assert.equal((await statusOf(platform, 'frozen')).phase, 'Failed')
      assert.deepEqual(
        filesOf(platform, jobId!).filter((file) => file.endsWith('manifest.json')),
        [],
      )
    })
  })

  // Our own cluster says more of both: above, and in the tests that stop what a pod is made of.
  if (isGiven()) {
    test('a pod deleted by hand is lost or tried again within a minute, and a cancel ends the run', async () => {
      const { jobName, jobId } = await startRun('pod-deleted', 40)
      const pod = `--selector=batch.kubernetes.io/job-name=${jobName}`
      await platform.cluster.kubectl(['delete', 'pod', '-n', NAMESPACE, pod, '--grace-period=0', '--force'])
      const toldOf = (status: BacktestStatus) => isEnded(status) || (status.attempt ?? 1) > 1 || status.retries === 1
      const told = await until(platform, 'pod-deleted', toldOf, LOSS_LIMIT_MS)
      if (isEnded(told)) await request(platform, 'pod-deleted', 'rerun')
      await until(platform, 'pod-deleted', (status) => status.attempt === 2 && isUnderWay(status))
      await request(platform, 'pod-deleted', 'cancel')
      const { phase } = await until(platform, 'pod-deleted', isEnded, CANCEL_LIMIT_MS)
      assert.equal(phase, 'Cancelled')
      await rowIs(jobId!, 'cancelled')
    })
  }

  test('the API server away in the middle: the run goes on and is told of', {
    skip: notOurs('stops the API server'),
  }, async () => {
    await startRun('apiserver', 33, MIDDLE)
    await platform.cluster.restartApiServer(4_000)
    const { phase, attempt } = await until(platform, 'apiserver', isEnded)
    assert.deepEqual([phase, attempt, (await jobsOf(platform, 'apiserver')).length], ['Completed', 1, 1])
  })

  test('Redis away from the middle on: the run completes all the same', { skip: notOurs('stops Redis') }, async () => {
    const { jobId } = await startRun('redis', 34, MIDDLE)
    await platform.cluster.stopRedis()
    try {
      const { phase, attempt } = await until(platform, 'redis', isEnded)
      assert.deepEqual([phase, attempt], ['Completed', 1])
      await rowIs(jobId!, 'completed')
    } finally {
      await platform.cluster.startRedis()
    }
  })

  test('Postgres away at admission, claim, middle and commit: nothing is lost, nothing is computed twice', {
    skip: notOurs('stops Postgres'),
  }, async () => {
    const { cluster } = platform
    const names = ['at-commit', 'in-the-middle', 'at-claim', 'at-admission']
    const nodes = (await cluster.kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n')
    const hasJob = ({ jobName }: BacktestStatus) => jobName !== undefined
    await submit(platform, { name: 'at-commit', lookbackDays: 41, ...MIDDLE })
    await submit(platform, { name: 'in-the-middle', lookbackDays: 42, endDate: '2018-02-07' })
    for (const name of ['at-commit', 'in-the-middle']) {
      const { jobName } = await until(platform, name, hasJob)
      await waitFor(`the pod of ${name} to have a node`, 60_000, async () => {
        return (await runnerPod(platform, jobName!)).node !== undefined
      })
    }
    // No node takes another pod for now: the one that is to claim does not start before Postgres is away.
    await cluster.kubectl(['cordon', ...nodes])
    await submit(platform, { name: 'at-claim', lookbackDays: 43, ...SHORT, how: { priority: 'high' } })
    const { jobName: atClaim } = await until(platform, 'at-claim', hasJob)
    await waitFor('the Job of at-claim', 60_000, async () => (await jobsOf(platform, 'at-claim')).length === 1)
    // Last of all, so that nothing but the other one's start stands between the first one's progress and the fault.
    const [{ jobName: atCommit }] = await Promise.all([
      until(platform, 'at-commit', isUnderWay),
      until(platform, 'in-the-middle', isUnderWay),
    ])
    await cluster.stopPostgres()
    await cluster.kubectl(['uncordon', ...nodes])
    await submit(platform, { name: 'at-admission', lookbackDays: 44, ...SHORT, how: { priority: 'high' } })
    for (const jobName of [atCommit!, atClaim!]) {
      await waitFor(`${jobName} to wait for its record`, 100_000, async () =>
        (await cluster.kubectl(['logs', '-n', NAMESPACE, `job/${jobName}`])).includes('"database_unavailable"'),
      )
    }
    await until(platform, 'at-admission', isUnreadable)
    const backAt = Date.now()
    await cluster.startPostgres()

    for (const name of names) {
      const { phase, attempt, jobId } = await until(platform, name, isEnded)
      assert.deepEqual([name, phase, attempt], [name, 'Completed', 1])
      await rowIs(jobId!, 'completed')
      assert.deepEqual([(await jobsOf(platform, name)).length, foldersOf(platform, jobId!)], [1, ['1']], name)
      const claims = await ask(platform, 'SELECT claimed_at FROM backtest_claims WHERE job_id = $1', [jobId])
      const isLate = claims.map((row) => Number(row.claimed_at) > backAt)
      assert.deepEqual(isLate, [name === 'at-claim' || name === 'at-admission'], name)
    }
  })

  test('a kubelet stopped alone: the run completes', { skip: notOurs('stops a kubelet') }, async () => {
    const { jobName } = await startRun('kubelet', 36, MIDDLE)
    const { node } = await runnerPod(platform, jobName!)
    const number = Number(node.at(-1))
    await platform.cluster.stopKubelet(number)
    try {
      const { phase, attempt } = await until(platform, 'kubelet', isEnded)
      assert.deepEqual([phase, attempt], ['Completed', 1])
    } finally {
      platform.cluster.startKubelet(number)
    }
  })

  test('the leader killed in the middle: the next one finds the run and tells its end', async () => {
    const { jobName } = await startRun('leader', 37, MIDDLE)
    await platform.cluster.kubectl(['delete', 'pod', '-n', NAMESPACE, '-l', OPERATOR, '--grace-period=0', '--force'])
    const { phase, attempt, jobName: same } = await until(platform, 'leader', isEnded)
    assert.deepEqual([phase, attempt, same], ['Completed', 1, jobName])
  })

  test('a node lost with everything on it: failed within a minute', { skip: notOurs('stops a node') }, async () => {
    const { cluster } = platform
    let operator = ''
    await waitFor('the operator to have a node', 60_000, async () => {
      operator = (await cluster.kubectl(['get', 'pods', '-n', NAMESPACE, '-l', OPERATOR, '-o', NODE_OF])).trim()
      return operator !== ''
    })
    await cluster.kubectl(['cordon', operator])
    const { jobName, jobId } = await startRun('node', 39)
    const { node } = await runnerPod(platform, jobName!)
    assert.notEqual(node, operator)
    await cluster.stopNode(Number(node.at(-1)))
    const { phase, error } = await until(platform, 'node', isEnded, LOSS_LIMIT_MS)
    assert.equal(phase, 'Failed', JSON.stringify(error))
    await rowIs(jobId!, 'failed')
    await cluster.kubectl(['uncordon', operator])
  })
})

const OPERATOR = 'app.kubernetes.io/component=operator'
const NODE_OF = 'jsonpath={.items[0].spec.nodeName}'

const isUnreadable = ({ conditions = [] }: BacktestStatus): boolean =>
  conditions.some(({ type, reason }) => type === 'Recorded' && reason === 'DatabaseUnavailable')
