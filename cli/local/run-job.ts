import { formatIsoDate } from '../../core/dates.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { invariant } from '../../core/invariant.ts'
import { isTerminal } from '../../core/lifecycle.ts'
import type { AttemptProgress, Outcome } from '../../core/outcome.ts'
import type { Plan } from '../../core/plan.ts'
import type { RequestHead } from '../../core/request.ts'
import { ENGINE_REVISION } from '../../engine/revision.ts'
import type { AttemptReport } from '../../runner/port.ts'
import type { Work } from '../../runner/work.ts'
import type { AttemptCause, Failure, Fenced, Job, Ledger, Resource, Steer } from '../../storage/ledger/ledger.ts'
import { processIdentity } from '../../storage/ledger/process-identity.ts'
import type { Context } from '../context.ts'
import type { HomeFolder } from './home-folder.ts'
import { takeCancels } from './mailbox.ts'
import { type Home, workerId } from './open-home.ts'
import { newJobOf, newResourceOf } from './records.ts'
import { artifactsPresent, largestAttemptOnDisk } from './result-files.ts'

/** One job to bring to its end here. */
export interface JobOrder {
  readonly plan: Plan
  readonly head: RequestHead
  readonly threads: number
  /** Compute even where a result of this engine is there. */
  readonly again: boolean
  readonly onProgress: (progress: AttemptProgress) => void
  /** Work on this job that was begun while the home was opening; absent: begun here. */
  readonly ahead?: Work | null
  /** Aborted with reason `cancel` or `interrupt`. */
  readonly stop: AbortController
}

/** How a job ended. */
export interface JobEnd {
  readonly job: Job
  readonly resource: Resource
  /** The result was there already; nothing was computed. */
  readonly reused: boolean
  /** SIGTERM or SIGHUP ended it; with Ctrl-C the job is cancelled instead. */
  readonly interrupted: boolean
  readonly durationMs: number
  readonly engineMs: number
  /** What became of the units of a parallel kind; null where there are none, or nothing was computed. */
  readonly units: AttemptReport['units']
}

const CANCEL_POLL_MS = 250

/** Records, opens, runs and settles a job: the steward's part of its life (design.md 3), in this process. */
export async function runJob(context: Context, home: Home, order: JobOrder): Promise<JobEnd> {
  const ahead = order.ahead ?? (await beginAhead(context, home, order))
  try {
    return await runRecorded(context, home, { ...order, ahead })
  } finally {
    await ahead?.close()
  }
}

/**
 * Begins what needs no record (threads, panel, days), beside the statements of the record. Null where a result seems to
 * be there already. `order`: as far as it is known before the home is open.
 */
export async function beginAhead(
  context: Context,
  home: HomeFolder,
  order: Pick<JobOrder, 'plan' | 'head' | 'threads' | 'again'>,
): Promise<Work | null> {
  if (!order.again && largestAttemptOnDisk(home, order.plan) > 0) return null
  const { startWork } = await import('../../runner/work.ts')
  const { plan, head, threads } = order
  const memoryLimitBytes = head.run.memoryLimitBytes ?? context.config.jobMemoryLimitBytes
  const { datasetsDir, artifactsDir } = home
  const input = {
    plan,
    index: 0,
    parallelism: 1,
    threads,
    datasetsDir,
    artifactsDir,
    memoryLimitBytes,
    pace: context.config.pace,
  }
  return startWork(input, context.monotonic)
}

async function runRecorded(context: Context, home: Home, order: JobOrder): Promise<JobEnd> {
  const startedAt = context.monotonic()
  const { ledger } = home
  const resource = await ledger.upsertResource(newResourceOf(order.plan, order.head, context.user))
  const { job: found } = await ledger.insertJob(newJobOf(order.plan, order.head, context))
  await ledger.audit({
    actor: context.user,
    action: order.again ? 'rerun' : 'submit',
    namespace: order.plan.namespace,
    jobId: order.plan.jobId,
    ip: null,
    details: { name: order.head.name },
  })
  if (!order.again && isReusable(found) && (await artifactsPresent(home, found))) {
    await ledger.finishResource(resource.uid, 'reused')
    const durationMs = context.monotonic() - startedAt
    return { job: found, resource, reused: true, interrupted: false, durationMs, engineMs: 0, units: null }
  }
  const attempt = await openNextAttempt(context, home, { order, found, resource })
  const report = await computeHere(context, home, { order, attempt })
  const job = await settle(home, { order, attempt, outcome: report.outcome })
  await ledger.finishResource(resource.uid, job.status)
  const interrupted = report.outcome.outcome === 'interrupted'
  return {
    job,
    resource,
    reused: false,
    interrupted,
    durationMs: context.monotonic() - startedAt,
    engineMs: report.engineMs,
    units: report.units,
  }
}

/** A completed result stands for the question as long as the engine that computed it is the running one. */
function isReusable(job: Job): boolean {
  return job.status === 'completed' && job.engineRevision === ENGINE_REVISION
}

interface Opening {
  readonly order: JobOrder
  readonly found: Job
  readonly resource: Resource
}

/** T9 where the job has ended, then T11; gives the number of the attempt. */
async function openNextAttempt(context: Context, home: Home, { order, found, resource }: Opening): Promise<number> {
  const { ledger, epoch } = home
  const steer = { jobId: found.jobId, attempt: found.attempt, epoch }
  const timeoutSeconds = order.head.run.timeoutSeconds ?? context.config.jobTimeoutSeconds
  const { priority, deletionPolicy, cpu } = order.head.run
  // Asked to be cancelled while it waited, by a process that was killed before it could do so.
  const left = found.status === 'pending' && found.cancelRequestedAt !== null
  if (left) await ledger.cancel(steer, { errorClass: 'cancelled', message: 'cancelled before it was started' })
  if (left || found.status !== 'pending') {
    // A run that did not end well goes on where it stopped; only a re-run that was asked for computes all again.
    const keepUnits = !order.again
    const again = await ledger.rerun({ steer, request: null, priority, timeoutSeconds, keepUnits })
    invariant(again !== 'fenced', `job ${found.jobId} is ${found.status} and could not be taken back`)
  }
  const cause: AttemptCause = found.attempt === 0 ? 'first' : 'rerun'
  const opened = await ledger.openAttempt({
    steer,
    // A number is never used again, also where the record that knew it is gone.
    atLeast: Math.max(found.attempt, largestAttemptOnDisk(home, found)) + 1,
    cause,
    holderUid: resource.uid,
    deletionPolicy,
    jobName: null,
    priority,
    memoryLimitBytes: order.head.run.memoryLimitBytes ?? context.config.jobMemoryLimitBytes,
    cpu,
    timeoutSeconds,
    parallelism: 1,
  })
  invariant(opened !== 'fenced', `job ${found.jobId} changed while this process held its home`)
  return opened.attempt
}

async function computeHere(
  context: Context,
  home: Home,
  { order, attempt }: { order: JobOrder; attempt: number },
): Promise<AttemptReport> {
  const { runAttempt } = await import('../../runner/attempt.ts')
  const { plan, head } = order
  const { config } = context
  const note = { jobId: plan.jobId, name: head.name, namespace: plan.namespace, attempt }
  home.say({ ...note, percent: 0, stage: 'init_dependencies', date: null })
  const poll = setInterval(() => passOnCancels(context, home, order), CANCEL_POLL_MS)
  try {
    return await runAttempt(
      {
        plan,
        name: head.name,
        attempt,
        index: 0,
        parallelism: 1,
        podUid: processIdentity(),
        workerId: workerId(),
        engineVersion: context.version,
        datasetsDir: home.datasetsDir,
        artifactsDir: home.artifactsDir,
        threads: order.threads,
        timeoutSeconds: head.run.timeoutSeconds ?? config.jobTimeoutSeconds,
        memoryLimitBytes: head.run.memoryLimitBytes ?? config.jobMemoryLimitBytes,
        pace: config.pace,
      },
      {
        ledger: home.ledger,
        now: context.now,
        monotonic: context.monotonic,
        onProgress: (progress) => {
          const { percent, stage, date } = progress
          home.say({ ...note, percent, stage, date: date === null ? null : formatIsoDate(date) })
          order.onProgress(progress)
        },
        stop: order.stop.signal,
      },
      order.ahead ?? undefined,
    )
  } finally {
    clearInterval(poll)
    home.say(null)
  }
}

/** A cancel that another process asked for goes into the record, and stops the attempt without waiting for a beat. */
function passOnCancels(context: Context, home: Home, order: JobOrder): void {
  for (const jobId of takeCancels(home)) {
    void home.ledger.requestCancel(jobId, context.user).catch(() => {})
    if (jobId === order.plan.jobId) order.stop.abort('cancel')
  }
}

/** The row after the attempt; what the runner left open (an interruption) is closed here. */
async function settle(
  home: Home,
  { order, attempt, outcome }: { order: JobOrder; attempt: number; outcome: Outcome },
): Promise<Job> {
  const { ledger, epoch } = home
  const { jobId } = order.plan
  const steer = { jobId, attempt, epoch }
  if (outcome.outcome === 'interrupted') await ledger.fail(steer, INTERRUPTED)
  const job = await ledger.findJob(jobId)
  invariant(job !== null, `job ${jobId} has a row`)
  if (isTerminal(job.status)) return job
  // It ended before its claim: the row was not the runner's to write.
  const ended = job.status === 'pending' ? await settleUnclaimed(ledger, steer, outcome) : 'fenced'
  if (ended !== 'fenced') return ended
  // Fenced, and yet nobody but this process may write here: something else made the attempt's folder.
  const message = `the files of attempt ${attempt} were put there by something else; run it again`
  const failed = await ledger.fail(steer, { errorClass: 'storage_error', message })
  invariant(failed !== 'fenced', `attempt ${attempt} of job ${jobId} can be ended`)
  return failed
}

const INTERRUPTED: Failure = { errorClass: 'interrupted' satisfies ErrorCode, message: 'this process was told to end' }

async function settleUnclaimed(ledger: Ledger, steer: Steer, outcome: Outcome): Promise<Job | Fenced> {
  switch (outcome.outcome) {
    case 'failed':
      return await ledger.failWaiting(steer, { errorClass: outcome.code, message: outcome.message })
    case 'cancelled':
      return await ledger.cancel(steer, { errorClass: 'cancelled', message: outcome.message })
    case 'interrupted':
      return await ledger.failWaiting(steer, INTERRUPTED)
    default:
      return 'fenced'
  }
}
