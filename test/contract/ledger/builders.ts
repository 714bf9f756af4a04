import { sha256Hex } from '../../../core/identity.ts'
import type {
  Attempt,
  Claim,
  Completion,
  Fenced,
  Job,
  Ledger,
  NewJob,
  OpenAttempt,
  Resource,
} from '../../../storage/ledger/ledger.ts'
import type { Database } from '../../../storage/ledger/sql.ts'

/** One engine under test: the port, and the database below it for what only SQL can show. */
export interface Bench {
  readonly ledger: Ledger
  readonly database: Database
}

let counter = 0

/** A job nobody has asked for yet; each call gives another id. */
export function newJob(change: Partial<NewJob> = {}): NewJob {
  counter += 1
  const configHash = sha256Hex(`job ${counter}`)
  return {
    jobId: configHash.slice(0, 32),
    configHash,
    kind: 'backtest',
    namespace: 'default',
    dataset: 'sp500',
    alphaName: 'momentum',
    startDate: '2015-01-02',
    endDate: '2015-12-31',
    weightMethod: 'zscore',
    config: { dataset: 'sp500', snapshotId: 'sp500-2f6c0a91' },
    createdBy: 'ada',
    priority: 'normal',
    timeoutSeconds: 3600,
    deletionPolicy: 'retain',
    ...change,
  }
}

export function opening(jobId: string, attempt: number, epoch: number, change: Partial<OpenAttempt> = {}): OpenAttempt {
  return {
    steer: { jobId, attempt, epoch },
    atLeast: 0,
    cause: attempt === 0 ? 'first' : 'retry',
    holderUid: 'uid-1',
    deletionPolicy: 'retain',
    jobName: `momentum-a${attempt + 1}`,
    priority: 'normal',
    memoryLimitBytes: 4_294_967_296,
    cpu: 1,
    timeoutSeconds: 3600,
    parallelism: 1,
    ...change,
  }
}

export function result(change: Partial<Completion> = {}): Completion {
  return {
    metrics: {
      mean_ic: 0.0125,
      icir: 0.8,
      hit_rate: 0.55,
      coverage: 1,
      long_short_spread: 0.001,
      average_turnover: 0.1,
    },
    costConfig: null,
    costSummary: null,
    resultPath: 'default/job/1',
    snapshotId: 'sp500-2f6c0a91',
    datasetVersionIds: { crsp: '1@2f6c0a91' },
    engineRevision: 1,
    engineVersion: '0.1.0',
    imageDigest: null,
    contentSha256: sha256Hex('content'),
    manifestSha256: sha256Hex('manifest'),
    resultKey: sha256Hex('key'),
    artifactBytes: 5_000_000_000,
    peakMemoryBytes: 300_000_000,
    ...change,
  }
}

export function failure(errorClass = 'engine_error') {
  return { errorClass, message: 'the test wants it so', exitCode: 70, peakMemoryBytes: null }
}

/** The value of a write that must have touched its row. */
export function touched<T extends Job | Attempt | Resource>(value: T | Fenced): T {
  if (value === 'fenced') throw new Error('the write was fenced')
  return value
}

/** A recorded job whose first attempt is open. */
export async function openedJob(ledger: Ledger, epoch: number, change: Partial<NewJob> = {}): Promise<Job> {
  const { job } = await ledger.insertJob(newJob(change))
  touched(await ledger.openAttempt(opening(job.jobId, 0, epoch)))
  return (await ledger.findJob(job.jobId)) as Job
}

/** A running job with the claim that holds it. */
export async function runningJob(
  ledger: Ledger,
  epoch: number,
  change: Partial<NewJob> = {},
): Promise<{ job: Job; claim: Claim }> {
  const opened = await openedJob(ledger, epoch, change)
  const claim = { jobId: opened.jobId, attempt: opened.attempt, index: 0, podUid: `pod-of-${opened.jobId}` }
  const job = touched(await ledger.claim({ ...claim, workerId: 'worker-1', nodeName: 'node-1' }))
  return { job, claim }
}

/** A job that has ended well. */
export async function completedJob(ledger: Ledger, epoch: number, change: Partial<NewJob> = {}): Promise<Job> {
  const { job, claim } = await runningJob(ledger, epoch, change)
  const resultPath = `${job.namespace}/${job.jobId}/${job.attempt}`
  return touched(await ledger.complete(claim, result({ resultPath })))
}

/** Empties every table but the migrations' and the installation's. */
export async function empty(database: Database): Promise<void> {
  await database.script('TRUNCATE backtest_jobs, backtest_resources, audit_log, store_rooms CASCADE')
}
