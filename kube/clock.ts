/** Time as the platform sees it. Made in main.ts; the simulated world drives its own. */
export interface Clock {
  /** Wall clock in ms since 1970: for texts and the record, never for measuring. */
  now(): number
  /** A clock in ms that never goes back, of this process alone: for leases, deadlines and ages. */
  monotonic(): number
  /** Runs once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

/** Resolves after `ms`, or at once when the signal is aborted; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/**
 * The real clock. `now` and `monotonic` come from main.ts (Date.now, performance.now), so that nobody below can reach
 * for them.
 */
export function systemClock(source: { now: () => number; monotonic: () => number }): Clock {
  return {
    now: source.now,
    monotonic: source.monotonic,
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
}

/** Draws from [0, 1). */
export type Random = () => number

/** A wait between 0 and `ceilingMs`, all equally likely: clients that failed together do not come back together. */
export function fullJitter(random: Random, ceilingMs: number): number {
  return random() * ceilingMs
}

/** The API's MicroTime: RFC 3339 with exactly six digits of a second. */
export function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
