import type { ExtraConditions } from '../../core/status/shape.ts'
import type { Attempt } from '../../storage/ledger/ledger.ts'
import type { OperatorClocks } from '../config.ts'
import type { PodFacts, Recorded } from './types.ts'
import { timeOf, type View } from './view.ts'

/** What is asked of an attempt that nobody has claimed. */
interface Start {
  readonly seen: Recorded
  readonly view: View
  readonly clocks: OperatorClocks
}

/** Waiting reasons of the kubelet that mean: the image is not there. */
export const PULL_REASONS: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
]
/** … and: what the container is to be given (the Secret `hindcast-runner`) is not there. */
export const CONFIG_REASONS: readonly string[] = ['CreateContainerConfigError']

/** Where an opened attempt stands on its way to a claim, as Reconciling and Admitted say it. */
export function startOf({ seen, view, clocks, open }: Start & { readonly open: Attempt }): {
  readonly admitted: boolean
  readonly reason: string
  readonly message: string
} {
  const { liveJob } = view
  const { refused } = seen.launch
  if (liveJob === null) {
    return refused === null ? starting(open) : { admitted: false, reason: refused.reason, message: refused.message }
  }
  if (liveJob.suspended) {
    return liveJob.queued
      ? { admitted: false, reason: 'Queued', message: 'the cluster queue has not admitted the Job' }
      : { admitted: false, reason: 'RunnerNotConfigured', message: notConfigured(null) }
  }
  const pod = liveJob.pods.find((one) => !one.gone)
  if (pod === undefined) return starting(open)
  const { unschedulable, runnerNotConfigured } = podConditions({ seen, view, clocks })
  if (runnerNotConfigured !== null)
    return { admitted: true, reason: 'RunnerNotConfigured', message: runnerNotConfigured }
  if (unschedulable !== null) return { admitted: true, reason: 'Unschedulable', message: unschedulable }
  if (pod.unschedulable !== null) return { admitted: true, reason: 'Scheduling', message: pod.unschedulable }
  const { waiting } = pod
  if (waiting === null || ON_ITS_WAY.includes(waiting.reason)) return starting(open)
  return { admitted: true, reason: camel(waiting.reason), message: waiting.message || `pod ${pod.name} waits` }
}

/** Conditions that a pod's waiting makes true. What the scheduler or the kubelet says is shown from the first. */
export function podConditions({
  seen,
  view,
  clocks,
}: Start): Pick<ExtraConditions, 'unschedulable' | 'runnerNotConfigured'> {
  const { liveJob, open } = view
  if (liveJob === null || open === null || seen.job.status !== 'pending') return NOTHING
  const pods = liveJob.pods.filter(({ gone }) => !gone)
  if (liveJob.suspended) return { ...NOTHING, runnerNotConfigured: liveJob.queued ? null : notConfigured(null) }
  const config = pods.find(({ waiting }) => waiting !== null && CONFIG_REASONS.includes(waiting.reason))
  if (config !== undefined) return { ...NOTHING, runnerNotConfigured: notConfigured(config.waiting?.message ?? null) }
  const late = pods.find((pod) => pod.end === null && seen.now - sinceOf(pod) >= clocks.unschedulableMs)
  const since = timeOf(open.openedAt) ?? seen.now
  if (late === undefined || seen.now - since < clocks.unschedulableMs) return NOTHING
  const why = late.unschedulable ?? late.waiting?.message ?? late.waiting?.reason ?? 'its pod does not start'
  return { ...NOTHING, unschedulable: why }
}

/** A pod that starts as it should: said once, since every change of a status is a write. */
const ON_ITS_WAY: readonly string[] = ['ContainerCreating', 'PodInitializing']

function starting({ attempt }: Attempt) {
  return { admitted: true, reason: 'Starting', message: `attempt ${attempt} starts` }
}

const NOTHING = { unschedulable: null, runnerNotConfigured: null } as const

function sinceOf(pod: PodFacts): number {
  return pod.createdAt
}

function notConfigured(words: string | null): string {
  const what = 'the runner lacks its Secret "hindcast-runner" in this namespace; see "hindcast namespace grant"'
  return words === null ? what : `${what}: ${words}`
}

/** The kubelet's words are CamelCase already; whatever is not is left to one word. */
function camel(reason: string): string {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(reason) ? reason : 'Starting'
}
