import { decodeTermination } from '../../core/process/termination.ts'
import { type ContainerStatus, type JobObject, type PodObject, trueCondition } from '../../kube/workloads.ts'
import type { JobFacts, PodEnd, PodFacts } from '../reconcile/types.ts'

/** Labels of Jobs and pods; they select and tell people, and never decide who owns what. */
export const LABELS = {
  jobId: 'hindcast.dev/job-id',
  attempt: 'hindcast.dev/attempt',
  managedBy: 'app.kubernetes.io/managed-by',
  queue: 'kueue.x-k8s.io/queue-name',
} as const

/** Set by Kubernetes on the pods of an Indexed Job. */
const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index'

/** A pod with whether it was deleted since it was last seen. */
export interface KeptPod {
  readonly object: PodObject
  readonly gone: boolean
}

/** The facts of a Job and its pods. An attempt label that is no number reads as 0, which is no attempt. */
export function jobFacts(job: JobObject, pods: readonly KeptPod[], gone = false): JobFacts {
  const { metadata, spec, status } = job
  const conditions = status?.conditions
  const complete = trueCondition(conditions, 'Complete') ?? trueCondition(conditions, 'SuccessCriteriaMet')
  const failed = trueCondition(conditions, 'Failed') ?? trueCondition(conditions, 'FailureTarget')
  const end = failed ?? complete
  const suspended = trueCondition(conditions, 'Suspended')
  const attempt = attemptOf(metadata.labels?.[LABELS.attempt])
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    attempt,
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    startedAt: timeOf(status?.startTime),
    suspended: spec?.suspend === true,
    suspendedAt: suspended === undefined ? null : timeOf(suspended.lastTransitionTime),
    deleting: metadata.deletionTimestamp !== undefined,
    gone,
    finished: failed !== undefined ? 'failed' : complete !== undefined ? 'complete' : null,
    reason: end?.reason ?? null,
    message: end?.message ?? null,
    parallelism: spec?.parallelism ?? 1,
    doneIndexes: indexesOf(status?.completedIndexes),
    hasTtl: spec?.ttlSecondsAfterFinished !== undefined,
    queued: metadata.labels?.[LABELS.queue] !== undefined,
    pods: pods.map((pod) => podFacts(pod, { jobId: metadata.labels?.[LABELS.jobId] ?? '', attempt })),
  }
}

/**
 * Whether a Job takes its slots: unless it is suspended, until Kubernetes has ended its pods. FailureTarget and
 * SuccessCriteriaMet say what will come of it, and come before that.
 */
export function takesSlots({ spec, status }: JobObject): boolean {
  const ended = ['Complete', 'Failed'].some((type) => trueCondition(status?.conditions, type) !== undefined)
  return !ended && spec?.suspend !== true
}

function podFacts({ object, gone }: KeptPod, of: { jobId: string; attempt: number }): PodFacts {
  const { metadata, spec, status } = object
  const container = status?.containerStatuses?.[0]
  const scheduled = status?.conditions?.find((one) => one.type === 'PodScheduled')
  const disruption = trueCondition(status?.conditions, 'DisruptionTarget')
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    index: indexOf(metadata.annotations?.[COMPLETION_INDEX] ?? metadata.labels?.[COMPLETION_INDEX]),
    node: spec?.nodeName ?? null,
    phase: status?.phase ?? 'Pending',
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    scheduledAt: scheduled?.status === 'True' ? timeOf(scheduled.lastTransitionTime) : null,
    deleting: metadata.deletionTimestamp !== undefined,
    forced: metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0,
    gone,
    reason: status?.reason ?? null,
    disruption: disruption?.reason ?? null,
    unschedulable:
      scheduled?.status === 'False' && scheduled.reason === 'Unschedulable' ? (scheduled.message ?? 'no node') : null,
    waiting: waitingOf(container ?? status?.initContainerStatuses?.[0]),
    end: endOf(container, { ...of, podUid: metadata.uid ?? '' }),
  }
}

function waitingOf(container: ContainerStatus | undefined): PodFacts['waiting'] {
  const waiting = container?.state?.waiting
  return waiting?.reason === undefined ? null : { reason: waiting.reason, message: waiting.message ?? '' }
}

/** A container that ended and waits to be started again has its end in its last state. */
function endOf(
  container: ContainerStatus | undefined,
  of: { jobId: string; attempt: number; podUid: string },
): PodEnd | null {
  const ended = container?.state?.terminated ?? container?.lastState?.terminated
  if (ended === undefined) return null
  const termination = decodeTermination(ended.message ?? '', of)
  return {
    exitCode: ended.exitCode ?? -1,
    reason: ended.reason ?? null,
    termination: termination?.podUid === of.podUid ? termination : null,
  }
}

function attemptOf(label: string | undefined): number {
  return label !== undefined && /^[1-9]\d{0,8}$/.test(label) ? Number(label) : 0
}

function indexOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0
}

/** More pods than this an attempt cannot have. */
const MOST_INDEXES = 64

/** `0,2-4` as Kubernetes writes completed indexes. */
export function indexesOf(text: unknown): readonly number[] {
  if (typeof text !== 'string') return []
  return text.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? []
    if (from === '') return []
    const count = Math.min(Number(to) - Number(from) + 1, MOST_INDEXES)
    return Array.from({ length: Math.max(0, count) }, (_, i) => Number(from) + i)
  })
}

/** Milliseconds since 1970 of the server's text; null where there is none. */
export function timeOf(text: string | undefined): number | null {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? null : time
}
