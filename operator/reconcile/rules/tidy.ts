import type { JobFacts, Observed } from '../types.ts'
import { timeOf } from '../view.ts'
import { act, type RecordedCase, type Step } from './rule.ts'

/** A runner that recorded its end gets this long to exit by itself, so that its Job ends as it should. */
const STRAGGLE_MS = 15_000
/** Where the spec can no longer be read: its own default. */
const TTL_SECONDS = 86_400

/** A Job that runs although its attempt has ended, or never was: deleted at once, or after a while. */
export function deleteStraggler({ seen, view }: RecordedCase): Step | null {
  const straggler = stragglersOf({ seen, view }).find(({ dueMs }) => dueMs <= 0)
  if (straggler === undefined) return null
  const { name, uid } = straggler.job
  return { ...act({ do: 'deleteJob', name, uid }), leftovers: true }
}

/** When the next straggler is due; null: there is none. */
export function stragglerDueMs(at: Pick<RecordedCase, 'seen' | 'view'>): number | null {
  const dues = stragglersOf(at).map(({ dueMs }) => dueMs)
  return dues.length === 0 ? null : Math.max(0, Math.min(...dues))
}

function stragglersOf({
  seen,
  view,
}: Pick<RecordedCase, 'seen' | 'view'>): readonly { job: JobFacts; dueMs: number }[] {
  const { attempt, now } = seen
  return seen.jobs
    .filter((job) => !job.gone && !job.deleting && job.finished === null && job.attempt !== view.open?.attempt)
    .map((job) => {
      const endedAt =
        job.attempt === attempt?.attempt && attempt.startedAt !== null ? timeOf(attempt.completedAt) : null
      return { job, dueMs: endedAt === null ? 0 : endedAt + STRAGGLE_MS - now }
    })
}

/** A finished Job whose outcome is recorded may go after its time; before that it is the only witness. */
export function ttlOfRecorded(at: RecordedCase): Step | null {
  return setTtl(at.seen, (job) => job.attempt !== at.view.open?.attempt)
}

/** The same for whichever Jobs the caller knows to be recorded. */
export function setTtl(seen: Observed, isRecorded: (job: JobFacts) => boolean): Step | null {
  const job = seen.jobs.find(
    (one) => !one.gone && !one.deleting && one.finished !== null && !one.hasTtl && isRecorded(one),
  )
  if (job === undefined) return null
  const { intent } = seen
  const seconds = intent.is === 'planned' ? intent.run.jobTTLSecondsAfterFinished : TTL_SECONDS
  return act({ do: 'setJobTtl', name: job.name, uid: job.uid, seconds })
}
