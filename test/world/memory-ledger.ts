import { HindcastError } from '../../core/errors.ts'
import { isTerminal, type TransitionId } from '../../core/lifecycle.ts'
import type { Claim, ClaimRow, Failure, Fenced, Job, Ledger, Steer } from '../../storage/ledger/ledger.ts'
import { row as jobRow } from '../operator/observed.ts'
import { copyOf, markCancelled, memoryOperator } from './ledger/operator.ts'
import { attemptKey, createState, type LedgerState, newestClaims } from './ledger/state.ts'
import { holds, move, type Values } from './ledger/transitions.ts'

export interface MemoryLedger {
  readonly ledger: Ledger
  /** The tables as they stand, for invariants and for what disasters do to them. */
  readonly state: LedgerState
}

/**
 * The record in memory, by a clock that a world drives. Its transitions come from the same table as the SQL's;
 * test/contract/ledger/memory.test.ts runs random statements on it and on PGlite and compares every answer.
 */
export function memoryLedger(now: () => number): MemoryLedger {
  const state = createState(now)
  // What only a console, a clean-up or an import asks is left out: no world has them.
  const ledger: Partial<Ledger> = {
    ...memoryOperator(state),
    ...transitionsOver(state),
    ...claimsOver(state),
    findJob: async (jobId) => copyOf(state.jobs.get(jobId)),
    findAttempt: async (jobId, attempt) => copyOf(state.attempts.get(attemptKey(jobId, attempt))),
    countUnits: async () => new Map(),
    openAttempts: async () =>
      [...state.attempts.values()]
        .filter(({ status }) => !isTerminal(status))
        .flatMap((attempt) => {
          const job = state.jobs.get(attempt.jobId)
          if (job === undefined) return []
          return [{ job: { ...job }, attempt: { ...attempt }, claims: newestClaims(state, job.jobId, attempt.attempt) }]
        }),
    upsertResource: async (resource) => {
      const { jobId, deletionPolicy, priority, manifest } = resource
      const old = state.resources.get(resource.uid)
      if (old !== undefined) return { ...Object.assign(old, { jobId, deletionPolicy, priority, manifest }) }
      const fresh = { handledRequest: null, finishedAt: null, outcome: null, generation: null, goneAt: null }
      const made = { ...resource, ...fresh, firstSeenAt: state.now() }
      state.resources.set(resource.uid, made)
      return { ...made }
    },
    noteRoom: async (namespace, room) => void state.rooms.set(namespace, { ...room, at: state.now() }),
    installation: async () => ({
      id: '00000000-0000-4000-8000-000000000000',
      createdAt: state.now(),
      schemaVersion: 0,
      operatorEpoch: state.epoch,
      operatorIdentity: state.identity,
      epochRaisedAt: null,
    }),
    raiseEpoch: async (identity) => {
      state.identity = identity
      state.epoch += 1
      return state.epoch
    },
    insertSnapshot: async (snapshot) => {
      state.snapshots.push(snapshot)
      return storedSnapshot(state, snapshot.snapshotId) as never
    },
    findSnapshot: async (snapshotId) => storedSnapshot(state, snapshotId),
    newestSnapshot: async (dataset) => {
      const found = state.snapshots.findLast((one) => one.dataset === dataset)
      return found === undefined ? null : storedSnapshot(state, found.snapshotId)
    },
    listSnapshots: async (dataset) =>
      state.snapshots
        .filter((one) => dataset === undefined || one.dataset === dataset)
        .flatMap(({ snapshotId }) => storedSnapshot(state, snapshotId) ?? []),
    snapshotEntries: async () =>
      state.snapshots.map(({ snapshotId, dataset, fullSha256, startDate, endDate, roles }) => {
        const newest = state.snapshots.findLast((one) => one.dataset === dataset)?.snapshotId === snapshotId
        return { snapshotId, dataset, fullSha256, startDate, endDate, roles: roles as never, newest }
      }),
    newestSnapshots: async () => new Map(state.snapshots.map(({ dataset, snapshotId }) => [dataset, snapshotId])),
    close: async () => {},
  }
  return { ledger: ledger as Ledger, state }
}

function storedSnapshot(state: LedgerState, snapshotId: string) {
  const found = state.snapshots.find((one) => one.snapshotId === snapshotId)
  return found === undefined ? null : { ...found, createdAt: state.now(), pinned: false }
}

function transitionsOver(
  state: LedgerState,
): Pick<
  Ledger,
  | 'insertJob'
  | 'openAttempt'
  | 'claim'
  | 'complete'
  | 'fail'
  | 'cancel'
  | 'failWaiting'
  | 'retry'
  | 'rerun'
  | 'lost'
  | 'suspend'
  | 'requestCancel'
> {
  const moved = (id: TransitionId, writer: 'runner' | 'operator', values: Values): Job | Fenced =>
    move(state, id, writer, values) ?? 'fenced'
  const end = (id: TransitionId, by: Claim | Steer, failure: Failure & { delayMs?: number }) =>
    moved(id, 'epoch' in by ? 'operator' : 'runner', {
      ...by,
      errorClass: failure.errorClass,
      errorMessage: failure.message,
      exitCode: failure.exitCode ?? null,
      peakMemoryBytes: failure.peakMemoryBytes ?? null,
      delayMs: failure.delayMs ?? null,
    })
  return {
    insertJob: async ({ config, timeoutSeconds, ...rest }) => {
      const old = state.jobs.get(rest.jobId)
      if (old !== undefined) return { inserted: false, job: { ...old } }
      const now = state.now()
      const configJson = config as Job['configJson']
      const times = { createdAt: now, queuedAt: now, updatedAt: now }
      const job = jobRow({ ...rest, configJson, jobTimeout: timeoutSeconds, ...times, id: `row-${rest.jobId}` })
      state.jobs.set(job.jobId, job)
      return { inserted: true, job: { ...job } }
    },
    openAttempt: async ({ steer, timeoutSeconds, memoryLimitBytes, ...rest }) => {
      const values = { ...steer, ...rest, jobTimeout: timeoutSeconds, memoryLimit: memoryLimitBytes }
      const job = move(state, 'T11', 'operator', values)
      return job === null ? 'fenced' : { ...state.attempts.get(attemptKey(job.jobId, job.attempt))! }
    },
    claim: async (claim) => moved('T2', 'runner', { ...claim, podName: claim.workerId }),
    complete: async (claim, completion) => {
      if (!completion.snapshotId || Object.keys(completion.datasetVersionIds ?? {}).length === 0) {
        throw new HindcastError('reproducibility_missing', 'snapshot_id and dataset_version_ids must be given')
      }
      const job = moved('T3', claim.epoch === undefined ? 'runner' : 'operator', { ...claim, ...completion })
      const found = state.jobs.get(claim.jobId)
      if (job !== 'fenced' || found?.status !== 'completed' || found.attempt !== claim.attempt) return job
      const same =
        found.contentSha256 === completion.contentSha256 && found.manifestSha256 === completion.manifestSha256
      return same ? { ...found } : 'fenced'
    },
    fail: async (by, failure) => end('T4', by, failure),
    cancel: async (by, failure) => {
      const running = end('T5', by, failure)
      return running === 'fenced' && 'epoch' in by ? end('T6', by, failure) : running
    },
    failWaiting: async (by, failure) => end('T7', by, failure),
    retry: async (by, failure) => end('T8', by, failure),
    lost: async (by, failure) => end('T10', by, failure),
    suspend: async (steer) => moved('T12', 'operator', { ...steer }),
    rerun: async ({ steer, request, timeoutSeconds, priority, keepUnits }) =>
      moved('T9', 'operator', {
        ...steer,
        priority,
        jobTimeout: timeoutSeconds,
        requestToken: request?.token ?? null,
        requestUid: request?.resourceUid ?? null,
        keepUnits: keepUnits ?? false,
      }),
    requestCancel: async (jobId, by) => {
      const job = state.jobs.get(jobId)
      return job === undefined || isTerminal(job.status) ? 'fenced' : markCancelled(state, job, by)
    },
  }
}

/** Writes of a runner whose claim holds. */
function claimsOver(state: LedgerState): Pick<Ledger, 'beat' | 'progress' | 'openUnits' | 'storeUnits' | 'takeMerge'> {
  const heldBy = (claim: Claim) => {
    const job = state.jobs.get(claim.jobId)
    const held = job?.status === 'running' && job.attempt === claim.attempt && holds(state, job, { ...claim })
    return held ? job : null
  }
  const unitsOf = (jobId: string) => {
    const found = state.units.get(jobId) ?? new Map<number, Uint8Array>()
    state.units.set(jobId, found)
    return found
  }
  return {
    beat: async (claim, { seq, rssBytes, redisLost }) => {
      const job = heldBy(claim)
      if (job === null) return 'fenced'
      const { jobId, attempt, index, podUid } = claim
      const isMine = (one: ClaimRow) => one.jobId === jobId && one.attempt === attempt && one.index === index
      const mine = state.claims.findLast((one) => isMine(one) && one.podUid === podUid)!
      const at = state.now()
      Object.assign(job, { heartbeatAt: at })
      Object.assign(mine, { heartbeatSeq: Math.max(mine.heartbeatSeq, seq), heartbeatAt: at, rssBytes, redisLost })
      return { cancelRequested: job.cancelRequestedAt !== null }
    },
    progress: async (claim, { percent, stage, date }) => {
      const job = heldBy(claim)
      if (job === null) return 'fenced'
      const pct = Math.min(100, Math.max(0, Math.round(Number.isFinite(percent) ? percent : 0)))
      if (pct >= job.progressPct) {
        Object.assign(job, { progressPct: pct, progressStage: stage, progressDate: date, updatedAt: state.now() })
      }
      return { cancelRequested: job.cancelRequestedAt !== null }
    },
    openUnits: async (claim, { total }) => {
      if (heldBy(claim) === null) return 'fenced'
      const attempt = state.attempts.get(attemptKey(claim.jobId, claim.attempt))!
      attempt.unitsTotal = total
      return [...unitsOf(claim.jobId).keys()].sort((a, b) => a - b)
    },
    storeUnits: async (claim, _set, units) => {
      if (heldBy(claim) === null) return 'fenced'
      const mine = unitsOf(claim.jobId)
      for (const { unit, bytes } of units) mine.set(unit, bytes)
      return mine.size
    },
    takeMerge: async (claim, { total }) => {
      if (heldBy(claim) === null) return 'fenced'
      const attempt = state.attempts.get(attemptKey(claim.jobId, claim.attempt))!
      const { mergedBy } = attempt
      const merging = newestClaims(state, claim.jobId, claim.attempt).some(({ podUid }) => podUid === mergedBy)
      if (unitsOf(claim.jobId).size < total || (merging && mergedBy !== claim.podUid)) return 'left'
      attempt.mergedBy = claim.podUid
      return 'taken'
    },
  }
}
