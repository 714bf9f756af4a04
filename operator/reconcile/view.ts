import { isTerminal } from '../../core/lifecycle.ts'
import type { RunPolicy } from '../../core/request.ts'
import { FINISHED_PHASES } from '../../core/status/shape.ts'
import type { Attempt } from '../../storage/ledger/ledger.ts'
import type { Noted } from '../../storage/ledger/operator/port.ts'
import type { Verdict } from './outcome.ts'
import { judge } from './outcome.ts'
import type { JobFacts, Observed, Recorded, ResourceFacts, Unrecorded } from './types.ts'

/** A label of requests, read. */
export interface RequestLabel {
  readonly verb: 'cancel' | 'rerun'
  /** The whole label, which is what is noted as handled. */
  readonly label: string
}

/** `cancel-<token>` or `rerun-<token>`; anything else asks for nothing. */
export function requestOf(label: string | null): RequestLabel | null {
  const verb = /^(cancel|rerun)-[A-Za-z0-9][A-Za-z0-9._-]{0,55}$/.exec(label ?? '')?.[1]
  return verb === undefined ? null : { verb: verb as RequestLabel['verb'], label: label as string }
}

/** The request that still waits for an answer, by record and status alike; null: none. */
export function openRequest(seen: Recorded | Unrecorded): RequestLabel | null {
  const request = requestOf(seen.resource.request)
  if (request === null || request.label === seen.resource.status?.handledRequest) return null
  return request.label === seen.remembered?.handledRequest ? null : request
}

/** Whether the resource's life is to end: by its label, or with the resource that it was made for. */
export function isCancelled({ resource }: Observed): boolean {
  const verb = requestOf(resource.request)?.verb
  return verb === 'cancel' || (resource.abandoned && verb !== 'rerun')
}

/** The status says that the resource has ended, and no request has been taken up since. */
export function endedByStatus({ resource, remembered }: Recorded | Unrecorded): boolean {
  const { phase } = resource.status ?? {}
  return phase !== undefined && FINISHED_PHASES.includes(phase) && !reopened(resource, remembered)
}

/** The record has taken up a re-run that the status does not show yet. */
function reopened({ status, request }: ResourceFacts, remembered: Noted | null): boolean {
  const taken = remembered?.handledRequest ?? null
  const shown = status?.handledRequest ?? null
  if (requestOf(taken)?.verb !== 'rerun' || taken === shown) return false
  // A restored record may know an older request than the status: then the status has the label that stands now.
  return request === null || request !== shown
}

/** Whether the record has noted how the resource ended. */
export function hasEnded(remembered: Noted | null): boolean {
  return remembered !== null && remembered.finishedAt !== null
}

/** What most rules ask of a recorded job, worked out once. */
export interface View {
  readonly me: string
  readonly active: boolean
  /** The row's holder is this resource. */
  readonly mine: boolean
  /** The row's holder is another resource that is neither finished nor gone. */
  readonly heldElsewhere: boolean
  /** The newest attempt while it has not ended. */
  readonly open: Attempt | null
  /** Live resources of the job besides this one. */
  readonly others: number
  /** No older live resource wants to run. */
  readonly first: boolean
  /** A pod has claimed the open attempt once. */
  readonly claimed: boolean
  /** The Job of the open attempt, or what is remembered of it. */
  readonly job: JobFacts | null
  /** The same, when it is there. */
  readonly liveJob: JobFacts | null
  readonly policy: RunPolicy | null
  readonly ended: boolean
}

export function viewOf(seen: Recorded): View {
  const { resource, job: row, attempt, sharers, remembered } = seen
  const me = resource.uid
  const open = attempt !== null && !isTerminal(attempt.status) && !isTerminal(row.status) ? attempt : null
  const others = sharers.filter(({ uid }) => uid !== me)
  const job = open === null ? null : jobOfAttempt(seen, open.attempt)
  return {
    me,
    active: !isTerminal(row.status),
    mine: row.holderUid === me,
    heldElsewhere: others.some(({ uid }) => uid === row.holderUid),
    open,
    others: others.length,
    first: sharers.find(({ uid, suspended }) => uid === me || !suspended)?.uid === me,
    claimed: row.status === 'running' || (open !== null && seen.claims.length > 0),
    job,
    liveJob: job === null || job.gone ? null : job,
    policy: seen.intent.is === 'planned' ? seen.intent.run : null,
    ended: hasEnded(remembered),
  }
}

/** A Job that is there before one that was. */
export function jobOfAttempt({ jobs }: Observed, attempt: number): JobFacts | null {
  const own = jobs.filter((job) => job.attempt === attempt)
  return own.find(({ gone }) => !gone) ?? own[0] ?? null
}

/** What the cluster says of the end of the open attempt; null: nothing, or it is suspended. */
export function verdictOf(seen: Recorded, { open, job, claimed }: View): Verdict | null {
  if (open === null || (job?.suspended === true && !job.gone)) return null
  const mayRecord = ({ index, podUid }: { readonly index: number; readonly podUid: string }) =>
    seen.claims.some((claim) => claim.index === index && claim.podUid === podUid) &&
    (open.parallelism === 1 || open.mergedBy === podUid)
  const { startedAt } = job ?? { startedAt: null }
  const since =
    job === null ? null : { ...job, pods: job.pods.filter(({ createdAt }) => createdAt >= (startedAt ?? 0)) }
  const { date } = seen.shown.progress ?? { date: null }
  return judge({
    job: since,
    attempt: open.attempt,
    parallelism: open.parallelism,
    claimed,
    memoryLimitBytes: open.memoryLimit,
    timeoutSeconds: open.timeout,
    mayRecord,
    reached: date === null ? '' : `, at ${date}`,
  })
}

/** ms since 1970 of an instant of the ledger; null for null. */
export function timeOf(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant)
}
