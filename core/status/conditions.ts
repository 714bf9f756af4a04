import type { ExtraConditions, Moment, ResourceStatus, StatusCondition, StatusFacts } from './shape.ts'
import { fitted, jsonBytes, timeText } from './text.ts'

/** A condition before it has its time and its place in the budget. */
export interface Statement {
  readonly type: string
  readonly status: StatusCondition['status']
  readonly reason: string
  readonly message: string
}

/** Bytes of all messages of a status together, as JSON: the bound of crds/v1alpha1/status.ts. */
const ALL_MESSAGES = 2048
/** The error's message is the one that people act on. */
const ERROR_MESSAGE = 1024
/** Of a condition. */
const ONE_MESSAGE = 400
const REASON = 32

/** The five conditions of the table of design.md 2, and Admitted, at each moment; empty for what is kept. */
export function mainConditions(moment: Moment, attempted: boolean): readonly Statement[] {
  const five = (reason: string, message: string, [reconciling, stalled, ready, finished, succeeded]: Row) =>
    [
      ['Reconciling', reconciling],
      ['Stalled', stalled],
      ['Ready', ready],
      ['Finished', finished],
      ['Succeeded', succeeded],
    ].flatMap(([type, status]) => (status === null ? [] : [{ type, status, reason, message } as Statement]))
  const admitted = (status: 'True' | 'False', reason: string, message: string): Statement => ({
    type: 'Admitted',
    status,
    reason,
    message,
  })
  const taken = attempted ? [admitted('True', 'Admitted', '')] : []
  switch (moment.is) {
    case 'waiting':
      return [
        ...five(moment.reason, moment.message, LIVE),
        moment.admitted ? admitted('True', 'Admitted', '') : admitted('False', moment.reason, moment.message),
      ]
    case 'running':
      return [...five('Running', 'the attempt runs', LIVE), admitted('True', 'Admitted', '')]
    case 'suspended':
      return [
        ...five('Suspended', 'spec.suspend is true', LIVE),
        admitted('False', 'Suspended', 'spec.suspend is true'),
      ]
    case 'completed':
      return moment.reused
        ? five('Reused', 'an earlier result of the same computation stands', GOOD)
        : [...five('Completed', 'the result is recorded', GOOD), ...taken]
    case 'failed':
      return [...five(camelCase(moment.class), moment.message, BAD), ...taken]
    case 'cancelled':
      return [...five('Cancelled', moment.message, BAD), ...taken]
    case 'kept':
      return []
  }
}

type Cell = StatusCondition['status'] | null
type Row = readonly [reconciling: Cell, stalled: Cell, ready: Cell, finished: Cell, succeeded: Cell]
const LIVE: Row = ['True', null, 'False', 'False', 'Unknown']
const GOOD: Row = [null, null, 'True', 'True', 'True']
const BAD: Row = [null, 'True', 'False', 'True', 'False']

/** What is said beside them; most are absent unless they hold. */
export function extraConditions(extra: ExtraConditions): readonly Statement[] {
  const held = (type: string, message: string | null): readonly Statement[] =>
    message === null ? [] : [{ type, status: 'True', reason: type, message }]
  const { unrecorded } = extra
  return [
    unrecorded === null
      ? { type: 'Recorded', status: 'True', reason: 'Recorded', message: '' }
      : { type: 'Recorded', status: 'False', ...unrecorded },
    ...held('RecordPending', extra.recordPending),
    ...held('RunnerNotConfigured', extra.runnerNotConfigured),
    ...held('Unschedulable', extra.unschedulable),
    ...held('RetryScheduled', extra.retryScheduled),
    ...held('RetriesExhausted', extra.retriesExhausted),
    ...held('StorageFull', extra.storageFull),
    ...held('NoProgress', extra.noProgress),
    ...held('RedisDegraded', extra.redisDegraded),
    ...held('TrainOverlap', extra.trainOverlap),
  ]
}

/** The statements over what stood before: a later one of a type wins, the others stay. */
export function overlaid(before: ResourceStatus | null, statements: readonly Statement[]): readonly Statement[] {
  const kept = (before?.conditions ?? []).filter((old) => statements.every(({ type }) => type !== old.type))
  return [...kept, ...statements]
}

/**
 * Statements as conditions: a time changes with the status alone. Messages share what the error's message leaves of
 * their budget evenly, what one does not need goes to those that follow.
 */
export function finished(
  { now, generation, before }: Pick<StatusFacts, 'now' | 'generation' | 'before'>,
  statements: readonly Statement[],
  spent: number,
): readonly StatusCondition[] {
  let room = ALL_MESSAGES - spent
  return statements.map((statement, index) => {
    const message = fitted(statement.message, Math.min(ONE_MESSAGE, Math.floor(room / (statements.length - index))))
    room -= jsonBytes(message)
    const old = before?.conditions?.find(({ type }) => type === statement.type)
    return {
      type: statement.type,
      status: statement.status,
      reason: fitted(statement.reason, REASON),
      message,
      lastTransitionTime: old?.status === statement.status ? old.lastTransitionTime : timeText(now),
      observedGeneration: generation,
    }
  })
}

/** An error as a status shows it, and the bytes that its message takes of the budget. */
export function errorOf(error: { readonly class: string; readonly message: string } | null): {
  readonly error: ResourceStatus['error']
  readonly spent: number
} {
  if (error === null) return { error: undefined, spent: 0 }
  const message = fitted(error.message, ERROR_MESSAGE)
  return { error: { class: fitted(error.class, REASON), message }, spent: jsonBytes(message) }
}

/** `memory_limit` -> `MemoryLimit`; what is in that form already stays. */
export function camelCase(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
