import fc from 'fast-check'
import { isTerminal } from '../../core/lifecycle.ts'
import type { ResourceStatus } from '../../core/status/shape.ts'
import type { Intent, JobFacts, Observed, Recorded, Unrecorded } from '../../operator/reconcile/types.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import {
  at,
  attempt,
  claim,
  JOB_ID,
  job,
  ME,
  NOW,
  OTHER,
  OTHER_SHARER,
  planned,
  pod,
  remembered,
  row,
  SHARER,
  unrecorded,
  waiting,
} from './observed.ts'

/** Anything that could be seen of one resource; rows agree with themselves, everything else is free. */

const CANCEL = 'cancel-20261123t120000z'
const RERUN = 'rerun-20261123t120000z'
const one = <const Value>(...values: readonly Value[]) => fc.constantFrom(...values)

const completed = {
  outcome: 'completed',
  class: null,
  message: '',
  v: 1,
  jobId: JOB_ID,
  attempt: 1,
  index: 0,
  podUid: 'pod-1',
  pct: 100,
  result: null,
  peakMemory: null,
} as const

const pods = fc.record({
  uid: one('pod-1', 'pod-2'),
  phase: one('Pending', 'Running', 'Succeeded', 'Failed'),
  deleting: fc.boolean(),
  forced: fc.boolean(),
  gone: fc.boolean(),
  reason: one(null, 'Evicted', 'DeadlineExceeded'),
  disruption: one(null, 'EvictionByEvictionAPI', 'DeletionByTaintManager'),
  waiting: one(
    null,
    null,
    { reason: 'ImagePullBackOff', message: '' },
    { reason: 'CreateContainerConfigError', message: '' },
  ),
  createdAt: one(NOW - 5_000, NOW - 900_000),
  end: one(
    null,
    null,
    { exitCode: 0, reason: null, termination: null },
    { exitCode: 70, reason: 'Error', termination: null },
    { exitCode: 75, reason: 'Error', termination: completed },
    { exitCode: 77, reason: 'Error', termination: null },
    { exitCode: 78, reason: 'Error', termination: null },
    { exitCode: 137, reason: 'OOMKilled', termination: null },
    { exitCode: 137, reason: null, termination: null },
    { exitCode: 143, reason: null, termination: null },
  ),
})

const PARKED = job({ suspended: true, suspendedAt: NOW - 60_000 })
const NO_SECRET = pod({ phase: 'Pending', waiting: { reason: 'CreateContainerConfigError', message: '' } })

const jobs: fc.Arbitrary<readonly JobFacts[]> = fc.array(
  fc
    .record({
      attempt: one(1, 1, 1, 2, 3),
      suspended: one(false, false, true),
      suspendedAt: one(null, NOW - 60_000),
      deleting: fc.boolean(),
      gone: one(false, false, true),
      finished: one(null, null, 'complete', 'failed'),
      hasTtl: fc.boolean(),
      queued: fc.boolean(),
      startedAt: one(null, NOW - 29_000),
      pods: fc.array(
        pods.map((change) => pod(change)),
        { maxLength: 2 },
      ),
    })
    .map((change) => job({ ...change, uid: `job-${change.attempt}` })),
  { maxLength: 2 },
)

const intents: fc.Arbitrary<Intent> = fc.oneof(
  fc
    .record({
      suspend: fc.boolean(),
      retryLimit: one(0, 1, 3),
      workerLossPolicy: one('fail', 'retry'),
      parallelism: one(1, 4),
    })
    .map(({ parallelism, ...policy }) => planned(policy, parallelism)),
  one<Intent>(
    { is: 'invalid', code: 'unknown_alpha', message: '' },
    { is: 'waiting', reason: 'SourcePending', message: '' },
    { is: 'sourceless', suspended: false },
    { is: 'unknown' },
  ),
)

const anyMemory = fc.option(
  fc
    .record({
      jobId: one(null, JOB_ID, JOB_ID),
      handledRequest: one(null, CANCEL, RERUN, 'rerun-older'),
      outcome: one(null, null, 'completed', 'cancelled', 'unknown_alpha', 'record_lost', 'reused'),
      goneAt: one(null, null, at(1)),
    })
    .map((change) => remembered({ ...change, finishedAt: change.outcome === null ? null : at(1) })),
  { nil: null },
)

/** Most worlds are calm: rare states would never meet otherwise. */
const mostly = <Value>(calm: Value, wild: fc.Arbitrary<Value>, weight = 4): fc.Arbitrary<Value> =>
  fc.oneof({ weight, arbitrary: fc.constant(calm) }, { weight: 1, arbitrary: wild })

const memories = mostly(remembered(), anyMemory, 2)

const common = fc.record({
  resource: fc.record({
    gone: mostly(false, fc.constant(true), 9),
    queued: mostly(false, fc.constant(true), 5),
    abandoned: mostly(false, fc.constant(true), 9),
    request: mostly<string | null>(null, one(CANCEL, RERUN, 'nonsense'), 3),
    status: mostly<ResourceStatus | null>(
      { phase: 'Pending', jobId: JOB_ID },
      one<ResourceStatus | null>(
        null,
        { observedGeneration: -1 },
        { phase: 'Pending', jobId: JOB_ID },
        { phase: 'Running', jobId: JOB_ID, attempt: 1 },
        { phase: 'Completed', jobId: JOB_ID, attempt: 2 },
        { phase: 'Failed', jobId: JOB_ID, handledRequest: RERUN },
        { phase: 'Pending', jobId: JOB_ID, handledRequest: CANCEL },
      ),
    ),
  }),
  remembered: memories,
  intent: mostly(planned(), intents, 1),
  jobs: fc.oneof(one<readonly JobFacts[]>([job({ pods: [pod()] })], [job({ pods: [NO_SECRET] })], [PARKED]), jobs),
  launch: fc.record({
    permit: fc.boolean(),
    made: one(1, 4),
    refused: one(null, null, null, { reason: 'QuotaExceeded', message: '', at: NOW - 1_000 }),
    conflict: mostly<string | null>(null, fc.constant('x belongs to y')),
  }),
  granted: one(0, 1, 2),
  storageFull: mostly<string | null>(null, fc.constant('96 %')),
})

const rows = fc.record({
  status: one('pending', 'pending', 'running', 'running', 'completed', 'failed', 'cancelled'),
  holderUid: one(null, ME, ME, ME, OTHER),
  attempt: one(0, 1, 1, 1, 2),
  retryCount: one(0, 1, 3),
  nextAttemptAt: one(null, at(5_000), at(-5_000)),
  cancelRequestedAt: one(null, null, null, at(1_000), at(11_000), at(21_000), at(26_000)),
  engineRevision: one(1, 7),
})

/** An attempt's row agrees with its job's: anything else is no row that the ledger could give. */
function attemptOf(of: Pick<Job, 'status' | 'attempt'>, closed: boolean, parallelism: number) {
  if (of.attempt === 0) return null
  const status = of.status === 'pending' && closed ? 'failed' : of.status
  const startedAt = status === 'pending' ? null : at(20_000)
  const completedAt = isTerminal(status) ? at(16_000) : null
  return attempt({ attempt: of.attempt, status, parallelism, startedAt, completedAt, mergedBy: 'pod-1' })
}

const recorded: fc.Arbitrary<Recorded> = fc
  .record({
    common,
    row: rows,
    closed: fc.boolean(),
    parallelism: one(1, 2),
    sharers: one([], [SHARER], [OTHER_SHARER, SHARER], [SHARER, OTHER_SHARER], [OTHER_SHARER]),
    claims: one([], [claim()], [claim({ podUid: 'pod-2' })]),
    stillMs: one(null, 1_000, 29_999, 31_000),
  })
  .filter(({ row: { status, attempt: number } }) => number > 0 || status === 'pending')
  .map(
    ({
      common: { granted, storageFull, resource, ...facts },
      row: change,
      closed,
      parallelism,
      sharers,
      claims,
      stillMs,
    }) => {
      const jobRow = row({ ...change, completedAt: isTerminal(change.status) ? at(16_000) : null })
      return {
        ...waiting,
        ...facts,
        resource: { ...waiting.resource, ...resource },
        slots: { granted, why: '' },
        health: { redisLost: false, storageFull },
        job: jobRow,
        attempt: attemptOf(jobRow, closed, parallelism),
        sharers: sharers.filter(
          ({ uid }) =>
            uid !== ME ||
            (facts.remembered !== null && facts.remembered.finishedAt === null && facts.remembered.goneAt === null),
        ),
        claims: change.status === 'running' ? (claims.length > 0 ? claims : [claim()]) : claims,
        beats: change.status === 'running' ? [{ index: 0, podUid: 'pod-1', stillMs, idleMs: null }] : [],
      } satisfies Recorded
    },
  )

const without: fc.Arbitrary<Unrecorded> = common.map(({ granted, storageFull, resource, ...facts }) => ({
  ...unrecorded,
  ...facts,
  resource: { ...unrecorded.resource, ...resource },
  slots: { granted, why: '' },
  health: { redisLost: false, storageFull },
}))

export const observed: fc.Arbitrary<Observed> = fc.oneof(
  { weight: 5, arbitrary: recorded },
  { weight: 1, arbitrary: without },
)
