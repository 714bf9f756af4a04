import { type Clock, fullJitter, type Random, sleep } from '../clock.ts'

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
  const resting = new Set<AbortController>()
  return {
    async rest(ms, signal) {
      const due = clock.monotonic() + ms
      const woken = new AbortController()
      resting.add(woken)
      await sleep(clock, ms, AbortSignal.any([signal, woken.signal]))
      resting.delete(woken)
      // Nothing is left of it for whoever was not woken.
      await sleep(clock, Math.max(0, Math.min(fullJitter(random, SPREAD_MS), due - clock.monotonic())), signal)
    },
    over() {
      for (const woken of resting) woken.abort()
    },
  }
}
