import { createHash } from 'node:crypto'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import type { Condition, JobObject, JobSpec, PodObject } from '../../../kube/workloads.ts'

/** Keeps a Job's pod until the Job has counted it. */
export const TRACKING = 'batch.kubernetes.io/job-tracking'
export const INDEX_LABEL = 'batch.kubernetes.io/job-completion-index'

/** The parts of a Job's spec that its controller reads. */
export interface ControlledSpec extends JobSpec {
  readonly backoffLimit?: number
  readonly activeDeadlineSeconds?: number
  readonly podReplacementPolicy?: 'Failed' | 'TerminatingOrFailed'
  readonly podFailurePolicy?: { readonly rules: readonly FailureRule[] }
  readonly template?: {
    readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> }
    readonly spec?: Record<string, unknown>
  }
}

interface FailureRule {
  readonly action: 'FailJob' | 'Ignore' | 'Count' | 'FailIndex'
  readonly onExitCodes?: {
    readonly operator: 'In' | 'NotIn'
    readonly values: readonly number[]
    readonly containerName?: string
  }
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[]
}

export function specOf(job: KubeObject): ControlledSpec {
  return (job.spec ?? {}) as ControlledSpec
}

/** A pod of a Job: the template, the Job's labels, its controller reference and the tracking finalizer. */
export function podOf(job: JobObject, ordinal: number, index: number | null): KubeObject {
  const template = specOf(job).template ?? {}
  const uid = job.metadata.uid!
  const suffix = createHash('sha256').update(`${uid} ${ordinal}`).digest('base64url').toLowerCase()
  const short = suffix.replace(/[^a-z0-9]/g, '').slice(0, 5)
  const name = index === null ? `${job.metadata.name}-${short}` : `${job.metadata.name}-${index}-${short}`
  const indexed: Record<string, string> = index === null ? {} : { [INDEX_LABEL]: String(index) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: job.metadata.namespace!,
      labels: {
        ...template.metadata?.labels,
        'batch.kubernetes.io/controller-uid': uid,
        'batch.kubernetes.io/job-name': job.metadata.name,
        'controller-uid': uid,
        'job-name': job.metadata.name,
        ...indexed,
      },
      annotations: { ...template.metadata?.annotations, ...indexed },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          name: job.metadata.name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      finalizers: [TRACKING],
    },
    spec: template.spec ?? {},
  }
}

export function isTerminal(pod: PodObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

export function isLeaving(pod: PodObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}

/** What the podFailurePolicy says of a failed pod: the first rule that matches, and the text of the condition. */
export function judge(job: JobObject, pod: PodObject): { action: FailureRule['action']; message: string } {
  const rules = specOf(job).podFailurePolicy?.rules ?? []
  for (const [place, rule] of rules.entries()) {
    const by = matchOf(rule, pod)
    if (by !== null)
      return {
        action: rule.action,
        message: `${by} for pod ${keyOf(pod)} matching ${rule.action} rule at index ${place}`,
      }
  }
  return { action: 'Count', message: '' }
}

function matchOf(rule: FailureRule, pod: PodObject): string | null {
  for (const wanted of rule.onPodConditions ?? []) {
    const is = pod.status?.conditions?.find((condition) => condition.type === wanted.type)
    if (is?.status === (wanted.status ?? 'True')) return `Pod condition ${wanted.type}`
  }
  const codes = rule.onExitCodes
  if (codes === undefined) return null
  for (const container of pod.status?.containerStatuses ?? []) {
    if (codes.containerName !== undefined && codes.containerName !== container.name) continue
    const code = container.state?.terminated?.exitCode
    if (code === undefined || code === 0) continue
    if (codes.values.includes(code) === (codes.operator === 'In'))
      return `Container ${container.name} failed with exit code ${code}`
  }
  return null
}

/** Puts a condition in its place; the same one with the same word keeps its time. */
export function withCondition(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  const known = conditions.find((other) => other.type === condition.type)
  if (known?.status === condition.status) return conditions
  return [...conditions.filter((other) => other.type !== condition.type), condition]
}
