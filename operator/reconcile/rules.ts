import type { OperatorClocks } from '../config.ts'
import { RECORDED } from './rules/recorded.ts'
import { firstAnswer, type Rule, wait } from './rules/rule.ts'
import { UNRECORDED } from './rules/unrecorded.ts'
import type { Decision, Observed } from './types.ts'
import { viewOf } from './view.ts'

/** The ledger is asked again this soon. */
const BLIND_MS = 5_000

const UNREADABLE: readonly Rule<unknown>[] = [{ name: 'blind', answer: () => wait(BLIND_MS) }]

/**
 * The behaviour of every job, as three tables by how much of the record is known; the first row that answers decides.
 * Each asks for one durable write at most, so that a crash between two passes loses nothing.
 */
export const RULES = { unreadable: UNREADABLE, none: UNRECORDED, row: RECORDED } as const

/** Pure and total: the same observation always gives the same decision, and some rule always answers. */
export function decide(seen: Observed, clocks: OperatorClocks, tables: Tables = RULES): Decision {
  switch (seen.record) {
    case 'unreadable':
      return firstAnswer(tables.unreadable, seen)
    case 'none':
      return firstAnswer(tables.none, { seen })
    case 'row':
      return firstAnswer(tables.row, { seen, view: viewOf(seen), clocks })
  }
}

/** For tests that switch rows off. */
export type Tables = typeof RULES
