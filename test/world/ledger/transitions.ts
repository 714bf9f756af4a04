import { invariant } from '../../../core/invariant.ts'
import {
  type Guard,
  isTerminal,
  SEED_METRICS,
  type Setter,
  type Setters,
  type TransitionId,
  transition,
  type Writer,
} from '../../../core/lifecycle.ts'
import type { Attempt, Job } from '../../../storage/ledger/ledger.ts'
import { attempt as attemptRow } from '../../operator/observed.ts'
import { attemptKey, type LedgerState, newestClaims } from './state.ts'

/** Values of a transition by name; what the table asks for and is not there is our bug. */
export type Values = Readonly<Record<string, unknown>>

interface Move {
  readonly state: LedgerState
  readonly job: Job
  readonly values: Values
}

/**
 * Makes a transition of core/lifecycle.ts on rows in memory: the same table that storage/ledger/transitions.ts turns
 * into SQL, read a second way. Null: a guard did not hold.
 */
export function move(state: LedgerState, id: TransitionId, writer: Writer, values: Values): Job | null {
  const row = transition(id)
  const guards = row.writers[writer]
  invariant(guards !== undefined, `${id} is not made by the ${writer}`)
  const job = state.jobs.get(values.jobId as string)
  if (job === undefined || !row.from.includes(job.status)) return null
  const at: Move = { state, job, values }
  if (!guards.every((guard) => GUARDS[guard](at))) return null
  const now = state.now()
  const before = state.attempts.get(attemptKey(job.jobId, job.attempt))
  assign(job, row.sets, { values, now, attempt: job.attempt })
  Object.assign(job, { status: row.to, updatedAt: now })
  if (before !== undefined && !isTerminal(before.status) && Object.keys(row.attemptSets).length > 0) {
    assign(before, row.attemptSets, { values, now, attempt: job.attempt })
    Object.assign(before, { status: id === 'T8' ? 'failed' : row.to })
  }
  ALSO[id]?.({ state, job, values })
  return { ...job }
}

const GUARDS: Readonly<Record<Guard, (at: Move) => boolean>> = {
  absent: () => false,
  attempt: ({ job, values }) => job.attempt === values.attempt,
  claim: ({ state, job, values }) => holds(state, job, values),
  epoch: ({ state, values }) => state.epoch === values.epoch,
  merger: (at) => {
    const attempt = newest(at)
    return attempt === undefined || attempt.parallelism === 1 || attempt.mergedBy === at.values.podUid
  },
  request: ({ state, values }) => {
    if (values.requestToken === null) return true
    const resource = state.resources.get(values.requestUid as string)
    return resource !== undefined && resource.handledRequest !== values.requestToken
  },
  uncancelled: ({ job }) => job.cancelRequestedAt === null,
  ended: (at) => !isOpen(at),
  open: isOpen,
  undisplaced: ({ state, job, values }) => {
    const mine = state.claims.filter(
      ({ jobId, attempt, index }) => jobId === job.jobId && attempt === job.attempt && index === values.index,
    )
    const own = mine.findIndex(({ podUid }) => podUid === values.podUid)
    return own === -1 || own === mine.length - 1
  },
}

/** Whether the signature's claim is the newest of its index. */
export function holds(state: LedgerState, job: Job, values: Values): boolean {
  const claim = newestClaims(state, job.jobId, job.attempt).find(({ index }) => index === values.index)
  return claim?.podUid === values.podUid
}

function newest({ state, job }: Move): Attempt | undefined {
  return state.attempts.get(attemptKey(job.jobId, job.attempt))
}

function isOpen(at: Move): boolean {
  const attempt = newest(at)
  return attempt !== undefined && !isTerminal(attempt.status)
}

function assign(
  row: object,
  sets: Setters,
  { values, now, attempt }: { readonly values: Values; readonly now: string; readonly attempt: number },
): void {
  const target = row as Record<string, unknown>
  for (const [field, setter] of Object.entries(sets)) {
    target[field] = settled(field, setter, { values, now, attempt, old: target[field] })
  }
}

function settled(
  field: string,
  setter: Setter,
  at: { readonly values: Values; readonly now: string; readonly attempt: number; readonly old: unknown },
): unknown {
  if (typeof setter === 'object') return setter.is
  switch (setter) {
    case 'given': {
      const value = field in SEED_METRICS ? seedMetric(field, at.values) : at.values[field]
      invariant(value !== undefined, `a value for ${field} is needed`)
      return value
    }
    case 'now':
      return at.now
    case 'first':
      return at.old ?? at.now
    case 'later':
      return new Date(Date.parse(at.now) + (at.values.delayMs as number)).toISOString()
    case 'null':
      return null
    case 'next':
      return field === 'attempt'
        ? Math.max((at.old as number) + 1, at.values.atLeast as number)
        : (at.old as number) + 1
    case 'attempt':
      return at.attempt
  }
}

function seedMetric(field: string, { metrics }: Values): number | null {
  const value = (metrics as Record<string, number | null>)[SEED_METRICS[field as keyof typeof SEED_METRICS]]
  return value === undefined || value === null || !Number.isFinite(value) ? null : value
}

const ALSO: Readonly<Partial<Record<TransitionId, (at: Move) => void>>> = {
  T2: ({ state, job, values }) => {
    const { index, podUid } = values as { index: number; podUid: string }
    const known = state.claims.some(
      (claim) =>
        claim.jobId === job.jobId && claim.attempt === job.attempt && claim.index === index && claim.podUid === podUid,
    )
    if (known) return
    state.claims.push({
      jobId: job.jobId,
      attempt: job.attempt,
      index,
      podUid,
      seq: state.claims.length + 1,
      podName: values.podName as string,
      nodeName: values.nodeName as string | null,
      claimedAt: job.updatedAt,
      heartbeatSeq: 0,
      heartbeatAt: null,
      redisLost: false,
      rssBytes: null,
    })
  },
  T3: ({ state, job }) => void state.units.delete(job.jobId),
  T9: ({ state, job, values }) => {
    if (values.keepUnits !== true) state.units.delete(job.jobId)
    const resource = state.resources.get(values.requestUid as string)
    if (resource === undefined) return
    Object.assign(resource, { handledRequest: values.requestToken, finishedAt: null, outcome: null })
  },
  T11: ({ state, job, values }) => {
    state.attempts.set(
      attemptKey(job.jobId, job.attempt),
      attemptRow({
        jobId: job.jobId,
        attempt: job.attempt,
        cause: values.cause as Attempt['cause'],
        holderUid: job.holderUid,
        operatorEpoch: values.epoch as number,
        jobName: values.jobName as string | null,
        priority: job.priority,
        memoryLimit: values.memoryLimit as number | null,
        cpu: values.cpu as number | null,
        timeout: job.jobTimeout,
        parallelism: values.parallelism as number,
        openedAt: job.updatedAt,
        requestId: (values.requestId ?? null) as string | null,
      }),
    )
  },
}
