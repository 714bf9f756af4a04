import { type AttemptProgress, STAGES, type Stage } from '../../core/outcome.ts'

/** At least this often while computing, whether or not anything moved (platform.md 2.2). */
const LONGEST_SILENCE_MS = 30_000
/** At most this often when something moved. */
const SHORTEST_GAP_MS = 2_000

/** How far an attempt is inside a stage. */
export interface Position {
  readonly stage: Stage
  readonly date: number | null
  readonly done: number
  readonly total: number
}

/** The percentage of a position: each stage's start, and 20 to 90 over the run days. */
export function percentOf({ stage, done, total }: Position): number {
  if (stage !== 'computing') return STAGES[stage]
  const share = total === 0 ? 0 : Math.min(1, Math.max(0, done / total))
  return STAGES.computing + Math.round(share * 70)
}

/**
 * Turns positions into reports: never backwards, at once when the stage changes, else after 2 s if percent or date
 * moved, and after 30 s in any case. `monotonic` gives milliseconds.
 */
export function progressReporter(report: (progress: AttemptProgress) => void, monotonic: () => number) {
  let last: AttemptProgress | null = null
  let lastAt = Number.NEGATIVE_INFINITY
  return (position: Position): void => {
    const percent = Math.max(last?.percent ?? 0, percentOf(position))
    const now = monotonic()
    const moved = last === null || percent !== last.percent || position.date !== last.date
    const due =
      position.stage !== last?.stage || now - lastAt >= LONGEST_SILENCE_MS || (moved && now - lastAt >= SHORTEST_GAP_MS)
    if (!due) return
    last = { percent, ...position }
    lastAt = now
    report(last)
  }
}
