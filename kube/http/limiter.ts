import { type Clock, sleep } from '../clock.ts'

/** How fast this process may call, in the long run and at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** A bucket of tokens, refilled steadily; who finds it empty waits in line. */
export interface Limiter {
  /** Resolves when the call may be made, with the ms it waited; at once when the signal is aborted. */
  take(signal: AbortSignal): Promise<number>
}

/** Reserves tokens ahead of time, so that calls go in the order they were asked for. */
export function createLimiter(clock: Clock, { perSecond, burst }: Rate): Limiter {
  const perTokenMs = 1000 / perSecond
  // The time at which the bucket, drawn below empty, is at zero again.
  let emptyAt = Number.NEGATIVE_INFINITY
  return {
    async take(signal) {
      const now = clock.monotonic()
      emptyAt = Math.max(emptyAt, now - burst * perTokenMs) + perTokenMs
      const waitMs = emptyAt - now
      if (waitMs > 0) await sleep(clock, waitMs, signal)
      return clock.monotonic() - now
    },
  }
}
