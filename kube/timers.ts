import type { Clock } from './clock.ts'

/** Keys that come due later, at most one time a key: the earliest asked for. */
export interface Timers {
  /** Asks for `key` in `ms`; an earlier time already asked for stays. */
  set(key: string, ms: number): void
  has(key: string): boolean
  clear(key: string): void
  size(): number
  stop(): void
}

interface Entry {
  readonly key: string
  readonly at: number
  /** Index in the heap; -1 once taken out. */
  index: number
}

/** A heap behind one timer of the clock: ten thousand keys that resync cost one timer, not ten thousand. */
export function createTimers(clock: Clock, due: (key: string) => void): Timers {
  const heap: Entry[] = []
  const entries = new Map<string, Entry>()
  let armedFor = Number.POSITIVE_INFINITY
  let disarm = () => {}

  const arm = () => {
    const next = heap[0]?.at ?? Number.POSITIVE_INFINITY
    if (next === armedFor) return
    disarm()
    armedFor = next
    disarm = next === Number.POSITIVE_INFINITY ? () => {} : clock.after(Math.max(0, next - clock.monotonic()), fire)
  }
  const fire = () => {
    armedFor = Number.POSITIVE_INFINITY
    const now = clock.monotonic()
    const keys: string[] = []
    while (heap[0] !== undefined && heap[0].at <= now) {
      keys.push(heap[0].key)
      take(heap[0])
    }
    arm()
    for (const key of keys) due(key)
  }
  const take = (entry: Entry) => {
    entries.delete(entry.key)
    removeAt(heap, entry.index)
  }

  return {
    set(key, ms) {
      const at = clock.monotonic() + ms
      const known = entries.get(key)
      if (known !== undefined) {
        if (known.at <= at) return
        take(known)
      }
      const entry = { key, at, index: heap.length }
      entries.set(key, entry)
      heap.push(entry)
      rise(heap, entry.index)
      arm()
    },
    has: (key) => entries.has(key),
    clear(key) {
      const known = entries.get(key)
      if (known === undefined) return
      take(known)
      arm()
    },
    size: () => heap.length,
    stop() {
      heap.length = 0
      entries.clear()
      arm()
    },
  }
}

function removeAt(heap: Entry[], index: number): void {
  const last = heap.pop()!
  if (index === heap.length) return
  put(heap, last, index)
  rise(heap, index)
  sink(heap, last.index)
}

function rise(heap: Entry[], from: number): void {
  const entry = heap[from]!
  let index = from
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (heap[parent]!.at <= entry.at) break
    put(heap, heap[parent]!, index)
    index = parent
  }
  put(heap, entry, index)
}

function sink(heap: Entry[], from: number): void {
  const entry = heap[from]!
  let index = from
  for (;;) {
    const left = 2 * index + 1
    if (left >= heap.length) break
    const right = left + 1
    const child = right < heap.length && heap[right]!.at < heap[left]!.at ? right : left
    if (heap[child]!.at >= entry.at) break
    put(heap, heap[child]!, index)
    index = child
  }
  put(heap, entry, index)
}

function put(heap: Entry[], entry: Entry, index: number): void {
  heap[index] = entry
  entry.index = index
}
