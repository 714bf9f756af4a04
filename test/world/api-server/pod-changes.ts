import type { Condition, ContainerState, PodObject, PodStatus } from '../../../kube/workloads.ts'

/** What a kubelet makes of a pod's status: the same on the server in memory and on a real one. */
export type StatusChange = (status: PodStatus, pod: PodObject) => PodStatus

/** How a container ended. */
export interface Ending {
  readonly exitCode: number
  readonly reason: string
  /** What it wrote to its termination log. */
  readonly message?: string
}

/** A termination message longer than this is cut by the kubelet. */
const MOST_MESSAGE_BYTES = 4096
const FIRST_CONTAINER = 'main'

/** `at` is the time of the change, as the API server writes times. */
export function conditionSet(condition: Condition, at: string): StatusChange {
  return (status) => ({ ...status, conditions: conditionsWith(status, condition, at) })
}

export function waiting(why: { readonly reason: string; readonly message?: string }, at: string): StatusChange {
  return (status, pod) => ({
    ...status,
    phase: 'Pending',
    startTime: status.startTime ?? at,
    containerStatuses: containers(pod, { waiting: why }),
  })
}

export function running(at: string): StatusChange {
  return (status, pod) => ({
    ...status,
    phase: 'Running',
    startTime: status.startTime ?? at,
    containerStatuses: containers(pod, { running: { startedAt: at } }),
    conditions: conditionsWith(status, { type: 'Ready', status: 'True' }, at),
  })
}

/** The end of a pod: `ending` null for one whose container nobody can speak for. */
export function ended(
  ending: Ending | null,
  why: { readonly reason?: string; readonly message?: string },
  at: string,
): StatusChange {
  return (status, pod) => ({
    ...status,
    ...why,
    phase: ending?.exitCode === 0 && why.reason === undefined ? 'Succeeded' : 'Failed',
    conditions: endConditions(status, why.reason, at),
    ...(ending === null ? {} : { containerStatuses: containers(pod, terminated(status, ending, at)) }),
  })
}

/** A pod that its kubelet evicts is a disruption, as the real one says. */
function endConditions(status: PodStatus, reason: string | undefined, at: string): readonly Condition[] {
  const conditions = conditionsWith(status, { type: 'Ready', status: 'False', reason: 'PodFailed' }, at)
  if (reason !== 'Evicted') return conditions
  const disrupted = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }
  return conditionsWith({ conditions }, disrupted, at)
}

function terminated(status: PodStatus, ending: Ending, at: string): ContainerState {
  const message = Buffer.from(ending.message ?? '')
    .subarray(0, MOST_MESSAGE_BYTES)
    .toString()
  const startedAt = status.containerStatuses?.[0]?.state?.running?.startedAt
  return {
    terminated: {
      exitCode: ending.exitCode,
      reason: ending.reason,
      finishedAt: at,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(message === '' ? {} : { message }),
    },
  }
}

/** With all that a real API server demands of a container's status. */
function containers(pod: PodObject, state: ContainerState): PodStatus['containerStatuses'] {
  const [first] = (pod.spec?.containers ?? []) as readonly { readonly name?: string; readonly image?: string }[]
  const demanded = { image: first?.image ?? '', imageID: '', ready: state.running !== undefined }
  return [{ name: first?.name ?? FIRST_CONTAINER, restartCount: 0, ...demanded, state }]
}

function conditionsWith(status: PodStatus, condition: Condition, at: string): readonly Condition[] {
  const known = status.conditions ?? []
  const same = known.find((other) => other.type === condition.type)
  if (same?.status === condition.status && same.message === condition.message) return known
  return [...known.filter((other) => other.type !== condition.type), { ...condition, lastTransitionTime: at }]
}
