import { type TSchema, Type } from 'typebox'
import type { Kind } from '../../core/request.ts'
import { choice, closed, MAX_INT32, mapOf, whole } from './fields.ts'

/** A status fits in 8 KiB (design.md 2): every part below is bounded, and all messages share one budget. */
export const MAX_STATUS_BYTES = 8192
/** UTF-8 bytes of all messages of a status together; a Regression gives most of them to its drift. */
export const MESSAGE_BYTES: Readonly<Record<Kind, number>> = {
  Backtest: 2048,
  WalkForward: 2048,
  MonteCarlo: 2048,
  Regression: 860,
}

const MAX_MESSAGE = 1024
const MAX_CONDITIONS = 20
const MAX_DRIFTS = 20

const text = (maxLength: number, description: string) => Type.String({ maxLength, description })
/** UTC with seconds: `2026-11-22T21:11:51Z`. */
const time = (description: string) => Type.String({ format: 'date-time', maxLength: 20, description })
const optional = <Members extends Record<string, TSchema>>(members: Members): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(members).map(([key, member]) => [key, Type.Optional(member)]))
const count = (description: string) => whole(0, MAX_INT32, description)

const condition = closed(
  {
    type: text(24, 'What is stated.'),
    status: choice(['True', 'False', 'Unknown'], 'Whether it holds.'),
    reason: text(32, 'Why, in one word.'),
    message: text(MAX_MESSAGE, 'Why, in a sentence.'),
    lastTransitionTime: time('When the status last changed.'),
    observedGeneration: Type.Optional(whole(-1, MAX_INT32, 'The generation it speaks of.', { format: 'int64' })),
  },
  'A condition.',
)

/** Status of any kind. */
const COMMON = optional({
  phase: choice(['Pending', 'Running', 'Completed', 'Failed', 'Cancelled'], 'Where the job is, for people.'),
  observedGeneration: whole(-1, MAX_INT32, 'The generation this status speaks of; -1: none yet.', { format: 'int64' }),
  conditions: Type.Array(condition, {
    maxItems: MAX_CONDITIONS,
    description: 'What holds, for tools: Reconciling, Stalled, Ready, Finished, Succeeded and others.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  }),
  handledRequest: text(63, 'The last request label acted upon.'),
  units: closed(optional({ total: count('All.'), done: count('Done.') }), 'Windows, blocks of paths or cases.'),
  startTime: time('When the first attempt started.'),
  completionTime: time('When the job ended.'),
  metrics: mapOf(text(14, 'Six significant digits, or NaN.'), 12, 'Headline figures; the record has them in full.', {
    'x-kubernetes-validations': [
      { rule: 'self.all(key, size(key) <= 24)', message: 'names of metrics have at most 24 letters' },
    ],
  }),
  error: closed(
    optional({ class: text(32, 'The error code.'), message: text(MAX_MESSAGE, 'What, where, what is allowed.') }),
    'Why the job did not succeed.',
  ),
})

/** Status of the kinds that have a job of their own. */
const OF_A_JOB = optional({
  jobId: text(32, 'The id of the job; never computed again.'),
  attempt: count('The latest attempt.'),
  retries: count('Retries since the last request.'),
  nextAttemptAt: time('When a waiting retry is due.'),
  jobName: text(63, 'The Kubernetes Job of the attempt.'),
  limits: closed(
    optional({
      timeoutSeconds: count('In force.'),
      memoryLimit: text(20, 'In force.'),
      cpu: text(20, 'In force.'),
    }),
    'Limits of the attempt.',
  ),
  progress: closed(
    optional({
      percent: whole(0, 100, 'Done, of 100.'),
      stage: text(24, 'What the runner is doing.'),
      date: text(10, 'The day being computed.'),
      updatedAt: time('When this was written.'),
      source: choice(['redis', 'record'], 'Where this was read.'),
    }),
    'How far the attempt is.',
  ),
  snapshotId: text(63, 'The snapshot computed on.'),
  datasetVersionIds: mapOf(text(80, 'Version and content hash.'), 4, 'Versions of the tables, by role.', {
    'x-kubernetes-validations': [{ rule: 'self.all(key, size(key) <= 20)', message: 'roles have at most 20 letters' }],
  }),
  resultPath: text(160, 'Where the artifacts are.'),
  lastResult: closed(
    optional({
      attempt: count('Its attempt.'),
      completionTime: time('When it was committed.'),
      resultPath: text(160, 'Where its artifacts are.'),
    }),
    'The last good result, while a further attempt runs.',
  ),
})

const OF_A_REGRESSION = optional({
  verdict: choice(['Passed', 'Failed', 'Stale', 'Error'], 'What the check found.'),
  drift: Type.Array(
    closed(
      {
        case: text(28, 'The case.'),
        metric: text(28, 'The metric.'),
        expected: text(12, 'Golden value.'),
        actual: text(12, 'Value found.'),
      },
      'One metric that is off.',
    ),
    { maxItems: MAX_DRIFTS, description: 'The first metrics that are off.', 'x-kubernetes-list-type': 'atomic' },
  ),
})

/** The status of a kind: written by the operator alone, through the status subresource. */
export function statusSchema(kind: Kind): TSchema {
  const own = kind === 'Regression' ? OF_A_REGRESSION : OF_A_JOB
  const messages =
    '(has(self.conditions) ? self.conditions.map(c, size(bytes(c.message))).sum() : 0) + ' +
    '(has(self.error) && has(self.error.message) ? size(bytes(self.error.message)) : 0)'
  return closed({ ...COMMON, ...own }, 'What became of it.', {
    // Never absent, so that no reader of conditions takes a resource for done before the operator has seen it.
    default: { observedGeneration: -1 },
    'x-kubernetes-validations': [
      { rule: `${messages} <= ${MESSAGE_BYTES[kind]}`, message: 'all messages together are too long' },
    ],
  })
}
