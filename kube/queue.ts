import type { Clock, Random } from './clock.ts'
import { createLanes, LANES, type Lane } from './lanes.ts'
import { createTimers, type Timers } from './timers.ts'

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
  /** Asks for a pass. While the key waits: at most a more urgent lane. While it runs: exactly one more pass. */
  add(key: string, lane: Lane): void
  /** Asks for a pass in `ms`; of several times asked for, the earliest counts. */
  addAfter(key: string, lane: Lane, ms: number): void
  figures(): QueueFigures
  /** Keys that wait for their time. */
  delayed(): number
  /** Takes nothing more and drops what waits; true once the running passes ended, false when `withinMs` is over. */
  drain(withinMs: number): Promise<boolean>
}

/** A keyed work queue: no key is lost, no key runs twice at once, and no lane or namespace can starve another. */
export function createQueue(options: QueueOptions): Queue {
  return new KeyedQueue(options)
}

/** A running key: since when, and the lane of one more pass if it was asked for meanwhile. */
interface Run {
  readonly since: number
  again: Lane | null
}

class KeyedQueue implements Queue {
  readonly #options: QueueOptions
  readonly #waiting = createLanes()
  readonly #waitingSince = new Map<string, number>()
  readonly #delayedLane = new Map<string, Lane>()
  readonly #timers: Timers
  readonly #running = new Map<string, Run>()
  readonly #failures = new Map<string, number>()
  readonly #whenIdle = new Set<() => void>()
  #retries = 0
  #closed = false
  #pumping = false

  constructor(options: QueueOptions) {
    this.#options = options
    this.#timers = createTimers(options.clock, (key) => {
      const lane = this.#delayedLane.get(key)!
      this.#delayedLane.delete(key)
      this.add(key, lane)
    })
  }

  add(key: string, lane: Lane): void {
    if (this.#closed) return
    const run = this.#running.get(key)
    if (run !== undefined) {
      run.again = run.again === null ? lane : moreUrgent(run.again, lane)
      return
    }
    if (!this.#waiting.has(key)) this.#waitingSince.set(key, this.#options.clock.monotonic())
    this.#waiting.add(key, lane)
    this.#pump()
  }

  addAfter(key: string, lane: Lane, ms: number): void {
    if (this.#closed) return
    const other = this.#delayedLane.get(key)
    this.#delayedLane.set(key, other === undefined ? lane : moreUrgent(other, lane))
    this.#timers.set(key, ms)
  }

  figures(): QueueFigures {
    const { clock } = this.#options
    const runs = [...this.#running.values()].map(({ since }) => clock.monotonic() - since)
    return {
      depth: Object.fromEntries(LANES.map((lane) => [lane, this.#waiting.depth(lane)])) as Record<Lane, number>,
      delayed: this.delayed(),
      running: this.#running.size,
      oldestWaitMs: age(clock, this.#waitingSince.values().next().value),
      longestRunMs: Math.max(0, ...runs),
      retries: this.#retries,
    }
  }

  delayed(): number {
    return this.#timers.size()
  }

  drain(withinMs: number): Promise<boolean> {
    this.#closed = true
    this.#timers.stop()
    this.#delayedLane.clear()
    this.#waiting.clear()
    this.#waitingSince.clear()
    if (this.#running.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const end = (drained: boolean) => {
        cancel()
        this.#whenIdle.delete(idle)
        resolve(drained)
      }
      const idle = () => end(true)
      const cancel = this.#options.clock.after(withinMs, () => end(false))
      this.#whenIdle.add(idle)
    })
  }

  /** Starts passes in a microtask, so that a burst of adds is sorted by urgency before the first one runs. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      while (this.#running.size < this.#options.workers) {
        const next = this.#waiting.take()
        if (next === null) break
        this.#waitingSince.delete(next.key)
        void this.#run(next.key, next.lane)
      }
    })
  }

  async #run(key: string, lane: Lane): Promise<void> {
    const run: Run = { since: this.#options.clock.monotonic(), again: null }
    this.#running.set(key, run)
    try {
      const answer = await this.#options.process(key)
      this.#failures.delete(key)
      if (answer !== undefined) this.addAfter(key, lane, answer.afterMs)
    } catch (error) {
      this.#failed(key, lane, error)
    } finally {
      this.#running.delete(key)
      if (run.again !== null) this.add(key, run.again)
      if (this.#running.size === 0) for (const idle of [...this.#whenIdle]) idle()
      this.#pump()
    }
  }

  #failed(key: string, lane: Lane, error: unknown): void {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    this.#retries += 1
    const retryInMs = backoff(failures, this.#options.random)
    this.addAfter(key, lane, retryInMs)
    this.#options.onError({ key, error, failures, retryInMs })
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
