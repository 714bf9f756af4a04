import type { Priority } from '../../core/request.ts'

/** Slots that are taken: by an open attempt or by a live Job whose attempt has not ended. */
export interface Held {
  readonly namespace: string
  readonly priority: Priority
  readonly slots: number
}

/** A resource that would open an attempt now, were there a slot. */
export interface Wish {
  readonly uid: string
  readonly namespace: string
  readonly priority: Priority
  /** Places it would like to have, at least 1. */
  readonly wants: number
  /** It takes all that it wants or waits: an attempt whose parallelism is fixed already. */
  readonly fixed?: boolean
  /** Since when it waits, ms since 1970. */
  readonly queuedAt: number
}

export interface SlotLimits {
  readonly slotsPerPriority: number
  readonly slots: number
  /** Waiting this long counts one class of priority more where the total binds. */
  readonly ageingMs: number
}

export interface Asked {
  readonly wishes: readonly Wish[]
  readonly held: readonly Held[]
  readonly limits: SlotLimits
  /** By the clock of `queuedAt`. */
  readonly now: number
}

const CLASSES: readonly Priority[] = ['high', 'normal', 'low']

/**
 * Who gets the free slots, and how many: by class (high, normal, low, one class up for every `ageingMs` of waiting), in
 * turns among namespaces (the one with the fewest slots first), then who waits longest, then by uid. Slots of a
 * priority bind by its own name, however old the wish. A pure count: what is held is always counted anew.
 */
export function grantSlots({ wishes, held, limits, now }: Asked): ReadonlyMap<string, number> {
  const free = freeSlots(held, limits)
  const load = new Map<string, number>()
  for (const { namespace, slots } of held) load.set(namespace, (load.get(namespace) ?? 0) + slots)
  const granted = new Map<string, number>()
  for (const queues of byClass(wishes, limits.ageingMs, now)) {
    for (;;) {
      const next = free.total > 0 ? nextInTurn(queues, load, free) : undefined
      if (next === undefined) break
      const slots = fitting(next, free)
      next.taken = true
      if (slots === 0) continue
      granted.set(next.uid, slots)
      free.total -= slots
      free[next.priority] -= slots
      load.set(next.namespace, (load.get(next.namespace) ?? 0) + slots)
    }
  }
  return granted
}

type Free = Record<Priority | 'total', number>

/** Slots left by priority and in all; never below 0. */
export function freeSlots(held: readonly Held[], limits: Omit<SlotLimits, 'ageingMs'>): Free {
  const taken = (of: readonly Held[]) => of.reduce((sum, { slots }) => sum + slots, 0)
  const left = (priority: Priority) =>
    Math.max(0, limits.slotsPerPriority - taken(held.filter((one) => one.priority === priority)))
  return {
    high: left('high'),
    normal: left('normal'),
    low: left('low'),
    total: Math.max(0, limits.slots - taken(held)),
  }
}

/** Why a wish that was granted nothing waits, in words. */
export function whyNoSlot(priority: Priority, held: readonly Held[], limits: SlotLimits): string {
  const free = freeSlots(held, limits)
  if (free.total === 0) return `all ${limits.slots} slots are taken`
  if (free[priority] === 0) return `all ${limits.slotsPerPriority} slots of priority ${priority} are taken`
  return 'others are before it in the queue'
}

type Waiting = Wish & { taken: boolean }
/** Of one namespace and priority, who waits longest first. */
interface Queue {
  readonly namespace: string
  readonly priority: Priority
  readonly waiting: readonly Waiting[]
  head: number
}

function byClass(wishes: readonly Wish[], ageingMs: number, now: number): readonly Queue[][] {
  const classes: Map<string, Waiting[]>[] = CLASSES.map(() => new Map())
  for (const wish of wishes) {
    const aged = Math.floor(Math.max(0, now - wish.queuedAt) / ageingMs)
    const rank = Math.max(0, CLASSES.indexOf(wish.priority) - aged)
    const key = `${wish.priority} ${wish.namespace}`
    const queue = classes[rank]?.get(key)
    if (queue === undefined) classes[rank]?.set(key, [{ ...wish, taken: false }])
    else queue.push({ ...wish, taken: false })
  }
  return classes.map((queues) =>
    [...queues.values()].map((waiting) => {
      waiting.sort(before)
      const { namespace, priority } = waiting[0] as Waiting
      return { namespace, priority, waiting, head: 0 }
    }),
  )
}

function nextInTurn(queues: readonly Queue[], load: ReadonlyMap<string, number>, free: Free): Waiting | undefined {
  let best: Waiting | undefined
  for (const queue of queues) {
    if (free[queue.priority] === 0) continue
    while (queue.waiting[queue.head]?.taken === true) queue.head++
    const head = queue.waiting[queue.head]
    if (head === undefined) continue
    if (best === undefined || turn(head, best, load) < 0) best = head
  }
  return best
}

function turn(a: Waiting, b: Waiting, load: ReadonlyMap<string, number>): number {
  return (load.get(a.namespace) ?? 0) - (load.get(b.namespace) ?? 0) || before(a, b)
}

function before(a: Wish, b: Wish): number {
  return a.queuedAt - b.queuedAt || (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0)
}

function fitting({ wants, fixed, priority }: Wish, free: Free): number {
  const most = Math.min(free[priority], free.total)
  if (fixed === true && wants > most) return 0
  return Math.min(Math.max(1, wants), most)
}
