import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ResourceStatus } from '../../core/status/shape.ts'
import {
  at,
  attempt,
  CLOCKS,
  ended,
  JOB_ID,
  job,
  ME,
  NOW,
  OTHER,
  OTHER_SHARER,
  opened,
  planned,
  pod,
  remembered,
  row,
  running,
  SHARER,
  unrecorded,
  waiting,
  withResource,
} from '../../test/operator/observed.ts'
import { statusFor } from './status-for.ts'
import type { Observed, PodFacts, Recorded } from './types.ts'

const MINUTE = 60_000
const CANCEL = 'cancel-20261123t120000z'

const over = (outcome: string) => remembered({ finishedAt: at(500), outcome })
const starting = (change: Partial<PodFacts>, ago = 5_000): Recorded => ({
  ...opened,
  attempt: attempt({ openedAt: at(ago) }),
  jobs: [job({ pods: [pod({ phase: 'Pending', createdAt: NOW - ago, ...change })] })],
})
const noSecret = { waiting: { reason: 'CreateContainerConfigError', message: 'secret "hindcast-runner" not found' } }

/** What people see first: the phase, why it stands so, and whether it was admitted. */
const MOMENTS: readonly (readonly [title: string, seen: Observed, phase: string, reason: string, admitted: string])[] =
  [
    ['a new resource', { ...unrecorded, remembered: null }, 'Pending', 'Recording', 'False'],
    [
      'a MonteCarlo without its source',
      { ...unrecorded, intent: { is: 'waiting', reason: 'SourcePending', message: 'x' } },
      'Pending',
      'SourcePending',
      'False',
    ],
    [
      'a new resource while the record is away',
      withResource({ ...unrecorded, record: 'unreadable' }, { status: { observedGeneration: -1 } }),
      'Pending',
      'DatabaseUnavailable',
      'False',
    ],
    ['an invalid one before its end is noted', invalid(null), 'Pending', 'Recording', 'False'],
    ['an invalid one', invalid('unknown_alpha'), 'Failed', 'UnknownAlpha', '-'],
    ['one without a slot', { ...waiting, slots: { granted: 0, why: 'full' } }, 'Pending', 'NoSlot', 'False'],
    ['one that is suspended', { ...waiting, intent: planned({ suspend: true }) }, 'Pending', 'Suspended', 'False'],
    [
      'one while the store is full',
      { ...waiting, health: { redisLost: false, storageFull: '96 %' } },
      'Pending',
      'StorageFull',
      'False',
    ],
    ['a retry that waits', retryWaits(), 'Pending', 'RetryScheduled', 'False'],
    ['one that another computes', held(), 'Pending', 'WaitingForIdentical', 'False'],
    ['one with a slot', waiting, 'Pending', 'Admitting', 'False'],
    ['an attempt without its Job', opened, 'Pending', 'Starting', 'True'],
    [
      'an attempt whose Job the quota refuses',
      { ...opened, launch: { ...opened.launch, refused: { reason: 'QuotaExceeded', message: 'x', at: NOW } } },
      'Pending',
      'QuotaExceeded',
      'False',
    ],
    [
      'an attempt whose pod starts',
      starting({ waiting: { reason: 'ContainerCreating', message: '' } }),
      'Pending',
      'Starting',
      'True',
    ],
    [
      'an attempt without an image',
      starting({ waiting: { reason: 'ImagePullBackOff', message: 'denied' } }),
      'Pending',
      'ImagePullBackOff',
      'True',
    ],
    ['an attempt without its Secret', starting(noSecret), 'Pending', 'RunnerNotConfigured', 'True'],
    [
      'an attempt that was put aside',
      { ...opened, jobs: [job({ suspended: true })] },
      'Pending',
      'RunnerNotConfigured',
      'False',
    ],
    [
      'an attempt in a queue of the cluster',
      { ...opened, jobs: [job({ suspended: true, queued: true })] },
      'Pending',
      'Queued',
      'False',
    ],
    [
      'an attempt that no node takes',
      starting({ node: null, unschedulable: '0/3 nodes' }, 15 * MINUTE),
      'Pending',
      'Unschedulable',
      'True',
    ],
    ['a running attempt', running, 'Running', 'Running', 'True'],
    ['a run that a cancel was asked of', withResource(running, { request: CANCEL }), 'Running', 'Running', 'True'],
    ['a completed one', { ...ended('completed'), remembered: over('completed') }, 'Completed', '-', 'True'],
    [
      'a reused one',
      { ...ended('completed', { holderUid: OTHER }), remembered: over('reused') },
      'Completed',
      '-',
      '-',
    ],
    ['a failed one', { ...ended('failed'), remembered: over('engine_error') }, 'Failed', 'EngineError', 'True'],
    ['a cancelled one', { ...ended('cancelled'), remembered: over('cancelled') }, 'Cancelled', 'Cancelled', 'True'],
    ['a waiter that was cancelled', { ...held(), remembered: over('cancelled') }, 'Cancelled', 'Cancelled', '-'],
  ]

for (const [title, seen, phase, reason, admitted] of MOMENTS) {
  test(`${title} is ${phase} (${reason})`, () => {
    const status = statusFor(seen, CLOCKS)
    const why = conditionOf(status, 'Reconciling')?.reason ?? conditionOf(status, 'Stalled')?.reason ?? '-'
    assert.deepEqual([status.phase, why, conditionOf(status, 'Admitted')?.status ?? '-'], [phase, reason, admitted])
  })
}

/** Each condition beside the five, and one neighbour without it. */
const CONDITIONS: readonly (readonly [type: string, seen: Observed, without: Observed])[] = [
  ['RetryScheduled', retryWaits(), waiting],
  ['RetriesExhausted', exhausted(), { ...ended('failed'), remembered: over('engine_error') }],
  ['RedisDegraded', { ...running, health: { redisLost: true, storageFull: null } }, running],
  ['RecordPending', pending(), running],
  ['StorageFull', { ...waiting, health: { redisLost: false, storageFull: '96 %' } }, waiting],
  ['NoProgress', beats(10 * MINUTE), beats(9 * MINUTE)],
  [
    'Unschedulable',
    starting({ node: null, unschedulable: 'x' }, 15 * MINUTE),
    starting({ node: null, unschedulable: 'x' }, 14 * MINUTE),
  ],
  ['RunnerNotConfigured', starting(noSecret), starting({})],
  ['TrainOverlap', { ...waiting, intent: { ...planned(), warning: '9 months' } as Recorded['intent'] }, waiting],
]

for (const [type, seen, without] of CONDITIONS) {
  test(`${type} is True while it holds, and absent beside it`, () => {
    assert.equal(conditionOf(statusFor(seen, CLOCKS), type)?.status, 'True')
    assert.equal(conditionOf(statusFor(without, CLOCKS), type), undefined)
  })
}

test('a pending record is seen while the record itself is away, and the phase stays Running', () => {
  const before = statusFor(running, CLOCKS)
  const seen = withResource({ ...pending(), record: 'unreadable' } as Observed, { status: before })
  const status = statusFor(seen, CLOCKS)
  assert.deepEqual(
    [status.phase, conditionOf(status, 'RecordPending')?.status, conditionOf(status, 'Recorded')?.reason],
    ['Running', 'True', 'DatabaseUnavailable'],
  )
})

test('a completed status has the result, its path as people see it, and the metrics of its kind', () => {
  const status = statusFor({ ...ended('completed'), remembered: over('completed') }, CLOCKS)
  assert.deepEqual(
    [status.resultPath, status.metrics, status.snapshotId, status.datasetVersionIds],
    [`pvc:results/research/${JOB_ID}/1`, { mean_ic: '0.0125', icir: '0.8' }, 'sp500-2f6c0a91', { crsp: 'v1' }],
  )
})

test('the job id and the snapshot stand in the first status of a resource that can be planned', () => {
  const status = statusFor({ ...unrecorded, remembered: null }, CLOCKS)
  assert.deepEqual([status.jobId, status.snapshotId], [JOB_ID, 'sp500-2f6c0a91'])
})

test('the last good result stays readable while a re-run waits, runs and fails', () => {
  const good = attempt({ attempt: 1, status: 'completed', completedAt: at(MINUTE), resultPath: `research/${JOB_ID}/1` })
  const again = {
    ...running,
    lastGood: good,
    job: row({ ...running.job, attempt: 2, lastGoodAttempt: 1 }),
    attempt: attempt({ attempt: 2, status: 'running' }),
  }
  assert.equal(statusFor(again, CLOCKS).lastResult?.attempt, 1)
  const failed = {
    ...again,
    job: { ...again.job, status: 'failed', errorClass: 'timeout', errorMessage: 'x' },
    remembered: over('timeout'),
  } as Recorded
  assert.deepEqual([statusFor(failed, CLOCKS).phase, statusFor(failed, CLOCKS).lastResult?.attempt], ['Failed', 1])
})

test('a waiter shows neither the attempt nor the progress of its holder', () => {
  const status = statusFor(held(), CLOCKS)
  assert.deepEqual([status.attempt, status.jobName, status.progress], [undefined, undefined, undefined])
})

test('what a finished resource shows does not change when another one takes the row', () => {
  const done = { ...ended('completed'), remembered: over('completed') }
  const before = statusFor(done, CLOCKS)
  const taken: Recorded = withResource(
    { ...held(), remembered: over('completed'), sharers: [OTHER_SHARER] },
    { status: before, generation: 2 },
  )
  const after = statusFor(taken, CLOCKS)
  assert.deepEqual(
    [after.phase, after.metrics, after.attempt, after.observedGeneration],
    ['Completed', before.metrics, 1, 2],
  )
})

test('a record that is gone or restored leaves the status, and says so', () => {
  const before = statusFor({ ...ended('completed'), remembered: over('completed') }, CLOCKS)
  const expired = statusFor(withResource({ ...unrecorded, remembered: null }, { status: before }), CLOCKS)
  assert.deepEqual(
    [expired.phase, conditionOf(expired, 'Recorded')?.reason, expired.metrics],
    ['Completed', 'Expired', before.metrics],
  )
  const restored = statusFor(withResource({ ...running, remembered: over('record_lost') }, { status: before }), CLOCKS)
  assert.deepEqual([restored.phase, conditionOf(restored, 'Recorded')?.reason], ['Completed', 'RecordLost'])
})

test('the request that was handled is shown, also when it came too late', () => {
  const before = statusFor({ ...ended('completed'), remembered: over('completed') }, CLOCKS)
  const late = { ...ended('completed'), remembered: { ...over('completed'), handledRequest: CANCEL } }
  assert.equal(statusFor(withResource(late, { status: before, request: CANCEL }), CLOCKS).handledRequest, CANCEL)
})

test('an invalid resource names what is wrong', () => {
  assert.equal(statusFor(invalid('unknown_alpha'), CLOCKS).error?.message, 'alpha "momentun" is not known')
})

function invalid(outcome: string | null): Observed {
  const memory = outcome === null ? remembered({ jobId: null }) : { ...over(outcome), jobId: null }
  const intent = { is: 'invalid', code: 'unknown_alpha', message: 'alpha "momentun" is not known' } as const
  return withResource({ ...unrecorded, remembered: memory, intent }, { status: { phase: 'Pending' } })
}

function retryWaits(): Recorded {
  const last = { attempt: 1, holderUid: ME, retryCount: 1, nextAttemptAt: at(-40_000) }
  return {
    ...waiting,
    job: row({ ...last, errorClass: 'evicted', errorMessage: 'node-a' }),
    attempt: attempt({ status: 'failed', completedAt: at(1_000) }),
  }
}

function held(): Recorded {
  return { ...running, job: { ...running.job, holderUid: OTHER }, sharers: [OTHER_SHARER, SHARER] }
}

function exhausted(): Recorded {
  return {
    ...ended('failed', { errorClass: 'retries_exhausted', errorMessage: 'after 3 retries' }),
    remembered: over('retries_exhausted'),
  }
}

function beats(idleMs: number): Recorded {
  return { ...running, beats: [{ index: 0, podUid: 'pod-1', stillMs: 1_000, idleMs }] }
}

function pending(): Recorded {
  const result = { resultPath: `research/${JOB_ID}/1` }
  const termination = { outcome: 'completed', podUid: 'pod-1', index: 0, result }
  const end = { exitCode: 75, reason: 'Error', termination } as unknown as PodFacts['end']
  return { ...running, jobs: [job({ pods: [pod({ phase: 'Failed', end })] })] }
}

function conditionOf(status: ResourceStatus, type: string) {
  return status.conditions?.find((condition) => condition.type === type)
}
