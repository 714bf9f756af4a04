/** One measured thing beside its goal and its peers. */
export interface Figure {
  /** Number of the goal in the list of goals. */
  readonly goal: number
  readonly what: string
  readonly unit: 's' | 'MiB' | '×' | 'files'
  /** Every run, in the order they were made. */
  readonly runs: readonly number[]
  /** At most this; null: no bound of its own. */
  readonly target: number | null
  readonly peers: readonly Peer[]
  /** What was the same and what was not; one sentence. */
  readonly note: string
}

/** The same work by somebody else, in the same call, taking turns with ours. */
export interface Peer {
  readonly name: string
  /** Empty: not installed, or not run on this panel. */
  readonly runs: readonly number[]
  readonly why?: string
  /** Goal: their least time is at least so many times ours. */
  readonly atLeast?: number
}

export function least(runs: readonly number[]): number {
  return Math.min(...runs)
}

export function median(runs: readonly number[]): number {
  const sorted = runs.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Whether the least run meets the goal; null without a goal. */
export function isMet({ runs, target }: Figure): boolean | null {
  return target === null ? null : least(runs) <= target
}
