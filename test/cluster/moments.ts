import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from './daemons.ts'
import { NAMESPACE, type TestPlatform } from './platform.ts'
import { read } from './pods.ts'
import { type BacktestOf, type BacktestStatus, foldersOf, isUnderWay, jobsOf, statusOf, submit, until } from './runs.ts'

/** Moments in the life of a run, in their order, that a fault or a request shall meet. */
export const MOMENTS = ['waiting', 'Job just made', 'pod starting', 'computing', 'committing'] as const
export type Moment = (typeof MOMENTS)[number]

/**
 * 25 s at the pace of the tests, for what is to be met while it computes: it must not end while a slow machine
 * is still about to say that it runs, which without Redis the row does every ten seconds only.
 */
const LONG = { startDate: '2013-02-08', endDate: '2018-02-07' }
/** Over soon, for what is to be met at its end. */
const SHORT = { startDate: '2015-01-02', endDate: '2015-03-31' }
/** A staging folder is there for some tens of milliseconds. */
const STAGED_LOOK_MS = 2

/** A run that a moment is waited for of. */
export interface Met extends Pick<BacktestOf, 'name' | 'lookbackDays'> {
  readonly moment: Moment
  readonly how?: object
}

/**
 * Submits a run and waits for its moment; gives its job id. What is met while it waits has the priority low, whose
 * slots the test keeps taken.
 */
export async function meet(platform: TestPlatform, { moment, how, ...run }: Met): Promise<string> {
  const dates = moment === 'committing' ? SHORT : LONG
  const priority = moment === 'waiting' ? 'low' : run.lookbackDays % 2 === 0 ? 'normal' : 'high'
  await submit(platform, { ...run, ...dates, how: { cpu: '0.1', memoryLimit: '512Mi', priority, ...how } })
  const { jobId = '' } = await until(platform, run.name, (status) => status.jobId !== undefined)
  await REACHED[moment](platform, { name: run.name, jobId })
  return jobId
}

type Reach = (platform: TestPlatform, run: { readonly name: string; readonly jobId: string }) => Promise<unknown>

const REACHED: Readonly<Record<Moment, Reach>> = {
  waiting: async () => {},
  'Job just made': (platform, { name }) => until(platform, name, hasJob),
  'pod starting': async (platform, { name }) => {
    const { jobName = '' } = await until(platform, name, hasJob)
    await waitFor(`a pod of ${name}`, LIMIT_MS, async () => (await podUids(platform, jobName)).length > 0)
  },
  computing: (platform, { name }) => until(platform, name, isUnderWay),
  committing: async (platform, { name, jobId }) => {
    const until = performance.now() + LIMIT_MS
    while (foldersOf(platform, jobId).length === 0) {
      if (performance.now() > until) throw new Error(`${name} staged nothing`)
      await sleep(STAGED_LOOK_MS)
    }
  },
}
const LIMIT_MS = 240_000

const hasJob = ({ jobName }: BacktestStatus): boolean => jobName !== undefined

/** Uids of the pods of a Job, those on their way out included. */
export async function podUids(platform: TestPlatform, jobName: string): Promise<string[]> {
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${jobName}`)
  const { items } = await read(platform.cluster, `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`)
  return items.map((pod: { metadata: { uid: string } }) => pod.metadata.uid)
}

/** Where a run stands right now, in few words. */
export async function whereabouts(platform: TestPlatform, name: string): Promise<string> {
  const [{ phase, progress }, jobs] = await Promise.all([statusOf(platform, name), jobsOf(platform, name)])
  const parts = [
    phase ?? 'new',
    ...(progress ? [`${progress.percent} %`] : []),
    ...(jobs.length === 0 ? ['no Job'] : []),
  ]
  return parts.join(', ')
}
