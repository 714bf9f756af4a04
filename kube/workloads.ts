import type { KubeObject } from './object.ts'

/** The parts of a Job's and a pod's status that decisions read. All optional: the server's word, not ours. */

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly observedGeneration?: number
}

export interface JobSpec {
  readonly suspend?: boolean
  readonly parallelism?: number
  readonly completions?: number
  readonly completionMode?: string
  readonly ttlSecondsAfterFinished?: number
  readonly [more: string]: unknown
}

export interface JobStatus {
  readonly active?: number
  readonly ready?: number
  readonly succeeded?: number
  readonly failed?: number
  readonly terminating?: number
  /** Of an Indexed Job, as ranges: `0,2-4`. */
  readonly completedIndexes?: string
  readonly startTime?: string
  readonly completionTime?: string
  readonly conditions?: readonly Condition[]
  readonly uncountedTerminatedPods?: { readonly succeeded?: readonly string[]; readonly failed?: readonly string[] }
}

export type JobObject = KubeObject<JobSpec, JobStatus>

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string }
  readonly terminated?: {
    readonly exitCode?: number
    readonly signal?: number
    readonly reason?: string
    readonly message?: string
    readonly startedAt?: string
    readonly finishedAt?: string
  }
}

export interface ContainerStatus {
  readonly name: string
  readonly state?: ContainerState
  readonly lastState?: ContainerState
  readonly restartCount?: number
  readonly imageID?: string
}

export interface PodSpec {
  readonly nodeName?: string
  readonly activeDeadlineSeconds?: number
  readonly [more: string]: unknown
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  /** `Evicted`, `DeadlineExceeded`, `NodeLost`, … */
  readonly reason?: string
  readonly message?: string
  readonly startTime?: string
  /** `PodScheduled` (reason Unschedulable), `DisruptionTarget`, … */
  readonly conditions?: readonly Condition[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
}

export type PodObject = KubeObject<PodSpec, PodStatus>

/** The condition of that type when it is True, else undefined. */
export function trueCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True')
}
