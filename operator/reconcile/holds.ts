import type { Recorded } from './types.ts'
import { timeOf, type View } from './view.ts'

/** Why a job that could open an attempt does not. */
export interface Hold {
  readonly reason: HoldReason
  readonly message: string
  /** When the reason passes by itself; null: an event will tell, or the resync. */
  readonly afterMs: number | null
}

export type HoldReason = 'WaitingForIdentical' | 'Suspended' | 'RetryScheduled' | 'StorageFull' | 'NoSlot'

/** Room in a store is no event of Kubernetes: whoever waits for it looks again, should the leader's call be lost. */
const STORE_LOOK_MS = 60_000

/** The first of the reasons that holds; null: an attempt may be opened. For pending rows without an open attempt. */
export function holdOf(seen: Recorded, view: View): Hold | null {
  for (const hold of HOLDS) {
    const found = hold(seen, view)
    if (found !== null) return found
  }
  return null
}

const HOLDS: readonly ((seen: Recorded, view: View) => Hold | null)[] = [
  ({ sharers, job }, { heldElsewhere }) => {
    if (!heldElsewhere) return null
    const holder = sharers.find(({ uid }) => uid === job.holderUid)
    return hold('WaitingForIdentical', `${holder?.kind} ${holder?.name} computes the same; its result will be taken`)
  },
  (_, { policy }) => (policy?.suspend === true ? hold('Suspended', 'spec.suspend is true') : null),
  ({ job, now }) => {
    const due = timeOf(job.nextAttemptAt)
    if (due === null || due <= now) return null
    const what = `retry ${job.retryCount} waits until ${new Date(due).toISOString()}`
    return hold('RetryScheduled', `${what}; the last error was ${job.errorClass}: ${job.errorMessage}`, due - now)
  },
  ({ sharers }, { mine, first, me }) => {
    if (mine || first) return null
    const before = sharers.find(({ uid, suspended }) => uid !== me && !suspended)
    return hold('WaitingForIdentical', `${before?.kind} ${before?.name} asked for the same before`)
  },
  ({ health }) => (health.storageFull === null ? null : hold('StorageFull', health.storageFull, STORE_LOOK_MS)),
  ({ slots, resource }) => (slots.granted > 0 || resource.queued ? null : hold('NoSlot', slots.why)),
]

function hold(reason: HoldReason, message: string, afterMs: number | null = null): Hold {
  return { reason, message, afterMs }
}
