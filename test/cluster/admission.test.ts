import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { anyClusterAbsent, notOurs } from './absent.ts'
import { signalProcess, waitFor } from './daemons.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import { apply, read } from './pods.ts'
import {
  ask,
  type BacktestStatus,
  foldersOf,
  isEnded,
  jobsOf,
  request,
  rowOf,
  statusOf,
  submit,
  until,
} from './runs.ts'

const PRIORITIES = ['low', 'normal', 'high'] as const
const SHORT = { startDate: '2015-01-02', endDate: '2015-03-31' }
const OPERATOR = 'app.kubernetes.io/component=operator'
const BURST_LIMIT_MS = 600_000
const LEAD_LIMIT_MS = 180_000
/** Twenty seconds: the next leader must find it running, should a slow machine cost the first one its Lease. */
const LONG = { startDate: '2014-01-02', endDate: '2017-12-29' }
/** Well over the Lease of this platform. */
const PAUSE_MS = process.env.HINDCAST_TEST_LONG === '1' ? 60_000 : 8_000

interface JobItem {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly completionMode: string; readonly completions: number; readonly parallelism: number }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

suite('slots on a cluster', { skip: anyClusterAbsent() }, () => {
  let platform: TestPlatform
  let record: pg.Client
  before(async () => {
    const clocks = { leaseMs: 3_000, leaseRenewMs: 2_000, leaseRetryMs: 300 }
    const values = { test: { paceMs: 20 }, clocks, operator: { replicas: 2 } }
    platform = await startPlatform({ name: 'burst', values, audit: true })
    record = new pg.Client({ connectionString: platform.cluster.databaseUrl })
    await record.connect()
  })
  after(async () => {
    await record?.end()
    await platform?.stop()
  })

  const jobs = async (): Promise<JobItem[]> =>
    (await read(platform.cluster, `/apis/batch/v1/namespaces/${NAMESPACE}/jobs?labelSelector=${RUNS}`)).items

  test('of twenty, two run of each priority and six in all, though the leader is killed; all get a turn', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `burst-${index}`)
    const priorityOf = (index: number) => PRIORITIES[index % 3]!
    // By one call: twenty kubectl side by side may take as long as the first runs do.
    await submit(
      platform,
      ...names.map((name, index) => ({
        name,
        lookbackDays: 21 + index,
        ...SHORT,
        how: { priority: priorityOf(index) },
      })),
    )
    const most = { high: 0, normal: 0, low: 0, all: 0 }
    let killed = false
    await waitFor('all of them to end', BURST_LIMIT_MS, async () => {
      // A slot is given back when the attempt is terminal in the record, which is before its Job or its resource
      // says so: what is unfinished among the Jobs of one moment and open in the record of the next held a slot then.
      const unfinished = (await jobs()).filter(isUnfinished)
      const { active, terminal } = await standing(record)
      const running = unfinished.filter(({ metadata }) => active.has(metadata.labels['hindcast.dev/job-id']!))
      most.all = Math.max(most.all, running.length)
      for (const priority of PRIORITIES) {
        const count = running.filter(({ metadata }) => metadata.labels['hindcast.dev/priority'] === priority).length
        most[priority] = Math.max(most[priority], count)
      }
      if (!killed && terminal >= 4) {
        const hard = ['--grace-period=0', '--force']
        await platform.cluster.kubectl(['delete', 'pod', '-n', NAMESPACE, '-l', OPERATOR, ...hard])
        killed = true
      }
      return terminal === names.length
    })
    assert.deepEqual(most, { high: 2, normal: 2, low: 2, all: 6 })
    assert.ok(killed)
    for (const name of names) {
      const { phase, attempt } = await until(platform, name, isEnded)
      assert.deepEqual([name, phase, attempt], [name, 'Completed', 1])
    }
    assert.equal((await jobs()).length, names.length, 'one Job for each attempt')
  })

  suite('and what takes none, or fewer than it asked for', {
    concurrency: true,
    skip: notOurs('looks into the store'),
  }, () => {
    test('a WalkForward of parallelism 4 starts in the two slots that are free, and completes in them', async () => {
      await apply(platform.cluster, WALK)
      const statusOfWalk = async () =>
        (await read(platform.cluster, `/apis/hindcast.dev/v1alpha1/namespaces/${NAMESPACE}/walkforwards/walk`)).status
      const job = async () => (await jobs()).find(({ metadata }) => metadata.name.startsWith('walk-'))
      await waitFor('the walk to end', BURST_LIMIT_MS, async () => isEnded((await statusOfWalk()) ?? {}))
      const status = await statusOfWalk()
      assert.equal(status.phase, 'Completed', JSON.stringify(status))
      assert.deepEqual([status.attempt, status.units], [1, { total: WALK_WINDOWS, done: WALK_WINDOWS }])
      const { spec } = (await job())!
      assert.deepEqual([spec.completionMode, spec.completions, spec.parallelism], ['Indexed', 2, 2])
    })

    test('the same computation twice is one job, and a re-run is a new attempt of equal figures', async () => {
      const lookbackDays = 63
      const how = { priority: 'high' }
      await submit(platform, { name: 'first', lookbackDays, ...SHORT, how })
      const { jobId } = await until(platform, 'first', ({ jobName }) => jobName !== undefined)
      await submit(platform, { name: 'second', lookbackDays, ...SHORT, how })
      const first = await until(platform, 'first', isEnded)
      const second = await until(platform, 'second', isEnded)
      assert.deepEqual([first.phase, second.phase, reasonOf(second)], ['Completed', 'Completed', 'Reused'])
      assert.deepEqual([second.jobId, second.metrics], [jobId, first.metrics])
      assert.deepEqual([(await jobsOf(platform, 'first')).length, await jobsOf(platform, 'second')], [1, []])

      const before = await rowOf(platform, jobId!)
      const label = await request(platform, 'first', 'rerun')
      const again = await until(platform, 'first', (status) => status.attempt === 2 && isEnded(status))
      assert.deepEqual([again.phase, again.handledRequest, again.metrics], ['Completed', label, first.metrics])
      const after = await rowOf(platform, jobId!)
      assert.deepEqual([after.metrics, after.content_sha256], [before.metrics, before.content_sha256])
      assert.deepEqual(foldersOf(platform, jobId!).sort(), ['1', '2'])
      const other = await statusOf(platform, 'second')
      assert.deepEqual([other.phase, other.metrics], ['Completed', first.metrics])
    })
  })

  test('a leader that stands still is followed by the other replica, and writes nothing when it wakes', {
    skip: notOurs('stops a process of a pod'),
  }, async () => {
    const { cluster } = platform
    await submit(platform, { name: 'under-way', lookbackDays: 71, ...LONG })
    await until(platform, 'under-way', ({ phase }) => phase === 'Running')
    const { old, pid, epoch } = await pauseLeader(platform)
    const pausedAt = performance.now()
    // What comes up meanwhile is for the next leader to do, and for the old one to see when it wakes.
    for (const [index, name] of MEANWHILE.entries())
      await submit(platform, { name, lookbackDays: 72 + index, ...SHORT })
    await waitFor('the next leader', LEAD_LIMIT_MS, async () => (await epochOf(platform)) > epoch)
    await until(platform, 'meanwhile-0', ({ phase }) => phase === 'Running' || phase === 'Completed')
    assert.notEqual((await leader(platform)).name, old.name)
    await sleep(Math.max(0, PAUSE_MS - (performance.now() - pausedAt)))
    const wokenAt = Date.now()
    signalProcess(pid, 'SIGCONT')
    await waitFor('the old leader to end', LEAD_LIMIT_MS, () =>
      cluster.podProcesses(old.uid).every((one) => one.pid !== pid),
    )
    const endedAt = Date.now()

    for (const name of ['under-way', ...MEANWHILE]) {
      const { phase, attempt, jobId } = await until(platform, name, isEnded)
      assert.deepEqual([name, phase, attempt], [name, 'Completed', 1])
      assert.equal((await jobsOf(platform, name)).length, 1)
      const attempts = await ask(platform, 'SELECT operator_epoch FROM backtest_attempts WHERE job_id = $1', [jobId])
      const isLater = attempts.map((row) => Number(row.operator_epoch) > epoch)
      assert.deepEqual(isLater, [name !== 'under-way'], `whose attempt ${name} is`)
    }
    // It may try to renew the Lease that another holds by now: that is how it learns.
    const written = callsOf(cluster.logs, old.name).filter(
      ({ verb, resource, code }) => WRITES.includes(verb) && (resource !== 'leases' || code < 400),
    )
    assert.ok(written.some(({ at }) => at < wokenAt))
    assert.deepEqual(
      written.filter(({ at }) => at >= wokenAt && at <= endedAt),
      [],
    )
  })
})

const MEANWHILE = ['meanwhile-0', 'meanwhile-1'] as const
const WRITES: readonly string[] = ['create', 'update', 'patch', 'delete']

/** The replica that holds the Lease. */
async function leader({ cluster }: TestPlatform): Promise<{ name: string; uid: string }> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/hindcast-operator`
  const [name = ''] = (await read(cluster, path)).spec.holderIdentity.split('_')
  const { metadata } = await read(cluster, `/api/v1/namespaces/${NAMESPACE}/pods/${name}`)
  return { name, uid: metadata.uid }
}

/**
 * Stops the process of the leader, and gives the epoch that it leads in. Where the lead changed while it was looked
 * for, somebody else was stopped: that one goes on, and the search too.
 */
async function pauseLeader(platform: TestPlatform) {
  const { cluster } = platform
  const found = { old: { name: '', uid: '' }, pid: 0, epoch: 0 }
  await waitFor('the leader to be paused', LEAD_LIMIT_MS, async () => {
    const epoch = await epochOf(platform)
    const old = await leader(platform)
    const [operator] = cluster.podProcesses(old.uid)
    if (operator === undefined) return false
    signalProcess(operator.pid, 'SIGSTOP')
    let isStill = false
    try {
      isStill = (await leader(platform)).name === old.name && (await epochOf(platform)) === epoch
    } finally {
      if (!isStill) signalProcess(operator.pid, 'SIGCONT')
    }
    Object.assign(found, { old, pid: operator.pid, epoch })
    return isStill
  })
  return found
}

async function epochOf(platform: TestPlatform): Promise<number> {
  const [row] = await ask(platform, 'SELECT operator_epoch FROM installation', [])
  return Number(row?.operator_epoch)
}

interface Call {
  readonly verb: string
  readonly resource: string
  readonly code: number
  /** When it came, milliseconds since 1970. */
  readonly at: number
}

/** Calls of a pod, as the API server wrote them down; it starts a new file when one is large. */
function callsOf(logs: string, pod: string): Call[] {
  const files = readdirSync(logs).filter((name) => /^audit.*\.log$/.test(name))
  return files
    .flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n').slice(0, -1))
    .filter((line) => line.includes(`"${pod}"`))
    .flatMap((line) => {
      const { user, verb, objectRef, responseStatus, requestReceivedTimestamp } = JSON.parse(line)
      if (user.extra?.['authentication.kubernetes.io/pod-name']?.[0] !== pod) return []
      const at = Date.parse(requestReceivedTimestamp)
      return [{ verb, resource: objectRef?.resource ?? '', code: responseStatus?.code ?? 0, at }]
    })
}

/** Three windows of two candidates. */
const WALK = {
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'WalkForward',
  metadata: { name: 'walk', namespace: NAMESPACE },
  spec: {
    backtest: {
      dataset: 'sp500',
      alpha: { name: 'momentum', parameters: { lookbackDays: 21, skipDays: 5 } },
      startDate: '2015-01-02',
      endDate: '2015-06-30',
    },
    windows: { trainMonths: 2, testMonths: 1, stepMonths: 1, minTrainDays: 30 },
    search: { method: 'grid', parameters: { lookbackDays: [21, 42] } },
    parallelism: 4,
    memoryLimit: '768Mi',
    cpu: '0.2',
  },
}
const WALK_WINDOWS = 3

const reasonOf = ({ conditions = [] }: BacktestStatus): string | undefined =>
  conditions.find(({ type }) => type === 'Ready')?.reason

const RUNS = encodeURIComponent('app.kubernetes.io/managed-by=hindcast')

/** Ids of the jobs that are not over, and how many are. */
async function standing(record: pg.Client): Promise<{ active: ReadonlySet<string>; terminal: number }> {
  const { rows } = await record.query<{ job_id: string; active: boolean }>(
    `SELECT job_id, status IN ('pending', 'running') AS active FROM backtest_jobs`,
  )
  const active = new Set(rows.filter((row) => row.active).map((row) => row.job_id))
  return { active, terminal: rows.length - active.size }
}

const isUnfinished = ({ status }: JobItem): boolean =>
  !(status.conditions ?? []).some(({ type, status: is }) => ['Complete', 'Failed'].includes(type) && is === 'True')
