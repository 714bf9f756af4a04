import { isTerminal, type Status } from '../../core/lifecycle.ts'
import type { StoreEntry } from '../blobs/store.ts'

const HOUR_MS = 3_600_000
/** Staging of no live attempt may still be filled by a runner that has not seen yet that it was displaced. */
export const STAGING_GRACE_MS = HOUR_MS
/** A folder that the record does not know may belong to a record that is about to be restored. */
export const UNKNOWN_GRACE_MS = 7 * 24 * HOUR_MS

/** What the record says about the job an entry belongs to. */
export interface JobRecord {
  readonly status: Status
  /** The newest attempt opened. */
  readonly attempt: number
  readonly lastGoodAttempt: number | null
  /** Attempts that committed a result, now or earlier. */
  readonly completedAttempts: ReadonlySet<number>
}

/** `why` is for people and tests. */
export type Fate = { readonly act: 'keep' | 'remove'; readonly why: string }

interface Seen {
  readonly entry: StoreEntry
  /** Null: no row of that job. */
  readonly job: JobRecord | null
  readonly ageMs: number
}

interface Rule {
  readonly why: string
  readonly when: (seen: Seen) => boolean
  readonly act: 'keep' | 'remove'
}

const kind = (wanted: StoreEntry['kind']) => (seen: Seen) => seen.entry.kind === wanted
const attemptOf = ({ entry }: Seen) => (entry.kind === 'attempt' || entry.kind === 'staging' ? entry.attempt : 0)
/** A live attempt, or one whose files are in place and whose record is on its way. */
const live = (seen: Seen) => seen.job !== null && !isTerminal(seen.job.status) && attemptOf(seen) === seen.job.attempt
const unknown = (seen: Seen) => seen.job === null || attemptOf(seen) > seen.job.attempt

/** What becomes of an entry (platform.md 3.5): read top to bottom, the first rule that matches decides. */
const RULES: readonly Rule[] = [
  { why: 'not ours to name', when: kind('foreign'), act: 'keep' },
  { why: 'its removal had begun', when: kind('leaving'), act: 'remove' },
  { why: 'the attempt is live', when: live, act: 'keep' },
  {
    why: 'staging the record does not know, younger than an hour',
    when: (seen) => kind('staging')(seen) && unknown(seen) && seen.ageMs <= STAGING_GRACE_MS,
    act: 'keep',
  },
  { why: 'staging of an attempt that has ended', when: kind('staging'), act: 'remove' },
  {
    why: 'the record does not know it, younger than 7 days',
    when: (seen) => unknown(seen) && seen.ageMs <= UNKNOWN_GRACE_MS,
    act: 'keep',
  },
  { why: 'the record has not known it for 7 days', when: unknown, act: 'remove' },
  { why: 'the last good result', when: (seen) => attemptOf(seen) === seen.job?.lastGoodAttempt, act: 'keep' },
  // Its 7 days are counted from the newer result, which the record dates.
  { why: 'an older result', when: (seen) => seen.job?.completedAttempts.has(attemptOf(seen)) === true, act: 'keep' },
  { why: 'the attempt ended without a result', when: () => true, act: 'remove' },
]

/** Pure and total. `nowMs` and the entry's age are the store's wall clock. */
export function fateOf(entry: StoreEntry, job: JobRecord | null, nowMs: number): Fate {
  const seen = { entry, job, ageMs: nowMs - entry.modifiedMs }
  const { act, why } = RULES.find(({ when }) => when(seen)) as Rule
  return { act, why }
}
