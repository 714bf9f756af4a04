import type { Clock, Random } from './clock.ts'
import { createLanes, LANES, type Lane } from './lanes.ts'
import { createTimers } from './timers.ts'

/** First wait after a failed pass; each further failure in a row doubles it (operator.md 4.1). */
const FIRST_BACKOFF_MS = 50
const LONGEST_BACKOFF_MS = 60_000
/** Doublings after which the longest wait is reached. */
const MOST_DOUBLINGS = 11

export interface QueueOptions {
  readonly clock: Clock
  readonly random: Random
  /** Passes that may run at once, of different keys. */
  readonly workers: number
  /** One pass over a key. `afterMs`: come back then, in the same lane. A rejection comes back after its backoff. */
  readonly process: (key: string) => Promise<undefined | { readonly afterMs: number }>
  /** Told of every failed pass, and when it will be tried again. Must not throw. */
  readonly onError: (failure: QueueFailure) => void
}

export interface QueueFailure {
  readonly key: string
  readonly error: unknown
  /** Failures of this key in a row, from 1. */
  readonly failures: number
  readonly retryInMs: number
}

/** What metrics and the liveness probe look at. */
export interface QueueFigures {
  /** Keys that wait for a worker, by lane. */
  readonly depth: Readonly<Record<Lane, number>>
  /** Keys that wait for their time. */
  readonly delayed: number
  readonly running: number
  /** Age of the key that waits longest; 0 when none does. */
  readonly oldestWaitMs: number
  /** Age of the longest running pass; 0 when none runs. */
  readonly longestRunMs: number
  /** Passes that failed since the start. */
  readonly retries: number
}

/** Keys are `namespace/rest`: what stands before the first slash shares a lane fairly with other namespaces. */
export interface Queue {
  /** Asks for a pass. While the key waits: nothing new (or a more urgent lane). While it runs: exactly one more pass. */
  add(key: string, lane: Lane): void
  /** Asks for a pass in `ms`; of several times asked for, the earliest counts. */
  addAfter(key: string, lane: Lane, ms: number): void
  figures(): QueueFigures
  /** Takes nothing more and drops what waits; true once the running passes ended, false when `withinMs` is over. */
  drain(withinMs: number): Promise<boolean>
}

/** A keyed work queue: no key is lost, no key runs twice at once, and a lane or a namespace cannot starve another. */
export function createQueue(options: QueueOptions): Queue {
  const { clock, random } = options
  const waiting = createLanes()
  const waitingSince = new Map<string, number>()
  const delayedLane = new Map<string, Lane>()
  /** Running keys: since when, and the lane of one more pass if it was asked for meanwhile. */
  const running = new Map<string, { readonly since: number; again: Lane | null }>()
  const failures = new Map<string, number>()
  let retries = 0
  let closed = false
  let pumping = false
  const idle = new Set<() => void>()

  const timers = createTimers(clock, (key) => {
    const lane = delayedLane.get(key)!
    delayedLane.delete(key)
    add(key, lane)
  })

  function add(key: string, lane: Lane): void {
    if (closed) return
    const run = running.get(key)
    if (run !== undefined) {
      run.again = run.again === null ? lane : moreUrgent(run.again, lane)
      return
    }
    if (!waiting.has(key)) waitingSince.set(key, clock.monotonic())
    waiting.add(key, lane)
    pump()
  }

  function addAfter(key: string, lane: Lane, ms: number): void {
    if (closed) return
    const other = delayedLane.get(key)
    delayedLane.set(key, other === undefined ? lane : moreUrgent(other, lane))
    timers.set(key, ms)
  }

  /** Starts passes in a microtask, so that a burst of adds is sorted by urgency before the first one runs. */
  function pump(): void {
    if (pumping) return
    pumping = true
    queueMicrotask(() => {
      pumping = false
      while (running.size < options.workers) {
        const next = waiting.take()
        if (next === null) break
        waitingSince.delete(next.key)
        void run(next.key, next.lane)
      }
    })
  }

  async function run(key: string, lane: Lane): Promise<void> {
    const state = { since: clock.monotonic(), again: null as Lane | null }
    running.set(key, state)
    try {
      const answer = await options.process(key)
      failures.delete(key)
      if (answer !== undefined) addAfter(key, lane, answer.afterMs)
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      retries += 1
      const retryInMs = backoff(count, random)
      addAfter(key, lane, retryInMs)
      options.onError({ key, error, failures: count, retryInMs })
    } finally {
      running.delete(key)
      if (state.again !== null) add(key, state.again)
      if (running.size === 0) for (const resolve of [...idle]) resolve()
      pump()
    }
  }

  return {
    add,
    addAfter,
    figures: () => ({
      depth: Object.fromEntries(LANES.map((lane) => [lane, waiting.depth(lane)])) as Record<Lane, number>,
      delayed: timers.size(),
      running: running.size,
      oldestWaitMs: age(clock, waitingSince.values().next().value),
      longestRunMs: Math.max(0, ...[...running.values()].map(({ since }) => clock.monotonic() - since)),
      retries,
    }),
    drain(withinMs) {
      closed = true
      timers.stop()
      delayedLane.clear()
      waiting.clear()
      waitingSince.clear()
      if (running.size === 0) return Promise.resolve(true)
      return new Promise((resolve) => {
        const end = (drained: boolean) => {
          cancel()
          idle.delete(drainedNow)
          resolve(drained)
        }
        const drainedNow = () => end(true)
        const cancel = clock.after(withinMs, () => end(false))
        idle.add(drainedNow)
      })
    },
  }
}

function moreUrgent(a: Lane, b: Lane): Lane {
  return LANES.indexOf(a) <= LANES.indexOf(b) ? a : b
}

/** Between half of the step and the whole of it: keys that failed together do not come back together. */
function backoff(failures: number, random: Random): number {
  const step = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, MOST_DOUBLINGS))
  return step * (0.5 + 0.5 * random())
}

function age(clock: Clock, since: number | undefined): number {
  return since === undefined ? 0 : clock.monotonic() - since
}
