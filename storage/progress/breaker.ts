/** Keeps calls away from something that failed a moment ago. */
export interface Breaker {
  /** Runs a call, or rejects at once while the breaker is open. A failure opens it, a success closes it. */
  call<T>(work: () => Promise<T>): Promise<T>
  /** Whether the last call failed, or none has succeeded yet. */
  readonly failing: boolean
  /** What is behind it says that it is back: the next call is tried. */
  close(): void
}

/** `pauseMs`: how long it stays open after a failure (platform.md 8.4: 30 s for Redis). */
export function breaker(pauseMs: number, monotonic: () => number): Breaker {
  let openUntil = Number.NEGATIVE_INFINITY
  let failing = true
  return {
    async call(work) {
      if (monotonic() < openUntil) throw new Error('left alone for a while after a failure')
      try {
        const value = await work()
        failing = false
        openUntil = Number.NEGATIVE_INFINITY
        return value
      } catch (thrown) {
        failing = true
        openUntil = monotonic() + pauseMs
        throw thrown
      }
    },
    get failing() {
      return failing
    },
    close() {
      openUntil = Number.NEGATIVE_INFINITY
    },
  }
}
