import { type Clock, fullJitter, type Random } from '../clock.ts'

/** Those who were woken come within so long, not all at once. */
const SPREAD_MS = 1_000

/**
 * An API server that is away, for all who wait until they may ask it again: the first of them that has an answer wakes
 * the others, whose own turn might be half a minute off.
 */
export interface Outage {
  /** Waits for `ms`, or until a moment after the outage was over, or at once when the signal is aborted. */
  rest(ms: number, signal: AbortSignal): Promise<void>
  /** The server has answered somebody who had waited for it. */
  over(): void
}

export function createOutage({ clock, random }: { readonly clock: Clock; readonly random: Random }): Outage {
  const waiting = new Set<() => void>()
  return {
    rest(ms, signal) {
      if (signal.aborted) return Promise.resolve()
      const due = clock.monotonic() + ms
      return new Promise((resolve) => {
        const end = () => {
          cancel()
          waiting.delete(wake)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const wake = () => {
          waiting.delete(wake)
          cancel()
          cancel = clock.after(Math.min(fullJitter(random, SPREAD_MS), Math.max(0, due - clock.monotonic())), end)
        }
        let cancel = clock.after(ms, end)
        waiting.add(wake)
        signal.addEventListener('abort', end, { once: true })
      })
    },
    over() {
      for (const wake of [...waiting]) wake()
    },
  }
}
