import type { Clock } from '../../kube/clock.ts'

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Lets `ms` pass: runs every timer that comes due, in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>
  /** Runs up to the next timer; false when there is none. */
  step(): Promise<boolean>
  /** Ms until the next timer; null when there is none. */
  nextIn(): number | null
  /** Timers that wait. */
  pending(): number
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** 2026-01-01T00:00:00Z, so that texts made from the clock are stable. */
export const WORLD_START_MS = 1_767_225_600_000

/**
 * `settle` waits until nothing more happens without time going on; the default lets promises and immediates run, which
 * is enough where all I/O is in memory.
 */
export function createVirtualClock(startMs = WORLD_START_MS, settle: () => Promise<void> = settled): VirtualClock {
  let elapsed = 0
  let order = 0
  let timers: Timer[] = []

  const runNext = async (limit: number): Promise<boolean> => {
    const next = timers[0]
    if (next === undefined || next.at > limit) return false
    timers.shift()
    elapsed = Math.max(elapsed, next.at)
    next.run()
    await settle()
    return true
  }

  return {
    now: () => startMs + Math.floor(elapsed),
    monotonic: () => elapsed,
    after(ms, run) {
      const timer = { at: elapsed + Math.max(0, ms), order: order++, run }
      timers.splice(placeOf(timers, timer), 0, timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = elapsed + ms
      await settle()
      while (await runNext(end));
      elapsed = Math.max(elapsed, end)
      await settle()
    },
    async step() {
      await settle()
      return runNext(Number.POSITIVE_INFINITY)
    },
    nextIn: () => (timers[0] === undefined ? null : Math.max(0, timers[0].at - elapsed)),
    pending: () => timers.length,
  }
}

/** Immediates run after all promises that are ready; a few rounds reach the end of any chain that needs no time. */
const ROUNDS = 3

async function settled(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Where it belongs by time, behind those of the same time. */
function placeOf(timers: readonly Timer[], timer: Timer): number {
  let low = 0
  let high = timers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (timers[middle]!.at <= timer.at) low = middle + 1
    else high = middle
  }
  return low
}
