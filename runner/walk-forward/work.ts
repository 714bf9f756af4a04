import type { WalkForwardPlan } from '../../core/plan.ts'
import type { UnitResult } from '../../engine/walk-forward/compute-unit.ts'
import { newControl, turnLength } from '../control.ts'
import { memoryReader } from '../memory.ts'
import { startThreads } from '../threads.ts'
import type { Work, WorkInput } from '../work.ts'
import { walkSteps } from './steps.ts'

/**
 * Sets threads to work on a walk: all of them first fill in the daily scores that its windows share, each its own rows,
 * then take its windows one at a time. Which thread computes what never changes a byte. A paced run (tests) waits until
 * it is asked for.
 */
export function startWalk(input: WorkInput<WalkForwardPlan>, monotonic: () => number): Work {
  const { plan, datasetsDir, pace } = input
  const memory = memoryReader(input.memoryLimitBytes)
  const threads = startThreads(input.threads)
  const control = newControl()
  const opened = threads.run(0, { do: 'open-walk', plan, datasetsDir })
  opened.catch(() => {})
  const all = Array.from({ length: threads.count }, (_, index) => index)
  let units: Promise<{ readonly ms: number; readonly found: readonly UnitResult[] }> | null = null
  const computeUnits = () => {
    units ??= opened.then(async (run) => {
      const startedAt = monotonic()
      const turn = turnLength(run.walk.rows.count, threads.count)
      await Promise.all(all.map((index) => threads.run(index, { do: 'walk-rows', run, control, turn, pace })))
      const task = { do: 'walk-windows', run, control, pace } as const
      const found = await Promise.all(all.map((index) => threads.run(index, task)))
      return { ms: monotonic() - startedAt, found: found.flat() }
    })
    return units
  }
  const begun = () => {
    const work = computeUnits()
    work.catch(() => {})
    return work
  }
  if (pace === null) begun()
  const total = opened.then(walkSteps)
  total.catch(() => {})
  const result = async () => {
    const [{ walk }, { found }] = await Promise.all([opened, begun()])
    return { plan, walk, result: await threads.run(0, { do: 'merge-walk', walk, units: found }) }
  }
  return { threads, control, memory, total, computed: () => begun().then(({ ms }) => ms), result, close: threads.close }
}
