import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyFacts } from '../test/crds/any-status-facts.ts'
import { type Moment, NO_EXTRA, type ResourceStatus, type StatusFacts } from './status/shape.ts'
import { figure, fitted, timeText } from './status/text.ts'
import { statusOf } from './status.ts'

const NOW = Date.UTC(2026, 10, 22, 21, 11, 51)

/** A job that waits for a slot; each case changes one fact about it. */
const waiting: StatusFacts = {
  now: NOW,
  generation: 3,
  before: { observedGeneration: -1 },
  moment: { is: 'waiting', admitted: false, reason: 'NoSlot', message: '2 of 2 slots of priority normal are taken' },
  handledRequest: null,
  job: { jobId: '7f'.repeat(16), snapshotId: 'sp500-2f6c0a91', retries: 0, nextAttemptAt: null, error: null },
  attempt: null,
  result: null,
  lastResult: null,
  extra: NO_EXTRA,
}
const running: StatusFacts = {
  ...waiting,
  moment: { is: 'running' },
  attempt: {
    attempt: 2,
    jobName: 'momentum-2015-1a2b3c4d-a2',
    limits: { timeoutSeconds: 3600, memoryLimitBytes: 4 * 1024 ** 3, cpu: 1 },
    units: null,
    progress: { percent: 41, stage: 'computing', date: '2015-06-30', updatedAt: NOW - 1000, source: 'redis' },
    startedAt: NOW - 60_000,
  },
}
const completed: StatusFacts = {
  ...running,
  moment: { is: 'completed', reused: false },
  result: {
    kind: 'Backtest',
    completedAt: NOW,
    path: 'pvc:results/research/7f/2',
    snapshotId: 'sp500-2f6c0a91',
    datasetVersionIds: { crsp: 'v1:abc' },
    metrics: { mean_ic: 0.0125, icir: Number.NaN, hit_rate: null, psr: 0.9 },
  },
}

const failed: Moment = { is: 'failed', class: 'memory_limit', message: 'memory reached 4000 MiB; raise memoryLimit' }

/** Reconciling, Stalled, Ready, Finished, Succeeded, phase: the table of design.md 2, a dash where it is absent. */
const MOMENTS: readonly [title: string, moment: Moment, row: readonly string[], phase: string][] = [
  ['waiting', waiting.moment, ['True', '-', 'False', 'False', 'Unknown'], 'Pending'],
  [
    'waiting with an attempt open',
    { is: 'waiting', admitted: true, reason: 'Starting', message: '' },
    ['True', '-', 'False', 'False', 'Unknown'],
    'Pending',
  ],
  ['running', { is: 'running' }, ['True', '-', 'False', 'False', 'Unknown'], 'Running'],
  ['suspended', { is: 'suspended' }, ['True', '-', 'False', 'False', 'Unknown'], 'Pending'],
  ['completed', { is: 'completed', reused: false }, ['-', '-', 'True', 'True', 'True'], 'Completed'],
  ['reused', { is: 'completed', reused: true }, ['-', '-', 'True', 'True', 'True'], 'Completed'],
  ['failed', failed, ['-', 'True', 'False', 'True', 'False'], 'Failed'],
  ['cancelled', { is: 'cancelled', message: 'by ada' }, ['-', 'True', 'False', 'True', 'False'], 'Cancelled'],
]
const FIVE = ['Reconciling', 'Stalled', 'Ready', 'Finished', 'Succeeded'] as const

for (const [title, moment, row, phase] of MOMENTS) {
  FIVE.forEach((type, column) => {
    test(`${title}: ${type} is ${row[column] === '-' ? 'absent' : row[column]}`, () => {
      assert.equal(conditionOf(statusOf({ ...running, moment }), type)?.status ?? '-', row[column])
    })
  })
  test(`${title}: the phase is ${phase}`, () => assert.equal(statusOf({ ...running, moment }).phase, phase))
}

test('a condition keeps its time while its status stays, and takes a new one when it changes', () => {
  const before = statusOf(waiting)
  const later = statusOf({ ...completed, before, now: NOW + 90_000 })
  assert.equal(
    conditionOf(statusOf({ ...running, before, now: NOW + 90_000 }), 'Ready')?.lastTransitionTime,
    timeText(NOW),
  )
  assert.equal(conditionOf(later, 'Ready')?.lastTransitionTime, timeText(NOW + 90_000))
})

test('every condition speaks of the generation that was looked at', () => {
  for (const condition of statusOf(running).conditions ?? []) assert.equal(condition.observedGeneration, 3)
})

test('the same facts give the same bytes, whatever stood before but for its times', () => {
  const once = statusOf(running)
  assert.equal(JSON.stringify(statusOf({ ...running, before: once, now: NOW + 5000 })), JSON.stringify(once))
})

const EXTRAS = [
  ['retryScheduled', 'RetryScheduled'],
  ['retriesExhausted', 'RetriesExhausted'],
  ['redisDegraded', 'RedisDegraded'],
  ['recordPending', 'RecordPending'],
  ['storageFull', 'StorageFull'],
  ['noProgress', 'NoProgress'],
  ['unschedulable', 'Unschedulable'],
  ['runnerNotConfigured', 'RunnerNotConfigured'],
  ['trainOverlap', 'TrainOverlap'],
] as const

for (const [fact, type] of EXTRAS) {
  test(`condition ${type} is there, and True, only while it holds`, () => {
    const status = statusOf({ ...running, extra: { ...NO_EXTRA, [fact]: 'why' } })
    assert.deepEqual([conditionOf(status, type)?.status, conditionOf(status, type)?.message], ['True', 'why'])
    assert.equal(conditionOf(statusOf({ ...running, before: status }), type), undefined)
  })
}

test('Recorded says whether the record speaks of the resource', () => {
  const unrecorded = { reason: 'Expired', message: 'retention removed the record' }
  assert.equal(conditionOf(statusOf(running), 'Recorded')?.status, 'True')
  const status = statusOf({ ...running, extra: { ...NO_EXTRA, unrecorded } })
  assert.deepEqual(
    [conditionOf(status, 'Recorded')?.status, conditionOf(status, 'Recorded')?.reason],
    ['False', 'Expired'],
  )
})

test('Admitted says why a job waits, and is True from the opening of its attempt on', () => {
  assert.deepEqual(pick(conditionOf(statusOf(waiting), 'Admitted')), ['False', 'NoSlot'])
  assert.deepEqual(pick(conditionOf(statusOf(running), 'Admitted')), ['True', 'Admitted'])
  assert.deepEqual(pick(conditionOf(statusOf(completed), 'Admitted')), ['True', 'Admitted'])
  const reused = statusOf({ ...completed, moment: { is: 'completed', reused: true } })
  assert.equal(conditionOf(reused, 'Admitted'), undefined)
})

test('metrics are those of the kind, in six digits, NaN where not computed, absent where not defined', () => {
  assert.deepEqual(statusOf(completed).metrics, { mean_ic: '0.0125', icir: 'NaN' })
})

test('a figure has six significant digits in at most 14 characters', () => {
  assert.deepEqual([0.123456789, -0.00000123456789, 1234567890, 1.5e22, -1.23456789e-300, -0].map(figure), [
    '0.123457',
    '-0.00000123457',
    '1234570000',
    '1.5e+22',
    '-1.23457e-300',
    '0',
  ])
})

test('a failure stands in the error, in Ready and in Stalled', () => {
  const status = statusOf({ ...running, moment: failed })
  assert.equal(status.error?.class, 'memory_limit')
  assert.equal(conditionOf(status, 'Stalled')?.reason, 'MemoryLimit')
  assert.equal(conditionOf(status, 'Ready')?.message, 'memory reached 4000 MiB; raise memoryLimit')
})

test('the last error stays visible while a retry waits, with the time of the next attempt', () => {
  const job = {
    ...waiting.job!,
    retries: 1,
    nextAttemptAt: NOW + 60_000,
    error: { class: 'evicted', message: 'node a' },
  }
  const status = statusOf({ ...waiting, job })
  assert.deepEqual([status.error?.class, status.retries, status.nextAttemptAt], ['evicted', 1, timeText(NOW + 60_000)])
})

test('what cannot be looked up stays as it was, but for the conditions beside it', () => {
  const before = statusOf(running)
  const unrecorded = { reason: 'DatabaseUnavailable', message: 'Postgres is out of reach' }
  const status = statusOf({
    ...waiting,
    before,
    generation: 4,
    moment: { is: 'kept' },
    job: null,
    extra: { ...NO_EXTRA, unrecorded },
  })
  assert.deepEqual([status.phase, status.attempt, status.observedGeneration], ['Running', 2, 4])
  assert.equal(conditionOf(status, 'Recorded')?.reason, 'DatabaseUnavailable')
  assert.equal(conditionOf(status, 'Reconciling')?.status, 'True')
})

test('a new resource that cannot be looked up waits and says why', () => {
  const unrecorded = { reason: 'DatabaseUnavailable', message: 'Postgres is out of reach' }
  const status = statusOf({ ...waiting, moment: { is: 'kept' }, extra: { ...NO_EXTRA, unrecorded } })
  assert.deepEqual([status.phase, conditionOf(status, 'Reconciling')?.reason], ['Pending', 'DatabaseUnavailable'])
})

test('no progress is shown while the next attempt waits for its slot', () => {
  assert.equal(statusOf({ ...running, moment: waiting.moment }).progress, undefined)
  assert.equal(statusOf({ ...running, moment: failed }).progress?.percent, 41)
})

test('a long text ends in an ellipsis, never in half a character, and holds no control characters', () => {
  assert.equal(fitted('ab\ncd\u0000', 20), 'ab cd ')
  assert.equal(fitted('€€€€', 9), '€€…')
  assert.equal(fitted('"""""', 6), '"…')
  assert.equal(fitted('\ud800x', 9), ' x')
})

test('whatever the facts, a status is never both Reconciling and Stalled, and is at most 8 KiB', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const status = statusOf(facts)
      const types = (status.conditions ?? []).map(({ type }) => type)
      assert.equal(new Set(types).size, types.length)
      assert.ok(!(types.includes('Reconciling') && types.includes('Stalled')))
      assert.ok(Buffer.byteLength(JSON.stringify(status)) <= 8192)
      const messages = [...(status.conditions ?? []).map(({ message }) => message), status.error?.message ?? '']
      assert.ok(messages.reduce((sum, one) => sum + Buffer.byteLength(one), 0) <= 2048)
    }),
    { numRuns: 300 },
  )
})

test('Finished is True exactly where a phase ends a resource, and Succeeded exactly where it completed', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const status = statusOf(facts)
      const ended = ['Completed', 'Failed', 'Cancelled'].includes(status.phase!)
      assert.equal(conditionOf(status, 'Finished')?.status, ended ? 'True' : 'False')
      assert.equal(conditionOf(status, 'Succeeded')?.status === 'True', status.phase === 'Completed')
    }),
    { numRuns: 200 },
  )
})

function conditionOf(status: ResourceStatus, type: string) {
  return status.conditions?.find((condition) => condition.type === type)
}

function pick(condition: ReturnType<typeof conditionOf>) {
  return [condition?.status, condition?.reason]
}
