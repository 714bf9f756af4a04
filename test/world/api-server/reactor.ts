import type { Clock } from '../../../kube/clock.ts'

/** Runs `handle` for a key some time after it was named; named again meanwhile, it runs once. */
export interface Reactor {
  name(key: string, afterMs?: number): void
  stop(): void
}

/** How every controller of the simulated server works: level-triggered, and a while after what it reacts to. */
export function createReactor(clock: Clock, reactMs: () => number, handle: (key: string) => void): Reactor {
  const due = new Map<string, { readonly at: number; readonly cancel: () => void }>()
  return {
    name(key, afterMs = 0) {
      const ms = afterMs + reactMs()
      const at = clock.monotonic() + ms
      const known = due.get(key)
      if (known !== undefined && known.at <= at) return
      known?.cancel()
      const cancel = clock.after(ms, () => {
        due.delete(key)
        handle(key)
      })
      due.set(key, { at, cancel })
    },
    stop() {
      for (const { cancel } of due.values()) cancel()
      due.clear()
    },
  }
}
