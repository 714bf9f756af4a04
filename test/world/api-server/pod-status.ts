import type { Condition, ContainerState, PodObject, PodStatus } from '../../../kube/workloads.ts'
import { type Server, timeText, updateObject, updateStatus } from './writes.ts'

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

export function podStatus(server: Server, key: string, change: (status: PodStatus, pod: PodObject) => PodStatus): void {
  const pod = server.state.read('Pod', key) as PodObject | undefined
  if (pod !== undefined) updateStatus(server, 'Pod', key, change(pod.status ?? {}, pod))
}

export function podCondition(server: Server, key: string, condition: Condition): void {
  podStatus(server, key, (status) => ({ ...status, conditions: conditionsWith(server, status, condition) }))
}

export function markUnschedulable(server: Server, key: string, message: string): void {
  podCondition(server, key, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message })
}

export function markScheduled(server: Server, key: string, node: string): void {
  updateObject(server, 'Pod', key, (pod) => ({ ...pod, spec: { ...(pod.spec as object), nodeName: node } }))
  podCondition(server, key, { type: 'PodScheduled', status: 'True' })
}

export function markWaiting(server: Server, key: string, waiting: { reason: string; message?: string }): void {
  podStatus(server, key, (status, pod) => ({
    ...status,
    phase: 'Pending',
    startTime: status.startTime ?? timeText(server.clock),
    containerStatuses: containers(pod, { waiting }),
  }))
}

export function markRunning(server: Server, key: string): void {
  podStatus(server, key, (status, pod) => ({
    ...status,
    phase: 'Running',
    containerStatuses: containers(pod, { running: { startedAt: timeText(server.clock) } }),
    conditions: conditionsWith(server, status, { type: 'Ready', status: 'True' }),
  }))
}

/** Ends a pod: `ending` null for one whose container nobody can speak for. */
export function failPod(
  server: Server,
  key: string,
  ending: Ending | null,
  why: { reason?: string; message?: string } = {},
): void {
  podStatus(server, key, (status, pod) => ({
    ...status,
    ...why,
    phase: ending?.exitCode === 0 && why.reason === undefined ? 'Succeeded' : 'Failed',
    conditions: endConditions(server, status, why.reason),
    ...(ending === null ? {} : { containerStatuses: containers(pod, ended(server, status, ending)) }),
  }))
}

/** A pod that its kubelet evicts is a disruption, as the real one says. */
function endConditions(server: Server, status: PodStatus, reason: string | undefined): readonly Condition[] {
  const conditions = conditionsWith(server, status, { type: 'Ready', status: 'False', reason: 'PodFailed' })
  if (reason !== 'Evicted') return conditions
  const disrupted = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }
  return conditionsWith(server, { conditions }, disrupted)
}

function ended(server: Server, status: PodStatus, ending: Ending): ContainerState {
  const message = Buffer.from(ending.message ?? '')
    .subarray(0, MOST_MESSAGE_BYTES)
    .toString()
  const startedAt = status.containerStatuses?.[0]?.state?.running?.startedAt
  return {
    terminated: {
      exitCode: ending.exitCode,
      reason: ending.reason,
      finishedAt: timeText(server.clock),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(message === '' ? {} : { message }),
    },
  }
}

function containers(pod: PodObject, state: ContainerState): PodStatus['containerStatuses'] {
  const named = pod.spec?.containers as readonly { name?: string }[] | undefined
  return [{ name: named?.[0]?.name ?? FIRST_CONTAINER, restartCount: 0, state }]
}

function conditionsWith(server: Server, status: PodStatus, condition: Condition): readonly Condition[] {
  const known = status.conditions ?? []
  const same = known.find((other) => other.type === condition.type)
  if (same?.status === condition.status && same.message === condition.message) return known
  return [
    ...known.filter((other) => other.type !== condition.type),
    { ...condition, lastTransitionTime: timeText(server.clock) },
  ]
}
