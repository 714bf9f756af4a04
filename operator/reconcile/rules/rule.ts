import type { OperatorClocks } from '../../config.ts'
import type { Action, Decision, Recorded } from '../types.ts'
import type { View } from '../view.ts'

/** What a rule asks for. An action is followed by another look at once; without one, `afterMs` says when to look. */
export interface Step {
  readonly action?: Action
  readonly afterMs?: number | null
  readonly says?: Decision['says']
  readonly leftovers?: boolean
}

/** A row of a decision table: null means that it does not apply. Pure, and asks for one durable write at most. */
export interface Rule<Case> {
  readonly name: string
  readonly answer: (at: Case) => Step | null
}

/** What a rule over a recorded job looks at. */
export interface RecordedCase {
  readonly seen: Recorded
  readonly view: View
  readonly clocks: OperatorClocks
}

/** The first rule that answers. The last row of every table always does. */
export function firstAnswer<Case>(table: readonly Rule<Case>[], at: Case): Decision {
  for (const { name, answer } of table) {
    const step = answer(at)
    if (step === null) continue
    const { action = null, says = null, leftovers = false } = step
    return { rule: name, action, afterMs: action === null ? (step.afterMs ?? null) : 0, says, leftovers }
  }
  return { rule: 'none', action: null, afterMs: null, says: null, leftovers: false }
}

/** An action with what to tell of it. */
export function act(action: Action, event?: NonNullable<Decision['says']>['event'], note = ''): Step {
  return { action, says: event === undefined ? null : { event, note } }
}

export function wait(afterMs: number | null): Step {
  return { afterMs }
}
