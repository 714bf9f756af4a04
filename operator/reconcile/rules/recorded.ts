import { ERRORS, type ErrorCode } from '../../../core/errors.ts'
import { holdOf } from '../holds.ts'
import type { Recorded } from '../types.ts'
import { endedByStatus, isCancelled, openRequest, requestOf, type View } from '../view.ts'
import { ATTEMPT, WATCH } from './attempt.ts'
import { act, type RecordedCase, type Rule, type Step, wait } from './rule.ts'
import { deleteStraggler, stragglerDueMs, ttlOfRecorded } from './tidy.ts'

/** Another look in case an event was missed. */
const LOOK_AGAIN_MS = 60_000
/** The status is to be written first. */
const SOON_MS = 50

/** The resource is gone: its job goes with it, unless others share it. */
const LEAVING: readonly Rule<RecordedCase>[] = [
  {
    name: 'abandon',
    answer: ({ seen, view }) => {
      if (!seen.resource.gone || !view.active || !(view.mine || alone(seen, view))) return null
      const { kind, name } = seen.resource
      const failure = { errorClass: 'ResourceDeleted', message: `${kind} ${name} was deleted` }
      const step = act({ do: 'settle', how: 'cancel', attempt: seen.job.attempt, failure }, 'orphan_row_failed')
      return { ...step, leftovers: view.open !== null }
    },
  },
  {
    name: 'bury',
    answer: ({ seen: { resource, remembered, job } }) => {
      if (!resource.gone || remembered === null || remembered.goneAt !== null) return null
      return { ...act({ do: 'markGone' }), leftovers: job.deletionPolicy === 'purge' }
    },
  },
  { name: 'forget', answer: ({ seen }) => (seen.resource.gone ? wait(null) : null) },
]

/** Who the resource is to the record. */
const KNOWING: readonly Rule<RecordedCase>[] = [
  {
    // Retention removed its row, and another resource has asked for the same since: it has its answer already.
    name: 'over',
    answer: ({ seen }) =>
      seen.remembered === null && endedByStatus(seen) && openRequest(seen)?.verb !== 'rerun' ? wait(null) : null,
  },
  {
    name: 'remember',
    answer: ({ seen: { remembered, job } }) => (remembered?.jobId === job.jobId ? null : act({ do: 'remember' })),
  },
  {
    // The record is older than the status: it was restored. What had ended stays ended.
    name: 'restored',
    answer: ({ seen, view }) => {
      if (view.ended || !endedByStatus(seen) || openRequest(seen)?.verb === 'rerun') return null
      if (view.mine && seen.job.status === seen.resource.status?.phase?.toLowerCase()) return null
      return act({ do: 'finish', outcome: 'record_lost' })
    },
  },
  {
    // It has ended for itself, and nobody else is there who could go on with the row.
    name: 'drop',
    answer: (at) => {
      const { seen, view } = at
      if (!view.ended || !view.active || !(view.mine || alone(seen, view))) return null
      return dropRow(at)
    },
  },
]

/** No live resource would take the row over. */
function alone({ job }: Recorded, { others, me }: View): boolean {
  return others === 0 && (job.holderUid === null || job.holderUid === me)
}

function dropRow({ seen: { job, remembered }, view }: RecordedCase): Step {
  const outcome = remembered?.outcome ?? 'cancelled'
  const { attempt } = job
  if (outcome === 'cancelled' || outcome === 'reused' || outcome === 'completed') {
    const failure = { errorClass: 'cancelled', message: 'cancelled before an attempt ran' }
    return { ...act({ do: 'settle', how: 'cancel', attempt, failure }, 'cancelled_queued_job'), leftovers: false }
  }
  const lost = outcome === 'record_lost'
  const code = lost || !Object.hasOwn(ERRORS, outcome) ? 'worker_lost' : (outcome as ErrorCode)
  const message = lost
    ? 'the record was restored from an older copy; you can resubmit'
    : 'it cannot be computed as asked'
  const how = job.status === 'running' ? 'fail' : 'failWaiting'
  const failure = { errorClass: code, message }
  return { ...act({ do: 'settle', how, attempt, failure }, 'job_failed', message), leftovers: view.open !== null }
}

/** A cancel where no attempt of this resource is open, by its label or by its row: it ends for itself alone. */
const STEPPING_BACK: Rule<RecordedCase> = {
  name: 'step-back',
  answer: ({ seen, view }) => {
    const byRow = view.active && view.open === null && !view.heldElsewhere && seen.job.cancelRequestedAt !== null
    if (view.ended || !(isCancelled(seen) || byRow)) return null
    if (view.mine && (view.open !== null || !view.active)) return null
    return act({ do: 'finish', outcome: 'cancelled' }, 'cancelled_queued_job', 'it was waiting')
  },
}

/** The row has ended, or the resource has. */
const RESTING: readonly Rule<RecordedCase>[] = [
  {
    name: 'rerun',
    answer: ({ seen, view }) => {
      const request = openRequest(seen)
      if (view.active || request?.verb !== 'rerun' || seen.intent.is !== 'planned') return null
      // Whoever holds the row has not noted its end yet, which the re-run would take from it.
      if (view.heldElsewhere) return wait(SOON_MS)
      return act({ do: 'rerun', attempt: seen.job.attempt, request: request.label }, 'rerun_opened', request.label)
    },
  },
  {
    name: 'finish',
    answer: ({ seen: { job, resource }, view }) => {
      if (view.ended || view.active || !view.mine) return null
      const outcome = job.status === 'failed' ? (job.errorClass ?? 'failed') : job.status
      const late = job.status === 'completed' && requestOf(resource.request)?.verb === 'cancel'
      const event = late ? 'cancel_too_late' : job.status === 'completed' ? 'commit_ok' : 'job_failed'
      return act({ do: 'finish', outcome }, job.status === 'cancelled' ? undefined : event, job.errorMessage ?? '')
    },
  },
  {
    name: 'reuse',
    answer: ({ seen: { job, engineRevision }, view }) => {
      if (view.ended || job.status !== 'completed' || job.engineRevision !== engineRevision) return null
      return act({ do: 'finish', outcome: 'reused' }, 'reused', `the result of attempt ${job.lastGoodAttempt}`)
    },
  },
  { name: 'delete-straggler', answer: deleteStraggler },
  { name: 'set-ttl', answer: ttlOfRecorded },
  WATCH,
  {
    // A request that asks for nothing that could still happen.
    name: 'answer-late',
    answer: ({ seen, view }) => {
      const request = openRequest(seen)
      if (!view.ended || request === null) return null
      if (request.verb === 'rerun' && seen.intent.is !== 'invalid') return wait(LOOK_AGAIN_MS)
      const event = request.verb === 'cancel' ? 'cancel_too_late' : 'resource_invalid'
      return act({ do: 'handle', request: request.label }, event, request.label)
    },
  },
  { name: 'settled', answer: (at) => (at.view.ended ? wait(stragglerDueMs(at)) : null) },
]

/** A resource that wants a result: it waits for its turn, or opens an attempt. */
const WAITING: readonly Rule<RecordedCase>[] = [
  {
    name: 'absorb',
    answer: ({ seen, view }) => {
      const request = openRequest(seen)
      const { job } = seen
      if (request?.verb !== 'rerun' || !view.active || view.open !== null) return null
      if (view.heldElsewhere || job.retryCount > 0) return null
      return act({ do: 'handle', request: request.label })
    },
  },
  {
    // Another resource's attempt has not ended: its own passes end it.
    name: 'wait-attempt',
    answer: ({ view }) => (view.open !== null ? wait(null) : null),
  },
  {
    name: 'refuse',
    answer: ({ seen: { intent }, view }) =>
      intent.is === 'invalid' && !view.heldElsewhere
        ? act({ do: 'finish', outcome: intent.code }, 'resource_invalid', intent.message)
        : null,
  },
  { name: 'wait-plan', answer: ({ seen }) => (seen.intent.is === 'planned' ? null : wait(LOOK_AGAIN_MS)) },
  {
    name: 'turn',
    answer: ({ seen, view }) => {
      if (view.active || view.heldElsewhere || !view.first || view.policy?.suspend === true) return null
      return act({ do: 'rerun', attempt: seen.job.attempt, request: null }, 'waiter_turn')
    },
  },
  {
    name: 'hold',
    answer: (at) => {
      const hold = holdOf(at.seen, at.view)
      if (hold === null && at.view.active) return null
      const due = stragglerDueMs(at)
      const after = hold?.afterMs ?? null
      const event = hold?.reason === 'WaitingForIdentical' ? 'waiting_for_identical' : 'admission_blocked'
      const told = hold === null || admittedReason(at.seen) === hold.reason
      return {
        afterMs: after === null || due === null ? (after ?? due) : Math.min(after, due),
        says: told ? null : { event, note: `${hold.reason}: ${hold.message}` },
      }
    },
  },
  {
    // The job's id and snapshot stand in the status before anything is computed.
    name: 'pin',
    answer: ({ seen: { resource, job } }) => (resource.status?.jobId === job.jobId ? null : wait(SOON_MS)),
  },
  {
    name: 'open',
    answer: ({ seen }) => {
      const { job, jobs, resource, slots, intent } = seen
      const seenAttempts = [resource.status?.attempt ?? 0, ...jobs.map(({ attempt }) => attempt)]
      const wants = intent.is === 'planned' ? intent.parallelism : 1
      return act(
        {
          do: 'openAttempt',
          from: job.attempt,
          atLeast: Math.max(job.attempt, ...seenAttempts) + 1,
          cause: job.attempt === 0 ? 'first' : job.retryCount > 0 ? 'retry' : 'rerun',
          parallelism: resource.queued ? wants : Math.min(wants, slots.granted),
        },
        'attempt_opened',
        `attempt ${job.attempt + 1}`,
      )
    },
  },
]

/** What the status says of its waiting already. */
function admittedReason({ resource }: Recorded): string | undefined {
  return resource.status?.conditions?.find(({ type }) => type === 'Admitted')?.reason
}

/** A resource whose job has a row: the whole behaviour, read top to bottom. */
export const RECORDED: readonly Rule<RecordedCase>[] = [
  ...LEAVING,
  ...KNOWING,
  STEPPING_BACK,
  ...ATTEMPT,
  ...RESTING,
  ...WAITING,
]
