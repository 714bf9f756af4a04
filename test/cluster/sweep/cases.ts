import { mulberry } from '../../flow/mulberry.ts'
import { isRead, type OperatorCall } from '../../world/actors/deployment.ts'
import { SCRIPTS, type Script } from '../../world/scripts.ts'

const HOWS = ['die-before', 'die-after'] as const
/** What goes on by the clock (the Lease, looks at beats) would otherwise be most of all calls. */
const CALLS_OF_A_NAME = 4

/** Where the operator dies: at the n-th call of a name, before it is sent or after it is done. */
export interface Death {
  readonly how: (typeof HOWS)[number]
  /** `create Job`, `ledger openAttempt`. */
  readonly call: string
  /** From 1. On a real clock the index among all calls differs from run to run; this hardly does. */
  readonly nth: number
}

/** Verb and kind, or the statement. */
export function nameOfCall({ what }: OperatorCall): string {
  return what.split(' ').slice(0, 2).join(' ')
}

/** Every death that a run without one has room for. */
export function deathsOf(calls: readonly OperatorCall[]): readonly Death[] {
  const seen = new Map<string, number>()
  return calls.flatMap((made) => {
    const call = nameOfCall(made)
    const nth = (seen.get(call) ?? 0) + 1
    seen.set(call, nth)
    if (nth > CALLS_OF_A_NAME) return []
    // Before or after a call that only reads is the same.
    return HOWS.filter((how) => how === 'die-before' || !isRead(made)).map((how) => ({ how, call, nth }))
  })
}

/** The same things in an order of chance. */
export function shuffled<T>(things: readonly T[], seed: number): readonly T[] {
  const random = mulberry(seed)
  return things
    .map((thing) => ({ thing, by: random() }))
    .sort((a, b) => a.by - b.by)
    .map(({ thing }) => thing)
}

/** `Backtest happy die-after create Job 1`, which HINDCAST_SWEEP_CASE takes. */
export function textOf({ kind, fate }: Script, { how, call, nth }: Death): string {
  return `${kind} ${fate} ${how} ${call} ${nth}`
}

export function caseOf(text: string): { readonly script: Script; readonly death: Death } {
  const [kind, fate, how, verb, noun, nth] = text.split(' ')
  const script = SCRIPTS.find((one) => one.kind === kind && one.fate === fate)
  const known = HOWS.find((one) => one === how)
  if (script === undefined || known === undefined || !(Number(nth) >= 1)) {
    throw new Error(`HINDCAST_SWEEP_CASE=${text}; allowed: KIND FATE die-before|die-after CALL N, as a run prints it`)
  }
  return { script, death: { how: known, call: `${verb} ${noun}`, nth: Number(nth) } }
}
