import { strict as assert } from 'node:assert'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { anyClusterAbsent } from './absent.ts'
import { waitFor } from './daemons.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import { isEnded, submit, until } from './runs.ts'

const PRIORITIES = ['low', 'normal', 'high'] as const
const SHORT = { startDate: '2015-01-02', endDate: '2015-03-31' }
const OPERATOR = 'app.kubernetes.io/component=operator'
const BURST_LIMIT_MS = 240_000

interface JobItem {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly creationTimestamp: string }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

suite('a burst of twenty on a cluster', { skip: anyClusterAbsent() }, () => {
  let platform: TestPlatform
  let record: pg.Client
  before(async () => {
    const values = { test: { paceMs: 20 }, clocks: { leaseMs: 3_000, leaseRenewMs: 2_000, leaseRetryMs: 300 } }
    platform = await startPlatform({ name: 'burst', values })
    record = new pg.Client({ connectionString: platform.cluster.databaseUrl })
    await record.connect()
  })
  after(async () => {
    await record?.end()
    await platform?.stop()
  })

  const jobs = async (): Promise<JobItem[]> =>
    (await platform.cluster.api('GET', `/apis/batch/v1/namespaces/${NAMESPACE}/jobs?labelSelector=${RUNS}`)).json.items

  test('two of each priority and six in all at most, also while the leader is killed; each gets its turn', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `burst-${index}`)
    const priorityOf = (index: number) => PRIORITIES[index % 3]!
    await Promise.all(
      names.map((name, index) =>
        submit(platform, { name, lookbackDays: 21 + index, ...SHORT, how: { priority: priorityOf(index) } }),
      ),
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
        killed = true
        const hard = ['--grace-period=0', '--force']
        await platform.cluster.kubectl(['delete', 'pod', '-n', NAMESPACE, '-l', OPERATOR, ...hard])
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
})

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
