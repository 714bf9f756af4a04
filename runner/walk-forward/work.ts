import type { WalkForwardPlan } from '../../core/plan.ts'
import type { WalkForwardResult } from '../../engine/walk-forward/merge-units.ts'
import { newControl } from '../control.ts'
import { memoryReader } from '../memory.ts'
import { startThreads, type Threads } from '../threads.ts'
import { startUnits, type UnitKind } from '../units/units.ts'
import type { Work, WorkInput } from '../work.ts'
import { unitSteps, walkSteps } from './steps.ts'
import type { WalkRun } from './task.ts'

/** Rows of a turn: a thread that takes one computes the windows of returns before its first day again. */
const SHORTEST_TURN = 64
/** Turns a thread: units that turn out to be done while it works need no more rows after the turn. */
const TURNS_A_THREAD = 4

/**
 * Sets threads to work on a walk: all of them first fill in the daily scores that its windows share, each its own rows,
 * then take its windows one at a time.
 */
export function startWalk(input: WorkInput<WalkForwardPlan>, monotonic: () => number): Work {
  const { plan, datasetsDir } = input
  const memory = memoryReader(input.memoryLimitBytes)
  const threads = startThreads(input.threads)
  const control = newControl()
  const kind = walkKind(threads, () => threads.run(0, { do: 'open-walk', plan, datasetsDir }))
  const { units, total, computed, merged } = startUnits(kind, { ...input, threads, control, monotonic })
  const result = async () => {
    const { run, result } = await merged()
    return { plan, walk: run.walk, result }
  }
  return { threads, control, memory, total, computed, result, units, close: threads.close }
}

/** How threads compute the windows of a walk that `open` gives. */
export function walkKind(threads: Threads, open: () => Promise<WalkRun>): UnitKind<WalkRun, WalkForwardResult> {
  return {
    open,
    count: ({ walk }) => walk.windows.length,
    steps: walkSteps,
    unitSteps,
    prepare: (share) => ({ do: 'walk-rows', ...share, turn: turnOf(share.run, threads.count) }),
    compute: (share) => ({ do: 'walk-windows', ...share }),
    merge: ({ walk }, units) => threads.run(0, { do: 'merge-walk', walk, units }),
  }
}

function turnOf({ walk }: WalkRun, threads: number): number {
  return Math.max(SHORTEST_TURN, Math.ceil(walk.rows.count / (threads * TURNS_A_THREAD)))
}
