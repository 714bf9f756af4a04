import type { Priority } from '../../core/request.ts'
import type { OpenedAttempt } from '../../storage/ledger/ledger.ts'
import { freeSlots, grantSlots, type Held, type SlotLimits, type Wish, whyNoSlot } from '../reconcile/admission.ts'
import type { JobFacts, SlotFacts } from '../reconcile/types.ts'

/** Counts slots and hands them out: from open attempts and their Jobs, never from a counter that could go astray. */
export interface Desk {
  /** The ledger's open attempts. `asOf`: the monotonic time before they were asked for; what came later stays. */
  sync(opened: readonly OpenedAttempt[], asOf: number): void
  /** Whether the open attempts were ever read: before that nothing is granted. */
  synced(): boolean
  opened(slot: OpenSlot): void
  /** Whether it was open so far. */
  closed(jobId: string, attempt: number): boolean
  /** Puts a wish on the list, or renews it, and says what it gets now. */
  ask(wish: Wish, now: number): SlotFacts
  withdraw(uid: string): void
  /** Takes places in the same breath as they are found free; the answer gives them back. Null: they are gone. */
  reserve(held: Held): (() => void) | null
  /** Those on the list that would get places now. */
  winners(now: number): readonly string[]
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
  /** The Job of an attempt as the cache has it; null: none. */
  readonly jobOf: (slot: OpenSlot) => Pick<JobFacts, 'finished' | 'suspended'> | null
}): Desk {
  const { limits, monotonic, jobOf } = options
  const open = new Map<string, OpenSlot & { readonly since: number }>()
  const wishes = new Map<string, Wish>()
  const reserved = new Set<Held>()
  let synced = false

  const holds = (slot: OpenSlot) => {
    const job = jobOf(slot)
    return job === null || (job.finished === null && !job.suspended)
  }
  const held = (): readonly Held[] => [
    ...[...open.values()]
      .filter(holds)
      .map(({ namespace, priority, parallelism }) => ({ namespace, priority, slots: parallelism })),
    ...reserved,
  ]
  const granted = (now: number): ReadonlyMap<string, number> => {
    const taken = held()
    const free = freeSlots(taken, limits)
    if (!synced || free.total === 0) return new Map()
    // Ten thousand that wait behind the full slots of their priority must cost no more than a count.
    const hopeful = [...wishes.values()].filter(({ priority }) => free[priority] > 0)
    return grantSlots({ wishes: hopeful, held: taken, limits, now })
  }

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
    },
    synced: () => synced,
    opened: (slot) => void open.set(slot.jobId, { ...slot, since: monotonic() }),
    closed: (jobId, attempt) => open.get(jobId)?.attempt === attempt && open.delete(jobId),
    ask(wish, now) {
      wishes.set(wish.uid, wish)
      if (!synced) return { granted: 0, why: 'the Jobs that run are not counted yet' }
      const isFull = freeSlots(held(), limits)[wish.priority] === 0
      const got = isFull ? 0 : (granted(now).get(wish.uid) ?? 0)
      return { granted: got, why: got > 0 ? '' : whyNoSlot(wish.priority, held(), limits) }
    },
    withdraw: (uid) => void wishes.delete(uid),
    reserve(place) {
      const free = freeSlots(held(), limits)
      if (place.slots > free.total || place.slots > free[place.priority]) return null
      const own = { ...place }
      reserved.add(own)
      return () => void reserved.delete(own)
    },
    winners: (now) => [...granted(now).keys()],
    held,
    waiting() {
      const count = { high: 0, normal: 0, low: 0 }
      for (const wish of wishes.values()) count[wish.priority] += 1
      return count
    },
  }
}
