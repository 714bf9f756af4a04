import fc from 'fast-check'
import type { Moment, StatusFacts } from '../../core/status/shape.ts'
import { STATUS_METRICS, statusOf } from '../../core/status.ts'

const text = fc.string({ unit: 'binary', maxLength: 1500 })
const number = fc.oneof(fc.double(), fc.integer(), fc.constant(Number.NaN))
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const momentArbitrary: fc.Arbitrary<Moment> = fc.oneof(
  fc.record({ is: fc.constant('waiting' as const), admitted: fc.boolean(), reason: text, message: text }),
  fc.constant({ is: 'running' as const }),
  fc.constant({ is: 'suspended' as const }),
  fc.record({ is: fc.constant('completed' as const), reused: fc.boolean() }),
  fc.record({ is: fc.constant('failed' as const), class: text, message: text }),
  fc.record({ is: fc.constant('cancelled' as const), message: text }),
  fc.constant({ is: 'kept' as const }),
)

const freshFacts: fc.Arbitrary<StatusFacts> = fc.record({
  now: number,
  generation: fc.nat(),
  before: nullable(fc.constant({ observedGeneration: -1 })),
  moment: momentArbitrary,
  handledRequest: nullable(text),
  job: nullable(
    fc.record({
      jobId: text,
      snapshotId: nullable(text),
      retries: number,
      nextAttemptAt: nullable(number),
      error: nullable(fc.record({ class: text, message: text })),
    }),
  ),
  attempt: nullable(
    fc.record({
      attempt: number,
      jobName: nullable(text),
      limits: nullable(
        fc.record({
          timeoutSeconds: number,
          memoryLimitBytes: fc.nat(),
          cpu: fc.double({ min: 0, max: 64, noNaN: true }),
        }),
      ),
      units: nullable(fc.record({ total: number, done: number })),
      progress: nullable(
        fc.record({
          percent: number,
          stage: text,
          date: nullable(text),
          updatedAt: number,
          source: fc.constantFrom('redis' as const, 'record' as const),
        }),
      ),
      startedAt: nullable(number),
    }),
  ),
  result: nullable(
    fc.record({
      kind: fc.constantFrom('Backtest' as const, 'WalkForward' as const, 'MonteCarlo' as const),
      completedAt: nullable(number),
      path: nullable(text),
      snapshotId: nullable(text),
      datasetVersionIds: nullable(fc.dictionary(text, text)),
      metrics: nullable(
        fc.dictionary(fc.constantFrom(...Object.values(STATUS_METRICS).flat(), 'other'), nullable(number), {
          maxKeys: 24,
        }),
      ),
    }),
  ),
  lastResult: nullable(fc.record({ attempt: number, completedAt: nullable(number), path: text })),
  extra: fc.record({
    unrecorded: nullable(fc.record({ reason: text, message: text })),
    retryScheduled: nullable(text),
    retriesExhausted: nullable(text),
    redisDegraded: nullable(text),
    recordPending: nullable(text),
    storageFull: nullable(text),
    noProgress: nullable(text),
    unschedulable: nullable(text),
    runnerNotConfigured: nullable(text),
    trainOverlap: nullable(text),
  }),
})

/** Any facts at all, as hostile as a runner, a database and a user could make them, on top of any status before. */
export const anyFacts: fc.Arbitrary<StatusFacts> = fc
  .tuple(freshFacts, nullable(freshFacts))
  .map(([facts, earlier]) => (earlier === null ? facts : { ...facts, before: statusOf(earlier) }))
