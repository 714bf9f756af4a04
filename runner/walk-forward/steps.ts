import type { WalkRun } from './task.ts'

/**
 * Steps of a walk: a day of one run is one. A search of days that the windows share is computed once, so that the
 * share of the engine's computations that is done (platform.md 2.2) is the share of these steps.
 */
export function walkSteps({ walk, memory }: WalkRun): number {
  const shared = memory.scores === null ? 0 : walk.rows.count * walk.space.combinations.length
  return walk.windows.reduce((sum, { id }) => sum + unitSteps({ walk, memory }, id), shared)
}

/** Steps of one window. */
export function unitSteps({ walk, memory }: Pick<WalkRun, 'walk' | 'memory'>, unit: number): number {
  const { train, test } = walk.windows[unit]!
  const runs = memory.scores === null ? walk.space.combinations.length + 1 : 1
  return (train.count + test.count) * runs
}
