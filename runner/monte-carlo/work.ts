import type { MonteCarloPlan } from '../../core/plan.ts'
import type { PathBlock } from '../../engine/monte-carlo/simulate.ts'
import { newControl } from '../control.ts'
import { memoryReader } from '../memory.ts'
import { startThreads } from '../threads.ts'
import type { Work, WorkInput } from '../work.ts'

/**
 * Sets threads to work on a MonteCarlo: each takes blocks of paths, which never change with who computes them. Draws of
 * numpy's generator are one sequence, so one thread walks it. A paced run (tests) waits until it is asked for.
 */
export function startPaths(input: WorkInput<MonteCarloPlan>, monotonic: () => number): Work {
  const { plan, artifactsDir, pace } = input
  const memory = memoryReader(input.memoryLimitBytes)
  const threads = startThreads(plan.monteCarlo.generator === 'counter' ? input.threads : 1)
  const control = newControl()
  const opened = threads.run(0, { do: 'open-source', plan, artifactsDir })
  opened.catch(() => {})
  let blocks: Promise<{ readonly ms: number; readonly found: readonly PathBlock[] }> | null = null
  const begun = () => {
    blocks ??= opened.then(async (run) => {
      const startedAt = monotonic()
      const workers = Array.from({ length: Math.min(threads.count, run.units) }, (_, index) => index)
      const task = { do: 'paths', run, control, pace } as const
      const found = await Promise.all(workers.map((index) => threads.run(index, task)))
      return { ms: monotonic() - startedAt, found: found.flat() }
    })
    blocks.catch(() => {})
    return blocks
  }
  if (pace === null) begun()
  const total = opened.then((run) => run.settings.simulations)
  total.catch(() => {})
  const result = async () => {
    const [run, { found }] = await Promise.all([opened, begun()])
    return { plan, run, result: await threads.run(0, { do: 'merge-paths', run, blocks: found }) }
  }
  return { threads, control, memory, total, computed: () => begun().then(({ ms }) => ms), result, close: threads.close }
}
