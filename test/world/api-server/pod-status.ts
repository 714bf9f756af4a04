import type { Condition, PodObject } from '../../../kube/workloads.ts'
import { conditionSet, type Ending, ended, type StatusChange, waiting } from './pod-changes.ts'
import { type Server, timeText, updateObject, updateStatus } from './writes.ts'

export function podStatus(server: Server, key: string, change: StatusChange): void {
  const pod = server.state.read('Pod', key) as PodObject | undefined
  if (pod !== undefined) updateStatus(server, 'Pod', key, change(pod.status ?? {}, pod))
}

export function podCondition(server: Server, key: string, condition: Condition): void {
  podStatus(server, key, conditionSet(condition, timeText(server.clock)))
}

export function markUnschedulable(server: Server, key: string, message: string): void {
  podCondition(server, key, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message })
}

export function markScheduled(server: Server, key: string, node: string): void {
  updateObject(server, 'Pod', key, (pod) => ({ ...pod, spec: { ...(pod.spec as object), nodeName: node } }))
  podCondition(server, key, { type: 'PodScheduled', status: 'True' })
}

export function markWaiting(server: Server, key: string, why: { reason: string; message?: string }): void {
  podStatus(server, key, waiting(why, timeText(server.clock)))
}

/** Ends a pod: `ending` null for one whose container nobody can speak for. */
export function failPod(server: Server, key: string, ending: Ending | null): void {
  podStatus(server, key, ended(ending, {}, timeText(server.clock)))
}
