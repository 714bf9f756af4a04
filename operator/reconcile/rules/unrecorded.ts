import type { Unrecorded } from '../types.ts'
import { endedByStatus, hasEnded, isCancelled, openRequest } from '../view.ts'
import { act, type Rule, wait } from './rule.ts'
import { setTtl } from './tidy.ts'

interface UnrecordedCase {
  readonly seen: Unrecorded
}

/** Another look at a source or a catalogue, in case no event tells that it is there. */
const SOURCE_LOOK_MS = 15_000

/** A resource whose job has no row: not seen yet, invalid, waiting for its source, or outlived by its record. */
export const UNRECORDED: readonly Rule<UnrecordedCase>[] = [
  {
    name: 'bury',
    answer: ({ seen: { resource, remembered } }) =>
      resource.gone && remembered !== null && remembered.goneAt === null ? act({ do: 'markGone' }) : null,
  },
  { name: 'forget', answer: ({ seen }) => (seen.resource.gone ? wait(null) : null) },
  {
    // A terminal resource never runs again without a newer request, also when its record is lost.
    name: 'tidy-expired',
    answer: ({ seen }) => (isOver(seen) ? setTtl(seen, () => true) : null),
  },
  { name: 'expired', answer: ({ seen }) => (isOver(seen) ? wait(null) : null) },
  {
    name: 'remember',
    answer: ({ seen: { remembered, intent } }) => {
      if (intent.is === 'unknown') return null
      const known = remembered !== null && (intent.is !== 'planned' || remembered.jobId === intent.plan.jobId)
      return known ? null : act({ do: 'remember' })
    },
  },
  {
    name: 'reopen',
    answer: ({ seen }) => {
      const request = openRequest(seen)
      if (!hasEnded(seen.remembered) || request?.verb !== 'rerun') return null
      return act({ do: 'reopen', request: request.label }, 'rerun_opened', request.label)
    },
  },
  {
    name: 'cancel-late',
    answer: ({ seen }) => {
      const request = openRequest(seen)
      if (!hasEnded(seen.remembered) || request?.verb !== 'cancel') return null
      return act({ do: 'handle', request: request.label }, 'cancel_too_late', 'it has ended already')
    },
  },
  { name: 'settled', answer: ({ seen }) => (hasEnded(seen.remembered) ? wait(null) : null) },
  {
    name: 'cancel',
    answer: ({ seen }) =>
      isCancelled(seen)
        ? act({ do: 'finish', outcome: 'cancelled' }, 'cancelled_queued_job', 'before it was recorded')
        : null,
  },
  {
    // What is about to run for the first time answers a wish to run.
    name: 'absorb',
    answer: ({ seen }) => {
      const request = openRequest(seen)
      return request === null ? null : act({ do: 'handle', request: request.label })
    },
  },
  {
    name: 'refuse',
    answer: ({ seen: { intent } }) =>
      intent.is === 'invalid' ? act({ do: 'finish', outcome: intent.code }, 'resource_invalid', intent.message) : null,
  },
  {
    name: 'source',
    answer: ({ seen: { intent, resource } }) =>
      intent.is === 'sourceless' && !intent.suspended
        ? act({ do: 'createSource' }, 'source_created', `${resource.name}-source`)
        : null,
  },
  { name: 'wait-source', answer: ({ seen }) => (seen.intent.is === 'planned' ? null : wait(SOURCE_LOOK_MS)) },
  {
    name: 'record',
    answer: ({ seen: { intent } }) =>
      act({ do: 'insertRow' }, 'job_recorded', intent.is === 'planned' ? intent.plan.jobId : ''),
  },
]

/** Ended by its status, with nothing asked since. */
function isOver(seen: Unrecorded): boolean {
  return endedByStatus(seen) && !hasEnded(seen.remembered) && openRequest(seen)?.verb !== 'rerun'
}
