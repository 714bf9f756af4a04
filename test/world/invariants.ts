import { isTerminal } from '../../core/lifecycle.ts'
import { FINISHED_PHASES, type ResourceStatus } from '../../core/status/shape.ts'
import type { KindName } from '../../kube/kinds.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { JobObject } from '../../kube/workloads.ts'
import type { OperatorConfig } from '../../operator/config.ts'
import { CLEANUP_NAME } from '../../operator/templates/cleanup.ts'
import type { LedgerState } from './ledger/state.ts'

const KINDS = ['Backtest', 'WalkForward', 'MonteCarlo'] as const
const ENDS: readonly string[] = ['Complete', 'Failed']
const MOST_JOBS = 4
const MOST_STATUS_BYTES = 8192

/** What stands on the API server and in the record, be they in memory or real. */
export interface Scene {
  readonly cluster: { all(kind: KindName): readonly KubeObject[] }
  readonly state: Pick<LedgerState, 'jobs' | 'attempts' | 'claims' | 'resources'>
  readonly config: Pick<OperatorConfig, 'slotsPerPriority' | 'slots'>
  readonly clock: { monotonic(): number }
  /** Log lines of operators that say that a pass failed by a bug. */
  readonly bugs: readonly string[]
}

export type Subject = KubeObject<Readonly<Record<string, unknown>>, ResourceStatus>

export function subjects({ cluster }: Scene): readonly Subject[] {
  return KINDS.flatMap((kind) => cluster.all(kind)) as unknown as readonly Subject[]
}

export const hasFinished = ({ status }: Subject) =>
  status?.phase !== undefined && FINISHED_PHASES.includes(status.phase)

/** Watches a scene at every moment it is asked, and remembers what must never be (platform.md 8.7). */
export interface Watcher {
  look(): void
  readonly faults: readonly string[]
}

export function watchInvariants(world: Scene): Watcher {
  const faults: string[] = []
  /** Of each attempt the uids of its Jobs, in the order they came. */
  const jobs = new Map<string, string[]>()
  const last = new Map<string, { phase: string; handled: string | undefined }>()
  const completed = new Map<string, string>()
  const fault = (text: string) => {
    if (!faults.includes(text)) faults.push(`${text} (at ${world.clock.monotonic()} ms)`)
  }

  const lookAtJobs = () => {
    const live = new Map<string, number>()
    for (const job of world.cluster.all('Job') as readonly JobObject[]) {
      const labels = job.metadata.labels ?? {}
      if (job.metadata.name === CLEANUP_NAME) continue
      const key = `${labels['hindcast.dev/job-id']}/${labels['hindcast.dev/attempt']}`
      const uid = job.metadata.uid ?? ''
      const known = jobs.get(key) ?? []
      live.set(key, (live.get(key) ?? 0) + 1)
      if (!known.includes(uid)) {
        if (known.length > 0 && wasClaimed(world, key)) fault(`a Job of the claimed attempt ${key} was made again`)
        jobs.set(key, [...known, uid])
        if (known.length >= MOST_JOBS) fault(`more than ${MOST_JOBS} Jobs of attempt ${key}`)
        if (!world.state.attempts.has(key)) fault(`a Job without the row of its attempt ${key}`)
      }
    }
    for (const [key, count] of live) if (count > 1) fault(`${count} Jobs of attempt ${key} at once`)
  }

  const lookAtSlots = () => {
    const taken = { high: 0, normal: 0, low: 0 }
    for (const attempt of world.state.attempts.values()) {
      if (isTerminal(attempt.status)) continue
      const job = (world.cluster.all('Job') as readonly JobObject[]).find(
        ({ metadata }) =>
          metadata.labels?.['hindcast.dev/job-id'] === attempt.jobId &&
          metadata.labels?.['hindcast.dev/attempt'] === String(attempt.attempt),
      )
      // design.md 3, Admission: an unfinished Job that is not suspended, or an opened attempt without one.
      const over =
        job?.status?.conditions?.some(({ type, status }) => ENDS.includes(type) && status === 'True') === true
      if (job?.spec?.suspend !== true && !over) taken[attempt.priority] += attempt.parallelism
    }
    const { slotsPerPriority, slots } = world.config
    for (const [priority, count] of Object.entries(taken)) {
      if (count > slotsPerPriority) fault(`${count} slots of priority ${priority} are taken`)
    }
    if (taken.high + taken.normal + taken.low > slots) fault(`more than ${slots} slots are taken`)
  }

  const lookAtSubjects = () => {
    for (const one of subjects(world)) {
      const uid = one.metadata.uid ?? ''
      const at = `${one.kind} ${one.metadata.name}`
      const { phase = '', conditions = [], handledRequest } = one.status ?? {}
      const before = last.get(uid)
      const ended = (FINISHED_PHASES as readonly string[]).includes(phase)
      if (before !== undefined && (FINISHED_PHASES as readonly string[]).includes(before.phase) && !ended) {
        const rerun = handledRequest?.startsWith('rerun-') === true && handledRequest !== before.handled
        if (!rerun) fault(`${at} went from ${before.phase} to ${phase} without a newer request`)
      }
      const types = conditions.filter(({ status }) => status === 'True').map(({ type }) => type)
      if (types.includes('Reconciling') && types.includes('Stalled')) fault(`${at} is Reconciling and Stalled`)
      if (Buffer.byteLength(JSON.stringify(one.status ?? {})) > MOST_STATUS_BYTES)
        fault(`${at} has a status over 8 KiB`)
      last.set(uid, { phase, handled: handledRequest })
    }
  }

  const lookAtRows = () => {
    for (const row of world.state.jobs.values()) {
      if (row.retryCount > 3) fault(`${row.jobId} was tried again ${row.retryCount} times`)
      if (row.status === 'completed' && (row.snapshotId === null || row.datasetVersionIds === null)) {
        fault(`${row.jobId} is completed without snapshot or versions`)
      }
    }
    for (const [key, { status, contentSha256, completedAt }] of world.state.attempts) {
      if (status !== 'completed') continue
      const seal = `${contentSha256} ${completedAt}`
      if ((completed.get(key) ?? seal) !== seal) fault(`attempt ${key} was committed twice`)
      completed.set(key, seal)
    }
  }

  return {
    faults,
    look() {
      lookAtJobs()
      lookAtSlots()
      lookAtSubjects()
      lookAtRows()
    },
  }
}

function wasClaimed({ state }: Scene, key: string): boolean {
  return state.claims.some(({ jobId, attempt }) => `${jobId}/${attempt}` === key)
}

/** What is wrong with a world in which nothing more should happen; empty: all is well. */
export function endFaults(world: Scene): readonly string[] {
  const faults: string[] = [...world.bugs.map((bug) => `a pass failed by a bug: ${bug}`)]
  for (const one of subjects(world)) {
    const at = `${one.kind} ${one.metadata.name}`
    const memory = world.state.resources.get(one.metadata.uid ?? '')
    if (one.spec?.suspend === true && !hasFinished(one)) continue
    if (!hasFinished(one)) faults.push(`${at} has not finished: ${JSON.stringify(one.status)}`)
    else if (memory?.finishedAt === null) faults.push(`${at} is ${one.status?.phase}, and its end is not noted`)
    const row = world.state.jobs.get(memory?.jobId ?? '')
    if (row !== undefined && row.holderUid === one.metadata.uid && row.status !== one.status?.phase?.toLowerCase()) {
      faults.push(`${at} is ${one.status?.phase}, its row ${row.status}`)
    }
  }
  for (const { jobId, status, attempt } of world.state.jobs.values()) {
    const wanted = subjects(world).some(
      ({ metadata, spec }) => spec?.suspend === true && world.state.resources.get(metadata.uid ?? '')?.jobId === jobId,
    )
    if (!isTerminal(status) && !wanted)
      faults.push(`row ${jobId} is ${status} (attempt ${attempt}) and nobody waits for it`)
  }
  for (const attempt of world.state.attempts.values()) {
    if (!isTerminal(attempt.status)) faults.push(`attempt ${attempt.jobId}/${attempt.attempt} is open`)
  }
  return faults
}

/** Nothing is under way: every resource has finished or is held back. */
export function isQuiet(world: Scene): boolean {
  return (
    subjects(world).every((one) => hasFinished(one) || one.spec?.suspend === true) &&
    [...world.state.jobs.values()].every(({ status }) => isTerminal(status)) &&
    subjects(world).every(({ metadata, status }) => {
      const asked = metadata.labels?.['hindcast.dev/request']
      return asked === undefined || asked === status?.handledRequest
    })
  )
}
