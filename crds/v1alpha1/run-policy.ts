import { type Static, Type } from 'typebox'
import { QUANTITY_PATTERN } from '../rules/quantity.ts'
import { choice, quantity, whole } from './fields.ts'

/** Bounds of design.md 2 and platform.md 1.4. */
const TIMEOUT_SECONDS = { minimum: 300, maximum: 14_400 }
const WEEK_SECONDS = 604_800
const MAX_PARALLELISM = 64

/** These fields have no error code of their own, in whatever kind they stand. */
const PLAIN = { 'x-code': 'config_invalid' } as const

/** How a job runs, in every kind: never part of its identity, may change at any time. */
export const RUN_FIELDS = {
  priority: Type.Optional(
    choice(['high', 'normal', 'low'], 'Who goes first when slots are short: high for people waiting, low for bulk.', {
      default: 'normal',
      'x-code': 'invalid_priority',
    }),
  ),
  timeoutSeconds: Type.Optional(
    whole(
      TIMEOUT_SECONDS.minimum,
      TIMEOUT_SECONDS.maximum,
      'Longest run of an attempt; absent: BACKTEST_JOB_TIMEOUT, else 3600.',
      { 'x-code': 'timeout_out_of_range' },
    ),
  ),
  memoryLimit: Type.Optional(
    quantity(QUANTITY_PATTERN, 'Memory of an attempt, 512Mi to 64Gi; absent: BACKTEST_JOB_MEMORY_LIMIT, else 4Gi.', {
      'x-code': 'memory_out_of_range',
      'x-rules': ['memory'],
    }),
  ),
  cpu: Type.Optional(
    quantity(
      QUANTITY_PATTERN,
      'Processor request, 100m to 64; its whole part, at least 1, is the number of engine threads.',
      { default: '1', 'x-code': 'cpu_out_of_range', 'x-rules': ['cpu'] },
    ),
  ),
  retryLimit: Type.Optional(whole(0, 3, 'Retries of failures that another try can cure.', { default: 3, ...PLAIN })),
  workerLossPolicy: Type.Optional(
    choice(['fail', 'retry'], 'What becomes of an attempt whose worker is lost.', {
      default: 'fail',
      ...PLAIN,
    }),
  ),
  suspend: Type.Optional(
    Type.Boolean({ default: false, description: 'Hold the job back until this is false.', ...PLAIN }),
  ),
  deletionPolicy: Type.Optional(
    choice(['retain', 'purge'], 'What becomes of record and artifacts when the resource is deleted.', {
      default: 'retain',
      ...PLAIN,
    }),
  ),
  jobTTLSecondsAfterFinished: Type.Optional(
    whole(0, WEEK_SECONDS, 'Seconds the Kubernetes Job and its pods stay after the result is recorded.', {
      default: 86_400,
      ...PLAIN,
    }),
  ),
} as const

/** Pods of one job; for the kinds whose work is a list of units. */
export const parallelism = Type.Optional(
  whole(1, MAX_PARALLELISM, 'Pods that share the work; never changes the result.', { default: 1 }),
)

const runPolicy = Type.Object(RUN_FIELDS)
export type RunPolicySpec = Static<typeof runPolicy>
