import type { Clock } from '../clock.ts'

/** How fast this process may call, in the long run and at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** A bucket of tokens, refilled steadily; who finds it empty waits in line. */
export interface Limiter {
  /** Resolves when the call may be made, with the ms it waited. */
  take(): Promise<number>
}

/** Reserves tokens ahead of time, so that calls go in the order they were asked for. */
export function createLimiter(clock: Clock, { perSecond, burst }: Rate): Limiter {
  const perTokenMs = 1000 / perSecond
  // The time at which the bucket, drawn below empty, is at zero again.
  let emptyAt = Number.NEGATIVE_INFINITY
  return {
    take() {
      const now = clock.monotonic()
      emptyAt = Math.max(emptyAt, now - burst * perTokenMs) + perTokenMs
      const waitMs = emptyAt - now
      if (waitMs <= 0) return Promise.resolve(0)
      return new Promise((resolve) => clock.after(waitMs, () => resolve(waitMs)))
    },
  }
}
