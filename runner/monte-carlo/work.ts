import type { MonteCarloPlan } from '../../core/plan.ts'
import type { MonteCarloResult } from '../../engine/monte-carlo/merge.ts'
import { newControl } from '../control.ts'
import { memoryReader } from '../memory.ts'
import { startThreads, type Threads } from '../threads.ts'
import { startUnits, type UnitKind } from '../units/units.ts'
import type { Work, WorkInput } from '../work.ts'
import type { PathRun } from './task.ts'

/**
 * Sets threads to work on a MonteCarlo: each takes blocks of paths. Draws of numpy's generator are one sequence, so one
 * thread walks it.
 */
export function startPaths(input: WorkInput<MonteCarloPlan>, monotonic: () => number): Work {
  const { plan, artifactsDir, sourceDir } = input
  const memory = memoryReader(input.memoryLimitBytes)
  const threads = startThreads(plan.monteCarlo.generator === 'counter' ? input.threads : 1)
  const control = newControl()
  const kind = pathKind(threads, () => threads.run(0, { do: 'open-source', plan, artifactsDir, sourceDir }))
  const { units, total, computed, merged } = startUnits(kind, { ...input, threads, control, monotonic })
  const result = async () => {
    const { run, result } = await merged()
    return { plan, run: run.run, result }
  }
  return { threads, control, memory, total, computed, result, units, close: threads.close }
}

/** How threads compute the blocks of paths of a run that `open` gives. */
export function pathKind(threads: Threads, open: () => Promise<PathRun>): UnitKind<PathRun, MonteCarloResult> {
  return {
    open,
    count: ({ run }) => run.units,
    steps: ({ run }) => run.settings.simulations,
    unitSteps: ({ run, blockPaths }, unit) => Math.min(blockPaths, run.settings.simulations - unit * blockPaths),
    prepare: null,
    compute: (share) => ({ do: 'paths', ...share }),
    merge: ({ run }, units) => threads.run(0, { do: 'merge-paths', run, units }),
  }
}
