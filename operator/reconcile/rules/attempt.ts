import type { Attempt } from '../../../storage/ledger/ledger.ts'
import { lostVerdict, type Verdict } from '../outcome.ts'
import type { JobFacts, PodFacts } from '../types.ts'
import { isCancelled, openRequest, timeOf, verdictOf } from '../view.ts'
import { CONFIG_REASONS, PULL_REASONS } from '../waiting-pod.ts'
import { cancelAttempt, endAttempt } from './ending.ts'
import { act, type RecordedCase, type Rule, type Step, wait } from './rule.ts'

/** Jobs that are made for an attempt that nobody claims: the first, and three more (design.md 3, Attempt). */
const MOST_JOBS = 4
/** A Job put aside since its pod lacks the Secret is tried again after this long, and no more often. */
const PROBE_MS = 30_000

/** The pods of a deleted Job are looked at again this soon. */
const LEAVING_MS = 1_000

/** A row that applies while this resource holds an attempt that has not ended. */
function whileOpen(answer: (at: RecordedCase, open: Attempt) => Step | null): Rule<RecordedCase>['answer'] {
  return (at) => (at.view.open !== null && at.view.mine ? answer(at, at.view.open) : null)
}

/** The cancel clock of design.md 3: each row counts from the request by the record's clock. */
const CANCELLING: readonly Rule<RecordedCase>[] = [
  {
    name: 'ask-cancel',
    answer: whileOpen(({ seen }) => {
      const request = openRequest(seen)
      if (request?.verb === 'cancel')
        return act({ do: 'askCancel', request: request.label }, 'cancel_flag_set', request.label)
      if (!isCancelled(seen) || seen.job.cancelRequestedAt !== null) return null
      return act({ do: 'askCancel', request: null }, 'cancel_flag_set', 'nobody asks for its result any more')
    }),
  },
  {
    name: 'cancel-waiting',
    answer: whileOpen((at) => {
      const { seen } = at
      if (seen.job.cancelRequestedAt === null || seen.job.status !== 'pending') return null
      return cancelAttempt(at, { exitCode: null, message: '', leftovers: false })
    }),
  },
  {
    // Before the deadline's own row: a result that is ready to be recorded was there first.
    name: 'cancel-judge',
    answer: whileOpen((at) => {
      const verdict = at.seen.job.cancelRequestedAt === null ? null : verdictOf(at.seen, at.view)
      return verdict === null ? null : endAttempt(at, verdict)
    }),
  },
  {
    name: 'cancel-settle',
    answer: whileOpen((at) =>
      cancelAge(at) >= at.clocks.cancelSettleMs ? cancelAttempt(at, { exitCode: null, message: '' }) : null,
    ),
  },
  {
    name: 'cancel-force',
    answer: whileOpen((at) => {
      if (cancelAge(at) < at.clocks.cancelForceMs) return null
      const pods = (at.view.liveJob?.pods ?? []).filter((pod) => !pod.gone && !pod.forced && pod.end === null)
      return pods.length === 0 ? null : act({ do: 'forcePods', pods: pods.map(({ name, uid }) => ({ name, uid })) })
    }),
  },
  {
    name: 'cancel-delete',
    answer: whileOpen((at) => {
      const { liveJob } = at.view
      if (cancelAge(at) < at.clocks.cancelDeleteMs || liveJob === null || liveJob.deleting) return null
      return act({ do: 'deleteJob', name: liveJob.name, uid: liveJob.uid })
    }),
  },
  {
    name: 'cancelling',
    answer: whileOpen((at) => {
      const { seen, clocks } = at
      if (seen.job.cancelRequestedAt === null) return null
      const age = cancelAge(at)
      const marks = [clocks.cancelDeleteMs, clocks.cancelForceMs, clocks.cancelSettleMs]
      return wait((marks.find((mark) => mark > age) ?? age) - age)
    }),
  },
]

/** Since the cancel was asked for, by the record's clock; below 0: never. */
function cancelAge({ seen }: RecordedCase): number {
  const asked = timeOf(seen.job.cancelRequestedAt)
  return asked === null ? -1 : seen.now - asked
}

/** How an attempt ends that nobody cancelled. */
const ENDING: readonly Rule<RecordedCase>[] = [
  {
    name: 'judge',
    answer: whileOpen((at) => {
      const verdict = verdictOf(at.seen, at.view)
      return verdict === null ? null : endAttempt(at, verdict)
    }),
  },
  {
    name: 'lost',
    answer: whileOpen((at, open) => {
      const verdict = lossOf(at, open)
      return verdict === null ? null : endAttempt(at, verdict, 'lost')
    }),
  },
  {
    name: 'suspended-by-queue',
    answer: whileOpen(({ seen, view }) => {
      if (view.liveJob?.suspended !== true || seen.job.status !== 'running') return null
      return act({ do: 'suspendRow', attempt: seen.job.attempt }, 'suspended_by_queue')
    }),
  },
  {
    name: 'image-pull',
    answer: whileOpen((at) => {
      const pod = waitingPod(at.view.liveJob, PULL_REASONS)
      if (pod === undefined || at.seen.now - pod.createdAt < at.clocks.imagePullMs) return null
      return endAttempt(at, failedStart('image_pull', `the image cannot be pulled: ${pod.waiting?.message}`))
    }),
  },
  {
    name: 'unstarted',
    answer: whileOpen((at, open) => {
      const { seen, clocks, view } = at
      // A queue of the cluster may let a Job wait as long as it likes.
      if (seen.job.status !== 'pending' || view.liveJob?.queued === true) return null
      if (seen.now - (timeOf(open.openedAt) ?? seen.now) < clocks.startLimitMs) return null
      return endAttempt(at, failedStart('unschedulable', unstartedText(at)))
    }),
  },
]

/** The first claim that beats no more while its pod should. Of a running row alone: beats begin with the claim. */
function lossOf({ seen, view, clocks }: RecordedCase, open: Attempt): Verdict | null {
  if (seen.job.status !== 'running') return null
  for (const { index, podUid, stillMs } of seen.beats) {
    if (stillMs === null || stillMs < clocks.beatLostMs || view.job?.doneIndexes.includes(index)) continue
    const pod = view.job?.pods.find(({ uid }) => uid === podUid)
    // Done with its units: another pod merges.
    if (pod?.end?.exitCode === 0) continue
    const claim = seen.claims.find((one) => one.index === index)
    return lostVerdict(pod, { attempt: open.attempt, node: claim?.nodeName ?? null })
  }
  return null
}

function failedStart(code: 'image_pull' | 'unschedulable' | 'job_deleted' | 'name_conflict', message: string): Verdict {
  return { is: 'failed', code, message, exitCode: null, peakMemoryBytes: null }
}

/** What kept it from starting, in the words of whoever said so last. */
function unstartedText({ view, clocks }: RecordedCase): string {
  const pod = view.liveJob?.pods.find((one) => !one.gone)
  const why = pod?.unschedulable ?? pod?.waiting?.message ?? pod?.waiting?.reason ?? 'no pod was made'
  return `not started in ${Math.round(clocks.startLimitMs / 3_600_000)} h: ${why}`
}

/** From an opened attempt to a pod that starts. */
const STARTING: readonly Rule<RecordedCase>[] = [
  {
    name: 'give-back',
    answer: whileOpen(({ seen, view: { liveJob } }) => {
      if (liveJob === null || liveJob.suspended || liveJob.queued || liveJob.deleting) return null
      const pod = seen.job.status === 'pending' ? waitingPod(liveJob, CONFIG_REASONS) : undefined
      if (pod === undefined) return null
      const note = pod.waiting?.message ?? 'the Secret "hindcast-runner" is missing'
      return act({ do: 'suspendJob', name: liveJob.name, uid: liveJob.uid }, 'runner_not_configured', note)
    }),
  },
  {
    name: 'take-back',
    answer: whileOpen(({ seen, view: { liveJob, policy } }, open) => {
      if (liveJob === null || !liveJob.suspended || liveJob.queued || liveJob.deleting) return null
      if (policy?.suspend === true) return wait(null)
      // Without its condition the Job controller has not heard of the suspension yet: it is from right now.
      const due = (liveJob.suspendedAt ?? seen.now) + PROBE_MS - seen.now
      if (due > 0) return wait(due)
      if (seen.slots.granted < open.parallelism) return wait(PROBE_MS)
      return act({ do: 'resumeJob', name: liveJob.name, uid: liveJob.uid })
    }),
  },
  {
    name: 'name-conflict',
    answer: whileOpen((at) => {
      const { conflict } = at.seen.launch
      if (at.view.liveJob !== null || at.view.claimed || conflict === null) return null
      return endAttempt(at, failedStart('name_conflict', conflict))
    }),
  },
  {
    name: 'refused',
    answer: whileOpen(({ seen, view, clocks }) => {
      const { refused } = seen.launch
      if (view.liveJob !== null || refused === null) return null
      const due = refused.at + clocks.quotaRetryMs - seen.now
      return due > 0 ? wait(due) : null
    }),
  },
  {
    // A Job that was deleted in the background leaves its pod for a while, which may still claim.
    name: 'leaving',
    answer: whileOpen(({ view }) => {
      const left = view.liveJob === null ? (view.job?.pods ?? []) : []
      return left.some((pod) => !pod.gone && pod.end === null) ? wait(LEAVING_MS) : null
    }),
  },
  {
    name: 'start',
    answer: whileOpen(({ seen, view }, open) =>
      view.liveJob === null && seen.launch.permit
        ? act(
            { do: 'createJob', attempt: open.attempt },
            seen.launch.made > 1 ? 'job_remade' : 'job_created',
            `attempt ${open.attempt}`,
          )
        : null,
    ),
  },
  {
    name: 'count',
    answer: whileOpen(({ seen, view }, open) =>
      view.liveJob === null && seen.launch.made < MOST_JOBS ? act({ do: 'countJob', attempt: open.attempt }) : null,
    ),
  },
  {
    name: 'given-up',
    answer: whileOpen((at, open) =>
      at.view.liveJob === null
        ? endAttempt(at, failedStart('job_deleted', `the Job of attempt ${open.attempt} was deleted again and again`))
        : null,
    ),
  },
]

function waitingPod(job: JobFacts | null, reasons: readonly string[]): PodFacts | undefined {
  return job?.pods.find((pod) => !pod.gone && pod.waiting !== null && reasons.includes(pod.waiting.reason))
}

/** Rows for a resource with an open attempt, in their order. */
export const ATTEMPT: readonly Rule<RecordedCase>[] = [...CANCELLING, ...ENDING, ...STARTING]

/** The attempt runs or starts: look at its beats, or until a limit of waiting is reached. */
export const WATCH: Rule<RecordedCase> = {
  name: 'watch',
  answer: whileOpen(({ seen, clocks }) =>
    wait(seen.job.status === 'running' ? clocks.beatLookMs : Math.min(clocks.imagePullMs, clocks.unschedulableMs)),
  ),
}
