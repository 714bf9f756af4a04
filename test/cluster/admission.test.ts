import { strict as assert } from 'node:assert'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterAbsent } from './absent.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import { isEnded, statusOf, submit, until } from './runs.ts'

const PRIORITIES = ['low', 'normal', 'high'] as const
const SHORT = { startDate: '2015-01-02', endDate: '2015-03-31' }
const OPERATOR = 'app.kubernetes.io/component=operator'
const POLL_MS = 100

interface JobItem {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly creationTimestamp: string }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

suite('a burst of twenty on a cluster', { skip: clusterAbsent() }, () => {
  let platform: TestPlatform
  before(async () => {
    const values = { test: { paceMs: 20 }, clocks: { leaseMs: 3_000, leaseRenewMs: 2_000, leaseRetryMs: 300 } }
    platform = await startPlatform({ name: 'burst', values })
  })
  after(() => platform?.stop())

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
    for (let ended = 0; ended < names.length; ) {
      // A slot is given back when the attempt is terminal in the row, which is before its Job says so.
      const statuses = await Promise.all(names.map((name) => statusOf(platform, name)))
      ended = statuses.filter(isEnded).length
      const busy = new Set(statuses.filter((status) => !isEnded(status)).map(({ jobName }) => jobName))
      const running = (await jobs()).filter((job) => isUnfinished(job) && busy.has(nameOf(job)))
      most.all = Math.max(most.all, running.length)
      for (const priority of PRIORITIES) {
        const count = running.filter(({ metadata }) => metadata.labels['hindcast.dev/priority'] === priority).length
        most[priority] = Math.max(most[priority], count)
      }
      if (!killed && ended >= 4) {
        killed = true
        const hard = ['--grace-period=0', '--force']
        await platform.cluster.kubectl(['delete', 'pod', '-n', NAMESPACE, '-l', OPERATOR, ...hard])
      }
      await sleep(POLL_MS)
    }
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

const nameOf = (job: JobItem): string => (job.metadata as unknown as { name: string }).name

const isUnfinished = ({ status }: JobItem): boolean =>
  !(status.conditions ?? []).some(({ type, status: is }) => ['Complete', 'Failed'].includes(type) && is === 'True')
