import { type KubeObject, keyOf } from '../../../kube/object.ts'
import {
  type Condition,
  type JobObject,
  type JobStatus,
  type PodObject,
  trueCondition,
} from '../../../kube/workloads.ts'
import { dropFinalizer } from './garbage.ts'
import { INDEX_LABEL, isLeaving, isTerminal, judge, podOf, specOf, TRACKING, withCondition } from './job-pods.ts'
import { createReactor } from './reactor.ts'
import { createObject, deleteObject, type Server, timeText, updateStatus } from './writes.ts'

/**
 * The Job controller and the TTL controller: makes pods, counts each once, judges by podFailurePolicy, says
 * FailureTarget or SuccessCriteriaMet first and Failed or Complete once every pod has ended.
 */
export function startJobController(server: Server, reactMs: () => number): () => void {
  const { state, clock } = server
  const made = new Map<string, number>()
  const pods = podsByJob(server)
  const reactor = createReactor(clock, reactMs, (key) => {
    const job = state.read('Job', key) as JobObject | undefined
    if (job === undefined) return
    const again = sync(server, job, pods.of(job), () => {
      const ordinal = (made.get(job.metadata.uid!) ?? 0) + 1
      made.set(job.metadata.uid!, ordinal)
      return ordinal
    })
    if (again !== null) reactor.name(key, again)
  })
  const orphans = createReactor(clock, reactMs, (key) => {
    const pod = state.read('Pod', key)
    if (pod?.metadata.finalizers?.includes(TRACKING) && jobOf(server, pod) === undefined)
      dropFinalizer(server, pod, TRACKING)
  })
  const unhear = state.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Job') {
      if (after !== null) reactor.name(key)
      else for (const pod of pods.of(before as JobObject)) orphans.name(keyOf(pod))
    }
    if (kind !== 'Pod') return
    const owner = (after ?? before)!.metadata.ownerReferences?.find((reference) => reference.kind === 'Job')
    if (owner === undefined) return
    reactor.name(`${(after ?? before)!.metadata.namespace}/${owner.name}`)
    orphans.name(key)
  })
  return () => {
    unhear()
    pods.stop()
    reactor.stop()
    orphans.stop()
  }
}

/** Looks at one Job; gives when to look again without being asked, in ms. */
function sync(server: Server, job: JobObject, pods: readonly PodObject[], ordinal: () => number): number | null {
  const status = job.status ?? {}
  const ended = trueCondition(status.conditions, 'Failed') ?? trueCondition(status.conditions, 'Complete')
  const uncounted = pods.filter((pod) => isTerminal(pod) && pod.metadata.finalizers?.includes(TRACKING))
  if (ended !== undefined) {
    for (const pod of uncounted) dropFinalizer(server, pod, TRACKING)
    return removeByTtl(server, job, ended)
  }
  // A Job on its way out holds none of its pods, whether they ended or not.
  if (job.metadata.deletionTimestamp !== undefined) for (const pod of pods) if (!isTerminal(pod)) release(server, pod)
  const count = tally(job, status, uncounted)
  const active = pods.filter((pod) => !isTerminal(pod) && !isLeaving(pod))
  let conditions = status.conditions ?? []
  const suspended = specOf(job).suspend === true
  let startTime = status.startTime ?? (suspended ? undefined : timeText(server.clock))

  const verdict = verdictOf(server, job, { ...count, conditions, startTime, active: active.length })
  if (verdict !== null) conditions = withCondition(conditions, verdict)
  else if (suspended || conditions.some((condition) => condition.type === 'Suspended')) {
    conditions = withCondition(conditions, suspension(server, suspended))
    if (suspended) startTime = undefined
    else startTime ??= timeText(server.clock)
  }

  const restMs = backoffLeft(server, pods)
  let alive = active.length
  if (verdict !== null || suspended) {
    for (const pod of active) {
      // Pods of a Job that ends are still to be counted; those a suspension takes are not.
      if (verdict === null) release(server, pod)
      deleteObject(server, 'Pod', keyOf(pod), { propagation: 'Background' })
    }
    alive = 0
  } else if (job.metadata.deletionTimestamp === undefined && restMs === 0)
    alive += makePods({ server, job, pods, count, ordinal })
  const leaving = currentPods(server, pods).filter((pod) => !isTerminal(pod) && isLeaving(pod)).length

  const running = pods.filter((pod) => pod.status?.phase === 'Running' && !isLeaving(pod)).length
  const base = clean({ ...status, conditions, startTime, active: alive, ready: running, terminating: leaving })
  const waitingToCount = {
    succeeded: uncounted.filter((pod) => pod.status?.phase === 'Succeeded').map((pod) => pod.metadata.uid!),
    failed: uncounted.filter((pod) => pod.status?.phase === 'Failed').map((pod) => pod.metadata.uid!),
  }
  write(server, job, { ...base, ...(uncounted.length > 0 ? { uncountedTerminatedPods: waitingToCount } : {}) })
  for (const pod of uncounted) dropFinalizer(server, pod, TRACKING)
  const over = verdict !== null && alive === 0 && leaving === 0
  const final = over ? finish(server, job, conditions, verdict) : {}
  write(server, job, clean({ ...base, ...count.fields, uncountedTerminatedPods: undefined, ...final }))
  if (verdict !== null) return null
  return restMs > 0 ? restMs : deadlineIn(server, job, startTime)
}

interface Tally {
  readonly succeeded: number
  readonly failed: number
  readonly done: ReadonlySet<number>
  /** Text of the pod that ends the Job by policy; null without one. */
  readonly policy: string | null
  readonly fields: Partial<JobStatus> & { readonly completedIndexes?: string }
}

function tally(
  job: JobObject,
  status: JobStatus & { completedIndexes?: string },
  uncounted: readonly PodObject[],
): Tally {
  const done = new Set((status.completedIndexes ?? '').split(',').filter(Boolean).map(Number))
  let succeeded = status.succeeded ?? 0
  let failed = status.failed ?? 0
  let policy: string | null = null
  for (const pod of uncounted) {
    const index = indexOf(pod)
    if (pod.status?.phase === 'Succeeded') {
      if (index === null || !done.has(index)) succeeded += 1
      if (index !== null) done.add(index)
      continue
    }
    const verdict = judge(job, pod)
    if (verdict.action !== 'Ignore') failed += 1
    if (verdict.action === 'FailJob') policy ??= verdict.message
  }
  const completedIndexes = done.size > 0 ? { completedIndexes: [...done].sort((a, b) => a - b).join(',') } : {}
  return {
    succeeded,
    failed,
    done,
    policy,
    fields: clean({ succeeded: succeeded || undefined, failed: failed || undefined, ...completedIndexes }),
  }
}

interface Seen extends Tally {
  readonly conditions: readonly Condition[]
  readonly startTime: string | undefined
  readonly active: number
}

/** FailureTarget or SuccessCriteriaMet once it is clear how the Job ends; null while it is not. */
function verdictOf(server: Server, job: JobObject, seen: Seen): Condition | null {
  const known = seen.conditions.find(({ type }) => type === 'FailureTarget' || type === 'SuccessCriteriaMet')
  if (known !== undefined) return known
  const spec = specOf(job)
  const says = (type: string, reason: string, message: string): Condition => ({
    type,
    status: 'True',
    reason,
    message,
    lastTransitionTime: timeText(server.clock),
  })
  if (seen.policy !== null) return says('FailureTarget', 'PodFailurePolicy', seen.policy)
  if (seen.failed > (spec.backoffLimit ?? 6))
    return says('FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  if (deadlineIn(server, job, seen.startTime) === 0)
    return says('FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline')
  if (seen.succeeded >= (spec.completions ?? 1))
    return says('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods')
  return null
}

function finish(server: Server, _job: JobObject, conditions: readonly Condition[], verdict: Condition): object {
  const failed = verdict.type === 'FailureTarget'
  const condition = { ...verdict, type: failed ? 'Failed' : 'Complete', lastTransitionTime: timeText(server.clock) }
  return {
    conditions: withCondition(conditions, condition),
    ...(failed ? {} : { completionTime: timeText(server.clock) }),
  }
}

interface Making {
  readonly server: Server
  readonly job: JobObject
  readonly pods: readonly PodObject[]
  readonly count: Tally
  readonly ordinal: () => number
}

/** Makes the pods that are missing, deletes those that are too many; gives the change of the number of active ones. */
function makePods({ server, job, pods, count, ordinal }: Making): number {
  const spec = specOf(job)
  const active = pods.filter((pod) => !isTerminal(pod) && !isLeaving(pod))
  // With `Failed` a pod on its way out still holds its place, however long its node takes.
  const waitsForEnd = spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined
  const holding = waitsForEnd ? pods.filter((pod) => !isTerminal(pod)) : active
  const wanted = Math.min(spec.parallelism ?? 1, Math.max(0, (spec.completions ?? 1) - count.succeeded))
  if (active.length > wanted) {
    for (const pod of active.slice(wanted)) {
      release(server, pod)
      deleteObject(server, 'Pod', keyOf(pod), { propagation: 'Background' })
    }
    return wanted - active.length
  }
  const missing = Math.max(0, wanted - holding.length)
  const taken = new Set(holding.map(indexOf))
  const free = Array.from({ length: spec.completions ?? 1 }, (_, index) => index).filter(
    (index) => !count.done.has(index) && !taken.has(index),
  )
  const indexed = spec.completionMode === 'Indexed'
  for (let k = 0; k < missing; k++) createObject(server, podOf(job, ordinal(), indexed ? free[k]! : null))
  return missing
}

function suspension(server: Server, suspended: boolean): Condition {
  return {
    type: 'Suspended',
    status: suspended ? 'True' : 'False',
    reason: suspended ? 'JobSuspended' : 'JobResumed',
    message: suspended ? 'Job suspended' : 'Job resumed',
    lastTransitionTime: timeText(server.clock),
  }
}

/** A pod that failed is not followed by another at once, also when its failure does not count. */
const POD_BACKOFF_MS = 10_000
const LONGEST_POD_BACKOFF_MS = 600_000

/** Ms until the next pod may be made. */
function backoffLeft(server: Server, pods: readonly PodObject[]): number {
  const ends = pods
    .filter((pod) => pod.status?.phase === 'Failed')
    .map((pod) => pod.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt)
    .map((text) => (text === undefined ? server.clock.now() : Date.parse(text)))
  if (ends.length === 0) return 0
  const waitMs = Math.min(LONGEST_POD_BACKOFF_MS, POD_BACKOFF_MS * 2 ** (ends.length - 1))
  return Math.max(0, Math.max(...ends) + waitMs - server.clock.now())
}

/** Ms until the Job's own deadline; null without one. */
function deadlineIn(server: Server, job: JobObject, startTime: string | undefined): number | null {
  const seconds = specOf(job).activeDeadlineSeconds
  if (seconds === undefined || startTime === undefined) return null
  return Math.max(0, Date.parse(startTime) + seconds * 1000 - server.clock.now())
}

function removeByTtl(server: Server, job: JobObject, ended: Condition): number | null {
  const seconds = specOf(job).ttlSecondsAfterFinished
  if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return null
  const leftMs = Date.parse(ended.lastTransitionTime!) + seconds * 1000 - server.clock.now()
  if (leftMs > 0) return leftMs
  deleteObject(server, 'Job', keyOf(job), { propagation: 'Foreground' })
  return null
}

function release(server: Server, pod: PodObject): void {
  if (pod.metadata.finalizers?.includes(TRACKING)) dropFinalizer(server, pod, TRACKING)
}

function write(server: Server, job: JobObject, status: object): void {
  if (server.state.read('Job', keyOf(job)) !== undefined) updateStatus(server, 'Job', keyOf(job), status)
}

function indexOf(pod: PodObject): number | null {
  const text = pod.metadata.labels?.[INDEX_LABEL]
  return text === undefined ? null : Number(text)
}

function currentPods(server: Server, pods: readonly PodObject[]): PodObject[] {
  return pods.flatMap((pod) => (server.state.read('Pod', keyOf(pod)) as PodObject | undefined) ?? [])
}

function jobOf(server: Server, pod: KubeObject): KubeObject | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.kind === 'Job')
  const job = owner && server.state.read('Job', `${pod.metadata.namespace}/${owner.name}`)
  return job?.metadata.uid === owner?.uid ? job : undefined
}

/** The pods of each Job by its uid, kept up to date. */
function podsByJob(server: Server): { of: (job: JobObject) => readonly PodObject[]; stop: () => void } {
  const keys = new Map<string, Set<string>>()
  const stop = server.state.onWrite(({ kind, key, before, after }) => {
    if (kind !== 'Pod') return
    const uid = (after ?? before)!.metadata.ownerReferences?.find((reference) => reference.kind === 'Job')?.uid
    if (uid === undefined) return
    const set = keys.get(uid) ?? new Set()
    if (after === null) set.delete(key)
    else set.add(key)
    keys.set(uid, set)
  })
  return {
    of: (job) =>
      [...(keys.get(job.metadata.uid!) ?? [])].flatMap((key) => (server.state.read('Pod', key) as PodObject) ?? []),
    stop,
  }
}

function clean<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T
}
