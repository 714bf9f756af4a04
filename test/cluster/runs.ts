import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { waitFor } from './daemons.ts'
import { NAMESPACE, type TestPlatform } from './platform.ts'
import { ANSWER_LIMIT_MS, apply, look, read } from './pods.ts'

/** What a test asks of a Backtest's status. */
export interface BacktestStatus {
  readonly phase?: string
  readonly attempt?: number
  readonly jobId?: string
  readonly jobName?: string
  readonly retries?: number
  readonly handledRequest?: string
  readonly metrics?: Readonly<Record<string, string>>
  readonly progress?: { readonly percent: number }
  readonly error?: { readonly class: string; readonly message: string }
  readonly conditions?: readonly Condition[]
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  /** Of a whole second. */
  readonly lastTransitionTime: string
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
const MERGE = 'application/merge-patch+json'
/** For the turn of a run, its start and its seconds of work, beside a dozen others on a slow machine. */
const RUN_LIMIT_MS = 240_000
const SMALL = { memoryLimit: '768Mi', cpu: '0.2' }

/** Applies Backtests by one call; by default of 2014 to 2016, 756 dates. */
export async function submit({ cluster }: TestPlatform, ...runs: readonly BacktestOf[]): Promise<void> {
  await apply(cluster, ...runs.map(manifestOf))
}

function manifestOf({ name, lookbackDays, how, ...dates }: BacktestOf): object {
  return {
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
  }
}

/** The status as it is; empty before the first was written. */
export async function statusOf(platform: TestPlatform, name: string): Promise<BacktestStatus> {
  return (await read(platform.cluster, `${PATH}/${name}`)).status ?? {}
}

/** Waits until the status is as a test wants it, and gives it; the error of a limit holds the last one. */
export async function until(
  platform: TestPlatform,
  name: string,
  holds: (status: BacktestStatus) => boolean,
  limitMs = RUN_LIMIT_MS,
): Promise<BacktestStatus> {
  let status: BacktestStatus = {}
  try {
    await waitFor(name, limitMs, async () => {
      status = (await look(platform.cluster, `${PATH}/${name}`)).status ?? {}
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

/** Asks for a cancel or a re-run by the patch that `kubectl label` sends, and gives the label. */
export async function request(platform: TestPlatform, name: string, word: 'cancel' | 'rerun'): Promise<string> {
  const token = new Date()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')
    .toLowerCase()
  const label = `${word}-${token}`
  const body = { metadata: { labels: { 'hindcast.dev/request': label } } }
  // Asked again it is the same request.
  await waitFor(`${name} to take the request ${label}`, ANSWER_LIMIT_MS, async () => {
    const { status, json } = await platform.cluster.api('PATCH', `${PATH}/${name}`, { body, contentType: MERGE })
    if (status !== 200) throw new Error(JSON.stringify(json))
    return true
  })
  return label
}

/** Deletes a Backtest, and with it whatever it owns. */
export async function deleteRun(platform: TestPlatform, name: string): Promise<void> {
  let tries = 0
  await waitFor(`${name} to be deleted`, ANSWER_LIMIT_MS, async () => {
    tries += 1
    const { status, json } = await platform.cluster.api('DELETE', `${PATH}/${name}`)
    // The try before may have done it, and its answer was lost.
    if (status !== 200 && !(status === 404 && tries > 1)) throw new Error(JSON.stringify(json))
    return true
  })
}

/** The pod of a run's attempt. */
export async function runnerPod(platform: TestPlatform, jobName: string): Promise<{ uid: string; node: string }> {
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${jobName}`)
  const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`
  const [pod] = (await read(platform.cluster, path)).items
  return { uid: pod.metadata.uid, node: pod.spec.nodeName }
}

/** The folders of a job in the store: its attempts, and what is staged. */
export function foldersOf(platform: TestPlatform, jobId: string): string[] {
  const folder = folderOf(platform, jobId)
  return existsSync(folder) ? readdirSync(folder) : []
}

const folderOf = (platform: TestPlatform, jobId: string): string => join(platform.store, NAMESPACE, jobId)

/** Every file of a job in the store, of any attempt, staged or committed. */
export function filesOf(platform: TestPlatform, jobId: string): string[] {
  const folder = folderOf(platform, jobId)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The row of a job, by the names of its columns. */
export async function rowOf(platform: TestPlatform, jobId: string): Promise<Row> {
  const [row] = await ask(platform, 'SELECT * FROM backtest_jobs WHERE job_id = $1', [jobId])
  if (row === undefined) throw new Error(`the record has no row of ${jobId}`)
  return row
}

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>

/** Rows of the record. */
export async function ask(platform: TestPlatform, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: platform.cluster.databaseUrl })
  // A connection that breaks rejects what was asked; unheard it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql, [...values])).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** Names of the Jobs that a resource of this name owns, or owned until it went. */
export async function jobsOf(platform: TestPlatform, name: string): Promise<string[]> {
  const { items } = (await read(platform.cluster, `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`)) as JobList
  return items
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === name)
    .map(({ metadata }) => metadata.name)
}

interface JobList {
  readonly items: readonly { readonly metadata: { name: string; ownerReferences?: readonly { name: string }[] } }[]
}
