import { type Json, resultKey } from '../../core/identity.ts'
import { invariant } from '../../core/invariant.ts'
import { planComputation } from '../../core/plan.ts'
import type { TerminationResult } from '../../core/process/termination.ts'
import type { RunPolicy } from '../../core/request.ts'
import type { Completion, Fenced, Job, Steer } from '../../storage/ledger/ledger.ts'
import { costConfigOf } from '../../storage/ledger/rows/cost-config.ts'
import { jobOfPlan } from '../../storage/ledger/rows/job-of-plan.ts'
import { progressTtlSeconds } from '../../storage/progress/channel.ts'
import type { OperatorConfig } from '../config.ts'
import type { Action, Intent, Recorded } from '../reconcile/types.ts'
import { type Acted, type Hands, type Pass, touched } from './context.ts'

type Planned = Extract<Intent, { is: 'planned' }>
type Of<Do extends Action['do']> = Extract<Action, { do: Do }>

/** Who asked, where no annotation says so (design.md 3, *Who may*). */
export function createdBy(pass: Pass): string {
  return pass.head?.createdBy ?? `namespace:${pass.seen.resource.namespace}`
}

/** Limits in force for a new attempt. */
export function limitsOf(run: RunPolicy, config: OperatorConfig) {
  return {
    timeoutSeconds: run.timeoutSeconds ?? config.timeoutSeconds,
    memoryLimitBytes: run.memoryLimitBytes ?? config.memoryLimitBytes,
    cpu: run.cpu,
  }
}

export async function remember({ ledger }: Hands, pass: Pass): Promise<Acted> {
  const { resource, intent } = pass.seen
  const { object, head } = pass
  await ledger.upsertResource({
    uid: resource.uid,
    kind: resource.kind,
    namespace: resource.namespace,
    name: resource.name,
    jobId: intent.is === 'planned' ? intent.plan.jobId : null,
    createdBy: createdBy(pass),
    deletionPolicy: head?.run.deletionPolicy ?? 'retain',
    priority: head?.run.priority ?? 'normal',
    manifest: {
      apiVersion: object?.apiVersion,
      kind: resource.kind,
      metadata: { name: resource.name, namespace: resource.namespace },
      spec: (object?.spec ?? null) as Json,
    },
  })
  return 'done'
}

/** T1. */
export async function insertRow({ ledger, config, metrics, clock }: Hands, pass: Pass): Promise<Acted> {
  const { plan, run } = planned(pass)
  const { inserted } = await ledger.insertJob(
    jobOfPlan(plan, {
      createdBy: createdBy(pass),
      priority: run.priority,
      timeoutSeconds: limitsOf(run, config).timeoutSeconds,
      deletionPolicy: run.deletionPolicy,
    }),
  )
  const created = Date.parse(pass.object?.metadata.creationTimestamp ?? '')
  if (inserted && !Number.isNaN(created)) metrics.submitSeconds.observe(Math.max(0, clock.now() - created) / 1000)
  return 'done'
}

export async function handle({ ledger, epoch }: Hands, pass: Pass, action: Of<'handle'>): Promise<Acted> {
  return touched(await ledger.markHandled(pass.seen.resource.uid, action.request, epoch))
}

export async function reopen({ ledger, epoch }: Hands, pass: Pass, action: Of<'reopen'>): Promise<Acted> {
  return touched(await ledger.reopenResource(pass.seen.resource.uid, action.request, epoch))
}

export async function finish({ ledger, epoch }: Hands, pass: Pass, { outcome }: Of<'finish'>): Promise<Acted> {
  const { uid, generation } = pass.seen.resource
  return touched(await ledger.settleResource(uid, { outcome, generation }, epoch))
}

export async function markGone({ ledger, epoch }: Hands, pass: Pass): Promise<Acted> {
  return touched(await ledger.markGone(pass.seen.resource.uid, epoch))
}

/** The row first, then the hint: without Redis the runner finds it in the row. */
export async function askCancel(
  { ledger, progress, epoch }: Hands,
  pass: Pass,
  action: Of<'askCancel'>,
): Promise<Acted> {
  const { job } = recorded(pass)
  const { uid } = pass.seen.resource
  const by = createdBy(pass)
  const answer =
    action.request === null
      ? await ledger.requestCancel(job.jobId, by)
      : await ledger.askCancel({ jobId: job.jobId, by, request: { resourceUid: uid, token: action.request }, epoch })
  if (answer === 'fenced') return 'fenced'
  await progress
    .flagCancel({ namespace: job.namespace, jobId: job.jobId }, answer.attempt, progressTtlSeconds(job.jobTimeout))
    .catch(() => {})
  return 'done'
}

/** T11. The slots are taken before the row is asked, and given back when it says no. */
export async function openAttempt(hands: Hands, pass: Pass, action: Of<'openAttempt'>): Promise<Acted> {
  const { ledger, config, desk, launches, metrics, epoch } = hands
  const { plan, run } = planned(pass)
  const { job, now } = recorded(pass)
  const { namespace, queued } = pass.seen.resource
  const place = { namespace, priority: run.priority, slots: action.parallelism }
  const give = queued ? () => {} : desk.reserve(place)
  if (give === null) return 'fenced'
  const limits = limitsOf(run, config)
  try {
    const opened = await ledger.openAttempt({
      steer: { jobId: plan.jobId, attempt: action.from, epoch },
      atLeast: action.atLeast,
      cause: action.cause,
      holderUid: pass.seen.resource.uid,
      deletionPolicy: run.deletionPolicy,
      jobName: hands.jobName(pass.seen.resource, Math.max(action.from + 1, action.atLeast)),
      priority: run.priority,
      memoryLimitBytes: limits.memoryLimitBytes,
      cpu: limits.cpu,
      timeoutSeconds: limits.timeoutSeconds,
      parallelism: action.parallelism,
      requestId: pass.requestId,
    })
    if (opened === 'fenced') return 'fenced'
    desk.opened({ ...opened, namespace })
    desk.withdraw(pass.seen.resource.uid)
    launches.permit(opened.jobId, opened.attempt)
    const waited = now - Date.parse(job.queuedAt ?? job.createdAt)
    metrics.queueWaitSeconds.observe({ priority: run.priority }, Math.max(0, waited) / 1000)
    return 'done'
  } finally {
    give()
  }
}

export async function countJob(hands: Hands, pass: Pass, { attempt }: Of<'countJob'>): Promise<Acted> {
  const { jobId } = recorded(pass).job
  const counted = await hands.ledger.countJob({ jobId, attempt, epoch: hands.epoch })
  if (counted === 'fenced') return 'fenced'
  hands.launches.permit(jobId, attempt)
  hands.metrics.vanished.inc()
  return 'done'
}

/** T4 to T7, T10. */
export async function settle(hands: Hands, pass: Pass, action: Of<'settle'>): Promise<Acted> {
  const { ledger, metrics } = hands
  const { how, failure } = action
  const steer: Steer = { ...steerOf(hands, pass), attempt: action.attempt }
  const write: Readonly<Record<typeof how, () => Promise<Job | Fenced>>> = {
    fail: () => ledger.fail(steer, failure),
    cancel: () => ledger.cancel(steer, failure),
    failWaiting: () => ledger.failWaiting(steer, failure),
    lost: () => ledger.lost(steer, failure),
  }
  const job = await write[how]()
  if (job === 'fenced') return 'fenced'
  if (how === 'lost') metrics.lost.inc()
  if (failure.errorClass === 'memory_limit') metrics.outOfMemory.inc({ kind: 'kernel' })
  return 'done'
}

/** T8. */
export async function retry(hands: Hands, pass: Pass, action: Of<'retry'>): Promise<Acted> {
  const { attempt, delayMs, failure } = action
  const job = await hands.ledger.retry({ ...steerOf(hands, pass), attempt }, { ...failure, delayMs })
  if (job === 'fenced') return 'fenced'
  hands.metrics.retries.inc({ class: failure.errorClass })
  return 'done'
}

/** T3 for a runner that could not reach the record. */
export async function complete(hands: Hands, pass: Pass, { termination }: Of<'complete'>): Promise<Acted> {
  const { jobId, attempt, index, podUid, result, peakMemory } = termination
  if (result === null) return 'fenced'
  const completion = completionOf(planned(pass), result, peakMemory)
  const claim = { jobId, attempt, index, podUid, epoch: hands.epoch }
  return touched(await hands.ledger.complete(claim, completion))
}

function completionOf({ plan }: Planned, result: TerminationResult, peak: number | null): Completion {
  const { costModel } = plan.backtest
  return {
    metrics: figuresOf(result.metrics),
    // Skipped costs leave no summary, and then no settings either.
    costConfig: costModel === null || result.costSummary === null ? null : costConfigOf(costModel),
    costSummary: result.costSummary && figuresOf(result.costSummary),
    resultPath: result.resultPath,
    snapshotId: result.snapshotId,
    datasetVersionIds: result.datasetVersionIds,
    engineRevision: result.engineRevision,
    engineVersion: result.engineVersion,
    imageDigest: null,
    contentSha256: result.contentSha256,
    manifestSha256: result.manifestSha256,
    resultKey: resultKey(plan.kind, planComputation(plan), result.engineRevision),
    artifactBytes: result.artifactBytes,
    peakMemoryBytes: peak,
  }
}

/** A termination message says null where a figure is NaN; what is not defined is not in it (ADR 53). */
function figuresOf(told: Readonly<Record<string, number | null>>): Record<string, number> {
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, value ?? Number.NaN]))
}

/** T9, after which nothing of the old attempt may be read. */
export async function rerun(hands: Hands, pass: Pass, action: Of<'rerun'>): Promise<Acted> {
  const { ledger, progress, config } = hands
  const { job } = recorded(pass)
  const { run } = planned(pass)
  const again = await ledger.rerun({
    steer: { jobId: job.jobId, attempt: action.attempt, epoch: hands.epoch },
    request: action.request === null ? null : { resourceUid: pass.seen.resource.uid, token: action.request },
    priority: run.priority,
    timeoutSeconds: limitsOf(run, config).timeoutSeconds,
    // A waiter's turn goes on where the holder stopped; whoever asks for a re-run wants it computed again.
    keepUnits: action.request === null,
  })
  if (again === 'fenced') return 'fenced'
  await progress.clear({ namespace: job.namespace, jobId: job.jobId }).catch(() => {})
  return 'done'
}

/** T12. */
export async function suspendRow(hands: Hands, pass: Pass, { attempt }: Of<'suspendRow'>): Promise<Acted> {
  return touched(await hands.ledger.suspend({ ...steerOf(hands, pass), attempt }))
}

function steerOf({ epoch }: Hands, pass: Pass): Steer {
  const { job } = recorded(pass)
  return { jobId: job.jobId, attempt: job.attempt, epoch }
}

function planned({ seen }: Pass): Planned {
  invariant(seen.intent.is === 'planned', 'an action that plans has a plan')
  return seen.intent
}

export function recorded({ seen }: Pass): Recorded {
  invariant(seen.record === 'row', 'an action on a row has seen one')
  return seen
}
