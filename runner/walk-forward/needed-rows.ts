import type { Walk } from '../../engine/walk-forward/plan-walk.ts'
import { isQueued, type UnitQueue } from '../units/queue.ts'

/** Rows from a to b of a walk, counted from its first; b is not one of them. */
export type RowRange = readonly [from: number, to: number]

/** The parts of a range that some window of the queue trains or tests on, in order: a resumed walk scores no others. */
export function neededRows({ windows, rows }: Walk, queue: UnitQueue, [from, to]: RowRange): RowRange[] {
  const spans = windows
    .filter(({ id }) => isQueued(queue, id))
    .flatMap(({ train, test }) => [train, test])
    .map(({ first, count }) => [Math.max(from, first - rows.first), Math.min(to, first - rows.first + count)] as const)
    .filter(([start, end]) => start < end)
    .toSorted(([a], [b]) => a - b)
  const joined: [number, number][] = []
  for (const [start, end] of spans) {
    const last = joined.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else joined.push([start, end])
  }
  return joined
}
