/** Lanes of the work queue, most urgent first (operator.md 4.1). */
export const LANES = ['cancel', 'status', 'admit', 'gc'] as const
export type Lane = (typeof LANES)[number]

/**
 * A lane that was passed over this often while it had work is served next, so that a flood in an urgent lane slows the
 * others and never stops them.
 */
export const LANE_PATIENCE = 16

/** Waiting keys, each in one lane, in the order they are served. Every operation is O(1). */
export interface Lanes {
  /** Puts a key last of its namespace in its lane; a key that waits already moves up only, never back. */
  add(key: string, lane: Lane): void
  /** The key whose turn it is, out of the lanes; null when none waits. */
  take(): { readonly key: string; readonly lane: Lane } | null
  has(key: string): boolean
  depth(lane: Lane): number
  clear(): void
}

/** Urgent lanes first, round-robin over namespaces within one, first come first served within a namespace. */
export function createLanes(): Lanes {
  const laneOf = new Map<string, Lane>()
  const lanes = new Map(
    LANES.map((lane) => [lane, { namespaces: new Map<string, Set<string>>(), depth: 0, passed: 0 }]),
  )

  const remove = (key: string, lane: Lane) => {
    const line = lanes.get(lane)!
    const namespace = namespaceOf(key)
    const keys = line.namespaces.get(namespace)!
    keys.delete(key)
    if (keys.size === 0) line.namespaces.delete(namespace)
    line.depth -= 1
    laneOf.delete(key)
  }

  return {
    add(key, lane) {
      const waitsIn = laneOf.get(key)
      if (waitsIn !== undefined) {
        if (LANES.indexOf(waitsIn) <= LANES.indexOf(lane)) return
        remove(key, waitsIn)
      }
      const line = lanes.get(lane)!
      const namespace = namespaceOf(key)
      const keys = line.namespaces.get(namespace) ?? new Set()
      keys.add(key)
      line.namespaces.set(namespace, keys)
      line.depth += 1
      laneOf.set(key, lane)
    },
    take() {
      const waiting = LANES.filter((lane) => lanes.get(lane)!.depth > 0)
      const served = waiting.find((lane) => lanes.get(lane)!.passed >= LANE_PATIENCE) ?? waiting[0]
      if (served === undefined) return null
      for (const lane of waiting) lanes.get(lane)!.passed += 1
      const line = lanes.get(served)!
      line.passed = 0
      const [namespace, keys] = line.namespaces.entries().next().value!
      const key: string = keys.values().next().value!
      // To the end of the round: the next turn is another namespace's.
      line.namespaces.delete(namespace)
      line.namespaces.set(namespace, keys)
      remove(key, served)
      return { key, lane: served }
    },
    has: (key) => laneOf.has(key),
    depth: (lane) => lanes.get(lane)!.depth,
    clear() {
      for (const key of [...laneOf.keys()]) remove(key, laneOf.get(key)!)
    },
  }
}

/** The text before the first slash. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')))
}
