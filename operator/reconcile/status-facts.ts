import { isTerminal } from '../../core/lifecycle.ts'
import {
  type AttemptShown,
  type ExtraConditions,
  type JobShown,
  type Moment,
  NO_EXTRA,
  type ResultShown,
  type StatusFacts,
} from '../../core/status/shape.ts'
import type { OperatorClocks } from '../config.ts'
import { holdOf } from './holds.ts'
import type { Observed, Recorded, Unrecorded } from './types.ts'
import { endedByStatus, hasEnded, isCancelled, jobOfAttempt, timeOf, type View, verdictOf, viewOf } from './view.ts'
import { podConditions, startOf } from './waiting-pod.ts'

/** What `statusOf` is given for one observation: from the same facts as the decision, and with no other. */
export function statusFactsOf(seen: Observed, clocks: OperatorClocks): StatusFacts {
  const { now, resource } = seen
  const base = { now, generation: resource.generation, before: resource.status }
  if (seen.record === 'unreadable') return { ...base, ...KEPT, extra: unreadableExtra(seen) }
  if (seen.record === 'none') return { ...base, ...unrecordedFacts(seen) }
  const view = viewOf(seen)
  const moment = momentOf(seen, view, clocks)
  const handledRequest = seen.remembered?.handledRequest ?? resource.status?.handledRequest ?? null
  if (moment.is === 'kept') {
    return { ...base, ...KEPT, handledRequest, extra: { ...NO_EXTRA, unrecorded: lostText(seen) } }
  }
  return {
    ...base,
    moment,
    handledRequest,
    job: jobShown(seen, view),
    attempt: attemptShown(seen, view, moment),
    result: resultShown(seen, view, moment),
    lastResult: lastResultOf(seen, moment),
    extra: extraOf(seen, view, clocks),
  }
}

const KEPT = {
  moment: { is: 'kept' },
  handledRequest: null,
  job: null,
  attempt: null,
  result: null,
  lastResult: null,
} as const satisfies Partial<StatusFacts>

/** The record is away: a pod that ended meanwhile with its result in place is still seen. */
function unreadableExtra(seen: Observed): ExtraConditions {
  const unrecorded = {
    reason: 'DatabaseUnavailable',
    message: 'the record is out of reach; nothing is decided until it is back',
  }
  const ended = seen.jobs.flatMap(({ pods }) => pods).find(({ end }) => end?.termination?.outcome === 'completed')
  const path = ended?.end?.exitCode === 0 ? undefined : ended?.end?.termination?.result?.resultPath
  return { ...NO_EXTRA, unrecorded, recordPending: path === undefined ? null : pendingText(path) }
}

function pendingText(path: string): string {
  return `results are saved in ${path}, record pending`
}

function unrecordedFacts(seen: Unrecorded): Omit<StatusFacts, 'now' | 'generation' | 'before'> {
  const { resource, remembered, intent } = seen
  const handled = remembered?.handledRequest ?? null
  if (endedByStatus(seen))
    return { ...KEPT, handledRequest: handled, extra: { ...NO_EXTRA, unrecorded: lostText(seen) } }
  const plan = intent.is === 'planned' ? intent.plan : null
  const notYet = { reason: 'NotYet', message: 'the record has no row of it yet' }
  const shown: JobShown | null =
    plan === null
      ? null
      : { jobId: plan.jobId, snapshotId: plan.snapshot.snapshotId, retries: 0, nextAttemptAt: null, error: null }
  return {
    moment: unrecordedMoment(seen),
    handledRequest: handled ?? resource.status?.handledRequest ?? null,
    job: shown,
    attempt: null,
    result: null,
    lastResult: null,
    extra: { ...NO_EXTRA, unrecorded: notYet, trainOverlap: intent.is === 'planned' ? intent.warning : null },
  }
}

function unrecordedMoment({ remembered, intent, resource }: Unrecorded): Moment {
  if (hasEnded(remembered)) return endOf(remembered?.outcome ?? null, intent.is === 'invalid' ? intent.message : '')
  switch (intent.is) {
    case 'waiting':
      return waiting(intent.reason, intent.message)
    case 'sourceless':
      if (intent.suspended) return { is: 'suspended' }
      return waiting('SourcePending', `Backtest ${resource.name}-source is to be made`)
    default:
      return waiting('Recording', 'its row is to be made')
  }
}

/** The moment of a resource that has ended for itself. */
function endOf(outcome: string | null, message: string): Moment {
  switch (outcome) {
    case 'completed':
      return { is: 'completed', reused: false }
    case 'reused':
      return { is: 'completed', reused: true }
    case 'cancelled':
      return { is: 'cancelled', message: message || 'cancelled' }
    case 'record_lost':
      return { is: 'kept' }
    default:
      return { is: 'failed', class: outcome ?? 'failed', message: message || `failed: ${outcome}` }
  }
}

/** Why the record does not speak of a resource that has ended. */
function lostText(seen: Recorded | Unrecorded): ExtraConditions['unrecorded'] {
  if (seen.record === 'row' && seen.remembered?.outcome !== 'record_lost' && hasEnded(seen.remembered)) return null
  if (seen.remembered !== null && seen.remembered.outcome !== null && seen.remembered.outcome !== 'record_lost')
    return null
  return seen.remembered === null
    ? { reason: 'Expired', message: 'retention has removed the record; a re-run computes it again' }
    : { reason: 'RecordLost', message: 'the record was restored from an older copy; a re-run computes it again' }
}

function momentOf(seen: Recorded, view: View, clocks: OperatorClocks): Moment {
  const { remembered, job } = seen
  // Shown once stays shown: another resource may have taken the row since.
  if (endedByStatus(seen)) return { is: 'kept' }
  if (view.ended) {
    const message = view.mine && isTerminal(job.status) ? (job.errorMessage ?? '') : ''
    const said = seen.intent.is === 'invalid' ? seen.intent.message : message
    return endOf(remembered?.outcome ?? null, said)
  }
  if (view.open !== null && view.mine) {
    if (job.status === 'running') return { is: 'running' }
    return { is: 'waiting', ...startOf({ seen, view, clocks, open: view.open }) }
  }
  // Its end stands in the row, and is noted for the resource with the next pass.
  if (!view.active && view.mine) return before(seen) ?? waiting('Recording', 'its end is being recorded')
  const hold = holdOf(seen, view)
  if (hold?.reason === 'Suspended') return { is: 'suspended' }
  if (hold === null || isCancelled(seen)) return waiting('Admitting', 'an attempt is to be opened')
  return waiting(hold.reason, hold.message)
}

/** A phase does not go back for the moment between two passes. */
function before({ resource }: Recorded): Moment | null {
  return resource.status?.phase === 'Running' ? { is: 'running' } : null
}

function waiting(reason: string, message: string): Moment {
  return { is: 'waiting', admitted: false, reason, message }
}

function jobShown({ job, intent }: Recorded, { mine, ended }: View): JobShown {
  const pinned = job.configJson.snapshotId
  const planned = intent.is === 'planned' ? intent.plan.snapshot.snapshotId : null
  const failing = mine && !ended && job.errorClass !== null && job.errorMessage !== null
  return {
    jobId: job.jobId,
    snapshotId: planned ?? job.snapshotId ?? (typeof pinned === 'string' ? pinned : null),
    retries: job.retryCount,
    nextAttemptAt: timeOf(job.nextAttemptAt),
    error: failing ? { class: job.errorClass ?? '', message: job.errorMessage ?? '' } : null,
  }
}

/** The newest attempt is this resource's to show, while it holds the row. */
function attemptShown(seen: Recorded, view: View, moment: Moment): AttemptShown | null {
  const { attempt, job, shown } = seen
  if (attempt === null || !view.mine || (moment.is === 'completed' && moment.reused)) return null
  const stored = {
    percent: job.progressPct,
    stage: job.progressStage ?? 'started',
    date: job.progressDate,
    updatedAt: timeOf(job.completedAt) ?? seen.now,
    source: 'record',
  } as const
  const limits =
    attempt.memoryLimit === null || attempt.cpu === null
      ? null
      : { timeoutSeconds: attempt.timeout, memoryLimitBytes: attempt.memoryLimit, cpu: attempt.cpu }
  return {
    attempt: attempt.attempt,
    jobName: attempt.jobName ?? jobOfAttempt(seen, attempt.attempt)?.name ?? null,
    limits,
    units: shown.units,
    progress: job.status === 'running' ? (shown.progress ?? stored) : view.active ? null : stored,
    startedAt: timeOf(attempt.startedAt),
  }
}

function resultShown(
  { job, remembered, resource, shown, lastGood }: Recorded,
  { mine }: View,
  moment: Moment,
): ResultShown | null {
  if (moment.is !== 'completed' && moment.is !== 'failed' && moment.is !== 'cancelled') return null
  const good = moment.is === 'completed' ? (lastGood ?? job) : null
  const completedAt = (mine ? timeOf(job.completedAt) : null) ?? timeOf(remembered?.finishedAt ?? null)
  return {
    kind: resource.kind,
    completedAt: moment.is === 'completed' ? (timeOf(good?.completedAt ?? null) ?? completedAt) : completedAt,
    path: good?.resultPath == null ? null : `${shown.storeRoot}/${good.resultPath}`,
    snapshotId: good?.snapshotId ?? null,
    datasetVersionIds: good?.datasetVersionIds ?? null,
    metrics: good === null ? null : { ...good.costSummary, ...good.metrics },
  }
}

/** The last good result, while another attempt is on its way or when it failed. */
function lastResultOf({ lastGood, shown, attempt, remembered }: Recorded, moment: Moment): StatusFacts['lastResult'] {
  if (lastGood === null || lastGood.resultPath === null || moment.is === 'completed' || remembered === null) return null
  if (attempt !== null && attempt.attempt === lastGood.attempt && moment.is !== 'waiting') return null
  return {
    attempt: lastGood.attempt,
    completedAt: timeOf(lastGood.completedAt),
    path: `${shown.storeRoot}/${lastGood.resultPath}`,
  }
}

function extraOf(seen: Recorded, view: View, clocks: OperatorClocks): ExtraConditions {
  const { job, health, intent } = seen
  const running = job.status === 'running' && view.mine && !view.ended
  const waitingForRetry = holdOf(seen, view)?.reason === 'RetryScheduled' && view.open === null && view.active
  const verdict = running ? verdictOf(seen, view) : null
  const idle = seen.beats.filter(({ stillMs }) => stillMs !== null && stillMs < clocks.beatLostMs)
  const stuck = idle.length > 0 && idle.every(({ idleMs }) => idleMs !== null && idleMs >= clocks.noProgressMs)
  return {
    ...NO_EXTRA,
    retryScheduled: waitingForRetry && view.mine ? (holdOf(seen, view)?.message ?? '') : null,
    retriesExhausted:
      view.ended && view.mine && job.errorClass === 'retries_exhausted' ? (job.errorMessage ?? '') : null,
    redisDegraded:
      running && health.redisLost ? 'Redis is out of reach; progress and cancel go through the record' : null,
    recordPending:
      verdict?.is === 'completed' ? pendingText(verdict.termination.result?.resultPath ?? 'the store') : null,
    storageFull: view.active && !view.ended ? health.storageFull : null,
    noProgress: running && stuck ? `no progress for ${Math.round(clocks.noProgressMs / 1000)} s` : null,
    trainOverlap: intent.is === 'planned' ? intent.warning : null,
    ...(view.mine && !view.ended ? podConditions({ seen, view, clocks }) : {}),
  }
}
