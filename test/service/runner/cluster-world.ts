import { strict as assert } from 'node:assert'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Plan, planBacktest, planMonteCarlo, planWalkForward } from '../../../core/plan.ts'
import { readOneManifest } from '../../../crds/index.ts'
import { readCatalog } from '../../../storage/in/catalog.ts'
import { openDatasets } from '../../../storage/in/store/open-datasets.ts'
import { pushSnapshot } from '../../../storage/in/store/push-snapshot.ts'
import type { Attempt, Job, Ledger, OpenAttempt } from '../../../storage/ledger/ledger.ts'
import { openPostgres } from '../../../storage/ledger/open.ts'
import { jobOfPlan } from '../../../storage/ledger/rows/job-of-plan.ts'
import type { ProgressChannel } from '../../../storage/progress/channel.ts'
import { redisProgress } from '../../../storage/progress/redis.ts'
import { opening, touched } from '../../contract/ledger/builders.ts'
import { cli, TINY, workFolder } from '../../flow/cli-process.ts'
import { PATIENT, startPostgres, type TestPostgres } from '../postgres.ts'
import { startRedis, type TestRedis } from '../redis.ts'
import { type PodProcess, startPod } from './pod-process.ts'

/** Clocks short enough that a test waits for states, not for time. */
const CLOCKS = {
  HINDCAST_BEAT_MS: '100',
  HINDCAST_ROW_BEAT_MS: '200',
  HINDCAST_RETRY_FIRST_MS: '50',
  HINDCAST_RETRY_MOST_MS: '200',
  // A loaded machine must not look like a Redis that hangs.
  HINDCAST_REDIS_CALL_MS: '30000',
  HINDCAST_REDIS_PAUSE_MS: '500',
}

/** Record, Redis, stores and the hands of an operator, around pods that are processes. */
export interface World {
  readonly postgres: TestPostgres
  readonly redis: TestRedis
  readonly ledger: Ledger
  readonly artifactsDir: string
  /** Of the home that the laptop's results come from. */
  readonly homeDatasetsDir: string
  /** What the laptop made of the same manifests: file name -> bytes, manifest.json left out. */
  readonly laptop: (jobId: string) => Readonly<Record<string, string>>
  readonly plan: (text: string) => Promise<Plan>
  /** A row with an attempt opened: the job is as good as new afterwards. */
  readonly open: (plan: Plan, change?: Partial<OpenAttempt>) => Promise<Attempt>
  readonly pod: (attempt: Attempt, plan: Plan, env?: Readonly<Record<string, string>>, node?: string[]) => PodProcess
  readonly job: (plan: Plan) => Promise<Job>
  readonly epoch: number
  /** The folders of an attempt that stand in the store, staging included. */
  readonly left: (attempt: Attempt) => string[]
  readonly files: (resultPath: string | null) => Readonly<Record<string, string>>
  /** The operator's view of Redis, connected. */
  readonly channel: ProgressChannel
  readonly stop: () => Promise<void>
}

/** Starts the servers and makes the dataset and the laptop's results; skipped where a server cannot be had. */
export async function startWorld(manifests: readonly string[]): Promise<World | { readonly skipped: string }> {
  const postgres = await startPostgres(15)
  if ('skipped' in postgres) return postgres
  const redis = await startRedis()
  if ('skipped' in redis) {
    await postgres.stop()
    return redis
  }
  try {
    return await worldOf({ postgres, redis }, manifests)
  } catch (thrown) {
    // A server that is left would keep the test's process for ever.
    await Promise.all([postgres.stop(), redis.stop()])
    throw thrown
  }
}

async function worldOf(
  { postgres, redis }: { readonly postgres: TestPostgres; readonly redis: TestRedis },
  manifests: readonly string[],
): Promise<World> {
  const work = workFolder()
  const home = work.path('home')
  assert.equal((await cli([...TINY, '--home', home], { cwd: work.dir })).code, 0)
  const files = manifests.map((text, k) => work.write(`${k}.yaml`, text))
  const ran = await cli(['run', ...files, '--home', home, '-q'], { cwd: work.dir })
  assert.equal(ran.code, 0, ran.err)
  const ledger = await openPostgres(postgres.url, { migrate: true, limits: PATIENT })
  const epoch = await ledger.raiseEpoch('test')
  const datasetsDir = join(home, 'datasets')
  const artifactsDir = work.path('artifacts')
  const cluster = work.path('datasets')
  const volume = openDatasets({ kind: 'files', root: cluster, claim: null })
  await pushSnapshot({ datasetsDir, snapshot: 'tiny', createdBy: 'ada' }, volume, ledger)
  mkdirSync(artifactsDir)
  const pods: PodProcess[] = []
  const channel = redisProgress({ url: redis.url, monotonic: () => performance.now(), callMs: 30_000, pauseMs: 100 })
  assert.equal(await channel.up(), true)
  const folderOf = ({ jobId }: { readonly jobId: string }) => join(artifactsDir, 'default', jobId)

  return {
    postgres,
    redis,
    ledger,
    epoch,
    artifactsDir,
    homeDatasetsDir: datasetsDir,
    laptop: (jobId) => filesIn(join(home, 'artifacts', 'default', jobId, '1')),
    plan: (text) => planOf(text, datasetsDir, ledger),
    open: (plan, change) => openAttempt({ ledger, epoch, plan, change }),
    pod: (attempt, plan, env = {}, node = []) => {
      const pod = startPod(
        work.dir,
        {
          ...CLOCKS,
          HINDCAST_ENV: 'test',
          DATABASE_URL: postgres.url,
          REDIS_URL: redis.url,
          HINDCAST_JOB_ID: plan.jobId,
          HINDCAST_ATTEMPT: String(attempt.attempt),
          HINDCAST_NAMESPACE: plan.namespace,
          HINDCAST_NAME: 'in-a-pod',
          HINDCAST_DATASETS: cluster,
          HINDCAST_ARTIFACTS: artifactsDir,
          ...env,
        },
        node,
      )
      pods.push(pod)
      return pod
    },
    job: async ({ jobId }) => {
      const job = await ledger.findJob(jobId)
      assert.ok(job !== null)
      return job
    },
    left: (attempt) =>
      existsSync(folderOf(attempt))
        ? readdirSync(folderOf(attempt)).filter(
            (name) => name === String(attempt.attempt) || name.startsWith(`.staging-${attempt.attempt}-`),
          )
        : [],
    files: (resultPath) => filesIn(join(artifactsDir, resultPath ?? '')),
    channel,
    stop: async () => {
      for (const pod of pods) pod.child.kill('SIGKILL')
      await Promise.all([ledger.close(), channel.close()])
      await Promise.all([postgres.stop(), redis.stop()])
      work.remove()
    },
  }
}

async function planOf(text: string, datasetsDir: string, ledger: Ledger): Promise<Plan> {
  const request = readOneManifest(text, { file: 'test.yaml', today: '2026-11-22' })
  const catalog = await readCatalog(datasetsDir)
  if (request.kind === 'Backtest') return planBacktest(request, catalog)
  if (request.kind === 'WalkForward') return planWalkForward(request, catalog)
  assert.ok(request.kind === 'MonteCarlo' && 'jobId' in request.monteCarlo.source)
  const job = await ledger.findJob(request.monteCarlo.source.jobId)
  assert.ok(job?.contentSha256 != null && job.resultPath !== null)
  const { jobId, contentSha256, manifestSha256, resultPath } = job
  const backtest = { ...(job.configJson as unknown as Extract<Plan, { kind: 'Backtest' }>['backtest']) }
  const { snapshotId, dataset } = backtest
  return planMonteCarlo(request, {
    backtest,
    source: { jobId, contentSha256, manifestSha256, resultPath },
    snapshot: { snapshotId, dataset, fullSha256: '', datasetVersionIds: job.datasetVersionIds ?? {} },
  })
}

async function openAttempt(order: {
  readonly ledger: Ledger
  readonly epoch: number
  readonly plan: Plan
  readonly change: Partial<OpenAttempt> | undefined
}): Promise<Attempt> {
  const { ledger, epoch, plan, change } = order
  const asked = { createdBy: 'ada', priority: 'normal', timeoutSeconds: 3600, deletionPolicy: 'retain' } as const
  const { job } = await ledger.insertJob(jobOfPlan(plan, asked))
  const steer = { jobId: plan.jobId, attempt: job.attempt, epoch }
  const last = job.attempt === 0 ? null : await ledger.findAttempt(plan.jobId, job.attempt)
  const failure = { errorClass: 'worker_lost', message: 'test' }
  if (job.status === 'running') touched(await ledger.lost(steer, failure))
  else if (job.status === 'pending' && last?.status === 'pending') touched(await ledger.failWaiting(steer, failure))
  // A retry that waits is opened as it is: it keeps the units that are done.
  const waits = job.status === 'pending' && last?.status !== 'pending'
  if (!waits) touched(await ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 }))
  const opened = await ledger.openAttempt(opening(plan.jobId, job.attempt, epoch, change))
  assert.ok(opened !== 'fenced')
  return opened
}

/** File name -> bytes in hex, manifest.json left out. */
export function filesIn(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name !== 'manifest.json')
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'hex')]))
}
