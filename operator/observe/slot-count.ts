import type { Held } from '../reconcile/admission.ts'

/** Sums of what each key holds; ten thousand open attempts cost no more than one. */
export interface SlotCount {
  /** What a key holds from now on; null: nothing. */
  put(key: string, held: Held | null): void
  /** Holds a place until the answer is called. */
  reserve(held: Held): () => void
  /** Forgets all but the reservations. */
  restart(): void
  /** One for each namespace and priority that holds any. */
  held(): readonly Held[]
}

export function createSlotCount(): SlotCount {
  const parts = new Map<string | symbol, Held>()
  const sums = new Map<string, Held>()
  const add = ({ namespace, priority, slots }: Held, sign: 1 | -1) => {
    const key = `${priority} ${namespace}`
    const sum = (sums.get(key)?.slots ?? 0) + sign * slots
    if (sum === 0) sums.delete(key)
    else sums.set(key, { namespace, priority, slots: sum })
  }
  const put = (key: string | symbol, held: Held | null) => {
    const before = parts.get(key)
    if (before !== undefined) add(before, -1)
    parts.delete(key)
    if (held === null) return
    parts.set(key, held)
    add(held, 1)
  }
  return {
    put,
    reserve(held) {
      const key = Symbol('reserved')
      put(key, held)
      return () => put(key, null)
    },
    restart() {
      const reserved = [...parts].filter(([key]) => typeof key === 'symbol')
      parts.clear()
      sums.clear()
      for (const [key, held] of reserved) put(key, held)
    },
    held: () => [...sums.values()],
  }
}
