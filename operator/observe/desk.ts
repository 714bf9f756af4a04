import type { Priority } from '../../core/request.ts'
import type { OpenPlace } from '../../storage/ledger/operator/port.ts'
import { freeSlots, grantSlots, type Held, type SlotLimits, type Wish, whyNoSlot } from '../reconcile/admission.ts'
import type { SlotFacts } from '../reconcile/types.ts'
import { createSlotCount } from './slot-count.ts'

/**
 * Counts slots and hands them out: from open attempts and their Jobs. The sums follow each change of either, and `sync`
 * counts anew, so that they cannot go astray for long.
 */
export interface Desk {
  /** The ledger's open attempts. `asOf`: the monotonic time before they were asked for; what came later stays. */
  sync(opened: readonly OpenPlace[], asOf: number): void
  /** Whether the open attempts were ever read: before that nothing is granted. */
  synced(): boolean
  opened(slot: OpenSlot): void
  /** Whether it was open so far. */
  closed(jobId: string, attempt: number): boolean
  /** The Job of an attempt came, went, ended, or was suspended or resumed. */
  jobChanged(jobId: string): void
  /** Puts a wish on the list, or renews it, and says what it gets now. */
  ask(wish: Wish, now: number): SlotFacts
  withdraw(uid: string): void
  /** Takes places in the same breath as they are found free; the answer gives them back. Null: they are gone. */
  reserve(held: Held): (() => void) | null
  /** Those on the list that would get places now. */
  winners(now: number): readonly string[]
  /** One for each namespace and priority that holds any. */
  held(): readonly Held[]
  /** Wishes by priority. */
  waiting(): Readonly<Record<Priority, number>>
}

export interface OpenSlot {
  readonly jobId: string
  readonly attempt: number
  readonly namespace: string
  readonly priority: Priority
  readonly parallelism: number
}

export function createDesk(options: {
  readonly limits: SlotLimits
  readonly monotonic: () => number
  /** Whether an open attempt takes its slots, as the cache has its Job; without one it does. */
  readonly takes: (slot: OpenSlot) => boolean
}): Desk {
  const { limits, monotonic, takes } = options
  const open = new Map<string, OpenSlot & { readonly since: number }>()
  const wishes = new Map<string, Wish>()
  let synced = false

  const count = createSlotCount()
  const heldBy = (slot: OpenSlot | undefined): Held | null => {
    if (slot === undefined || !takes(slot)) return null
    return { namespace: slot.namespace, priority: slot.priority, slots: slot.parallelism }
  }
  const recount = (jobId: string) => count.put(jobId, heldBy(open.get(jobId)))
  const granted = (now: number): ReadonlyMap<string, number> =>
    synced ? grantedOf(wishes, { held: count.held(), limits, now }) : new Map()

  return {
    sync(opened, asOf) {
      synced = true
      const known = new Set(opened.map(({ attempt }) => attempt.jobId))
      for (const [jobId, slot] of open) if (!known.has(jobId) && slot.since <= asOf) open.delete(jobId)
      for (const { job, attempt } of opened) {
        const { jobId, priority, parallelism } = attempt
        if ((open.get(jobId)?.since ?? -1) > asOf) continue
        const { namespace } = job
        open.set(jobId, { jobId, attempt: attempt.attempt, namespace, priority, parallelism, since: asOf })
      }
      count.restart()
      for (const jobId of open.keys()) recount(jobId)
    },
    synced: () => synced,
    opened(slot) {
      open.set(slot.jobId, { ...slot, since: monotonic() })
      recount(slot.jobId)
    },
    closed(jobId, attempt) {
      const wasOpen = open.get(jobId)?.attempt === attempt && open.delete(jobId)
      recount(jobId)
      return wasOpen
    },
    jobChanged: recount,
    ask(wish, now) {
      wishes.set(wish.uid, wish)
      if (!synced) return { granted: 0, why: 'the Jobs that run are not counted yet' }
      const isFull = freeSlots(count.held(), limits)[wish.priority] === 0
      const got = isFull ? 0 : (granted(now).get(wish.uid) ?? 0)
      return { granted: got, why: got > 0 ? '' : whyNoSlot(wish.priority, count.held(), limits) }
    },
    withdraw: (uid) => void wishes.delete(uid),
    reserve(place) {
      const free = freeSlots(count.held(), limits)
      if (place.slots > free.total || place.slots > free[place.priority]) return null
      return count.reserve(place)
    },
    winners: (now) => [...granted(now).keys()],
    held: count.held,
    waiting: () => byPriority(wishes),
  }
}

/** Ten thousand that wait behind the full slots of their priority must cost no more than a count. */
function grantedOf(
  wishes: ReadonlyMap<string, Wish>,
  by: { readonly held: readonly Held[]; readonly limits: SlotLimits; readonly now: number },
): ReadonlyMap<string, number> {
  const free = freeSlots(by.held, by.limits)
  if (free.total === 0) return new Map()
  return grantSlots({ ...by, wishes: [...wishes.values()].filter(({ priority }) => free[priority] > 0) })
}

function byPriority(wishes: ReadonlyMap<string, Wish>): Readonly<Record<Priority, number>> {
  const count = { high: 0, normal: 0, low: 0 }
  for (const { priority } of wishes.values()) count[priority] += 1
  return count
}
