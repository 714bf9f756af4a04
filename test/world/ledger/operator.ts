import { isTerminal } from '../../../core/lifecycle.ts'
import type { Attempt, ClaimRow, Fenced, Job, Resource } from '../../../storage/ledger/ledger.ts'
import type { Noted, OpenPlace, OperatorVerbs, Sharer, StoreWord } from '../../../storage/ledger/operator/port.ts'
import { attemptKey, type LedgerState, newestClaims } from './state.ts'

/** What the operator asks of the record besides transitions, over rows in memory. */
export function memoryOperator(state: LedgerState): OperatorVerbs {
  const change = (uid: string, epoch: number, sets: Partial<Resource>): Resource | Fenced => {
    const resource = state.resources.get(uid)
    if (resource === undefined || epoch !== state.epoch) return 'fenced'
    return { ...Object.assign(resource, sets) }
  }
  return {
    standing: async ({ resourceUid, jobId }) => {
      const resource = resourceUid === null ? undefined : state.resources.get(resourceUid)
      const job = state.jobs.get(jobId ?? resource?.jobId ?? '')
      const attemptAt = (number: number | null | undefined) =>
        job === undefined || number == null ? null : copyOf(state.attempts.get(attemptKey(job.jobId, number)))
      return {
        now: state.now(),
        resource: resource === undefined ? null : notedOf(resource),
        job: copyOf(job),
        attempt: attemptAt(job?.attempt),
        lastGood: attemptAt(job?.lastGoodAttempt),
        claims: job === undefined ? [] : newestClaims(state, job.jobId, job.attempt),
        unitsDone: job === undefined ? 0 : (state.units.get(job.jobId)?.size ?? 0),
        sharers: job === undefined ? [] : sharersOf(state, job),
      }
    },
    openPlaces: async (of) =>
      [...state.attempts.values()]
        .filter(({ status }) => !isTerminal(status))
        .flatMap((attempt) => {
          const job = state.jobs.get(attempt.jobId)
          if (job === undefined || (of === 'running' && job.status !== 'running')) return []
          return [placeOf(job, attempt, newestClaims(state, job.jobId, attempt.attempt))]
        }),
    presentResources: async (after, limit) =>
      [...state.resources.values()]
        .filter(({ uid, goneAt }) => goneAt === null && uid > (after ?? ''))
        .sort((a, b) => (a.uid < b.uid ? -1 : 1))
        .slice(0, limit)
        .map(({ uid, kind, namespace, name, jobId, finishedAt, handledRequest, generation }) => ({
          uid,
          kind,
          namespace,
          name,
          jobId,
          finished: finishedAt !== null,
          handledRequest,
          generation,
        })),
    askCancel: async ({ jobId, by, request, epoch }) => {
      const job = state.jobs.get(jobId)
      const resource = state.resources.get(request.resourceUid)
      if (epoch !== state.epoch || job === undefined || isTerminal(job.status)) return 'fenced'
      if (resource === undefined || resource.handledRequest === request.token) return 'fenced'
      resource.handledRequest = request.token
      return markCancelled(state, job, by)
    },
    markHandled: async (uid, token, epoch) => change(uid, epoch, { handledRequest: token }),
    settleResource: async (uid, { outcome, generation }, epoch) =>
      change(uid, epoch, { outcome, generation, finishedAt: state.now() }),
    reopenResource: async (uid, token, epoch) =>
      change(uid, epoch, { handledRequest: token, outcome: null, finishedAt: null }),
    markGone: async (uid, epoch) => change(uid, epoch, { goneAt: state.resources.get(uid)?.goneAt ?? state.now() }),
    countJob: async ({ jobId, attempt, epoch }) => {
      const job = state.jobs.get(jobId)
      const row = state.attempts.get(attemptKey(jobId, attempt))
      const open = job?.status === 'pending' && job.attempt === attempt && row?.status === 'pending'
      if (!open || row === undefined || epoch !== state.epoch) return 'fenced'
      row.jobsMade += 1
      return { ...row }
    },
    countActive: async () => {
      const counts = new Map<string, number>()
      for (const { kind, status, priority } of state.jobs.values()) {
        if (isTerminal(status)) continue
        const key = `${kind} ${status} ${priority}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return [...counts].sort().map(([key, count]) => {
        const [kind = '', status = '', priority = ''] = key.split(' ')
        return { kind, status, priority, count }
      })
    },
    storeWords: async () => {
      const namespaces = [
        ...new Set([...state.jobs.values()].map(({ namespace }) => namespace).concat(...state.rooms.keys())),
      ]
      const words = namespaces.sort().map((namespace) => wordOf(state, namespace))
      return { now: state.now(), words: words.filter(({ fullAt, measured }) => fullAt !== null || measured !== null) }
    },
    pool: () => null,
  }
}

const DAY_MS = 86_400_000

function wordOf(state: LedgerState, namespace: string): StoreWord {
  const jobs = [...state.jobs.values()].filter((job) => job.namespace === namespace)
  const ended = [...state.attempts.values()]
    .filter((attempt) => attempt.errorClass === 'storage_full' && jobs.some(({ jobId }) => jobId === attempt.jobId))
    .flatMap(({ completedAt }) => completedAt ?? [])
    .filter((at) => Date.parse(at) > Date.parse(state.now()) - DAY_MS)
  const fullAt = ended.sort().at(-1) ?? null
  const sizes = fullAt === null ? [] : jobs.flatMap(({ artifactBytes }) => artifactBytes ?? [])
  return {
    namespace,
    fullAt,
    committedSince:
      fullAt !== null && jobs.some(({ status, completedAt }) => status === 'completed' && (completedAt ?? '') > fullAt),
    largestBytes: sizes.length === 0 ? null : Math.max(...sizes),
    measured: state.rooms.get(namespace) ?? null,
  }
}

export function markCancelled(state: LedgerState, job: Job, by: string): Job {
  const sets = {
    cancelRequestedAt: job.cancelRequestedAt ?? state.now(),
    cancelRequestedBy: job.cancelRequestedBy ?? by,
    updatedAt: state.now(),
  }
  return { ...Object.assign(job, sets) }
}

function sharersOf(state: LedgerState, { jobId }: Job): readonly Sharer[] {
  return [...state.resources.values()]
    .filter((one) => one.jobId === jobId && one.goneAt === null && one.finishedAt === null)
    .sort((a, b) =>
      a.firstSeenAt === b.firstSeenAt ? (a.uid < b.uid ? -1 : 1) : a.firstSeenAt < b.firstSeenAt ? -1 : 1,
    )
    .map(({ uid, kind, namespace, name }) => ({ uid, kind, namespace, name }))
}

export function copyOf<Row extends object>(row: Row | undefined): Row | null {
  return row === undefined ? null : { ...row }
}

function placeOf(row: Job, newest: Attempt, claims: readonly ClaimRow[]): OpenPlace {
  const { jobId, kind, namespace, status, progressPct, progressStage, progressDate } = row
  const { attempt, priority, parallelism, holderUid } = newest
  return {
    job: { jobId, kind, namespace, status, progressPct, progressStage, progressDate },
    attempt: { jobId, attempt, status: newest.status, priority, parallelism, holderUid },
    claims: claims.map(({ jobId, attempt, index, podUid, heartbeatSeq }) => ({
      jobId,
      attempt,
      index,
      podUid,
      heartbeatSeq,
    })),
  }
}

function notedOf({ manifest: _, ...noted }: Resource): Noted {
  return noted
}
