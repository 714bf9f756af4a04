import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { waitFor } from './daemons.ts'
import { NAMESPACE, type TestPlatform } from './platform.ts'
import { apply } from './pods.ts'

/** What a test asks of a Backtest's status. */
export interface BacktestStatus {
  readonly phase?: string
  readonly attempt?: number
  readonly jobId?: string
  readonly jobName?: string
  readonly retries?: number
  readonly progress?: { readonly percent: number }
  readonly error?: { readonly class: string; readonly message: string }
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[]
}

/** A Backtest of the shipped prices: dates, and whatever a test says of it. */
export interface BacktestOf {
  readonly name: string
  readonly startDate?: string
  readonly endDate?: string
  /** Two resources with the same one and the same dates are one job. */
  readonly lookbackDays: number
  readonly how?: object
}

export const TERMINAL = ['Completed', 'Failed', 'Cancelled'] as const
const PATH = `/apis/hindcast.dev/v1alpha1/namespaces/${NAMESPACE}/backtests`
const SMALL = { memoryLimit: '768Mi', cpu: '0.2' }

/** Applies a Backtest; by default of 2014 to 2016, 756 dates. */
export async function submit(platform: TestPlatform, { name, lookbackDays, how, ...dates }: BacktestOf): Promise<void> {
  await apply(platform.cluster, {
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      dataset: 'sp500',
      alpha: { name: 'momentum', parameters: { lookbackDays, skipDays: 5 } },
      startDate: dates.startDate ?? '2014-01-02',
      endDate: dates.endDate ?? '2016-12-30',
      ...SMALL,
      ...how,
    },
  })
}

/** The status as it is; empty before the first was written. */
export async function statusOf(platform: TestPlatform, name: string): Promise<BacktestStatus> {
  const { json } = await platform.cluster.api('GET', `${PATH}/${name}`)
  return json.status ?? {}
}

/** Waits until the status is as a test wants it, and gives it; the error of a limit holds the last one. */
export async function until(
  platform: TestPlatform,
  name: string,
  holds: (status: BacktestStatus) => boolean,
  limitMs = 90_000,
): Promise<BacktestStatus> {
  let status: BacktestStatus = {}
  try {
    await waitFor(name, limitMs, async () => {
      status = await statusOf(platform, name)
      return holds(status)
    })
  } catch (thrown) {
    throw new Error(`${(thrown as Error).message}; the last status: ${JSON.stringify(status)}`)
  }
  return status
}

/** Running, and far enough that beats and progress are on their way. */
export const isUnderWay = ({ phase, progress }: BacktestStatus): boolean =>
  phase === 'Running' && (progress?.percent ?? 0) > 20

export const isEnded = ({ phase }: BacktestStatus): boolean => TERMINAL.some((one) => one === phase)

/** Asks for a cancel or a re-run as `kubectl label` would. */
export async function request(platform: TestPlatform, name: string, word: 'cancel' | 'rerun'): Promise<void> {
  const token = new Date()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')
    .toLowerCase()
  const label = `hindcast.dev/request=${word}-${token}`
  await platform.cluster.kubectl(['label', '--overwrite', '-n', NAMESPACE, `backtest/${name}`, label])
}

/** The pod of a run's attempt. */
export async function runnerPod(platform: TestPlatform, jobName: string): Promise<{ uid: string; node: string }> {
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${jobName}`)
  const { json } = await platform.cluster.api('GET', `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`)
  const [pod] = json.items
  return { uid: pod.metadata.uid, node: pod.spec.nodeName }
}

/** Every file of a job in the store, of any attempt, staged or committed. */
export function filesOf(platform: TestPlatform, jobId: string): string[] {
  const folder = join(platform.store, NAMESPACE, jobId)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The row of a job, by the names of its columns. */
export async function rowOf(platform: TestPlatform, jobId: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: platform.cluster.databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query('SELECT * FROM backtest_jobs WHERE job_id = $1', [jobId])
    return rows[0]
  } finally {
    await client.end()
  }
}
