import { percentileOfSorted } from '../stats.ts'
import { type MonteCarloRun, unitPaths } from './run.ts'
import { createSimulator, drawPath } from './simulate.ts'

/** Levels of a fan's lines, from the lowest. */
export const FAN_LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95] as const
/** Steps of a fan: as many as a chart can show apart. */
const MAX_STEPS = 120

/** Wealth along the paths of the first unit, at points spread evenly over the days. */
export interface PathFan {
  readonly paths: number
  /** Days passed at each point: 0 first, all of them last. */
  readonly days: Int32Array
  /** Wealth of the source itself, 1 before the first day. */
  readonly observed: Float64Array
  /** One line for each of FAN_LEVELS: the linear percentile of the paths' wealth at each point. */
  readonly lines: readonly Float64Array[]
}

/** Draws the first unit's paths again, for the chart that shows how paths spread as days pass. */
export function pathFan(run: MonteCarloRun): PathFan {
  const { returns } = run.sample
  const steps = Math.min(MAX_STEPS, returns.length)
  const days = Int32Array.from({ length: steps + 1 }, (_, k) => Math.round((k * returns.length) / steps))
  const { count } = unitPaths(run, 0)
  const { pool, counter, numpy } = createSimulator(run)
  const byPoint = Array.from(days, () => new Float64Array(count))
  for (let path = 0; path < count; path++) {
    counter?.open(path)
    drawPath(run, counter ?? numpy!.words, pool.picks)
    for (const [point, wealth] of wealthAt(days, returns, pool.picks).entries()) byPoint[point]![path] = wealth
  }
  for (const column of byPoint) column.sort()
  const inOrder = Int32Array.from(returns.keys())
  return {
    paths: count,
    days,
    observed: wealthAt(days, returns, inOrder),
    lines: FAN_LEVELS.map((level) => Float64Array.from(byPoint, (column) => percentileOfSorted(column, level)!)),
  }
}

function wealthAt(days: Int32Array, returns: Float64Array, picks: Int32Array): Float64Array {
  const wealth = new Float64Array(days.length)
  let now = 1
  let day = 0
  for (let point = 0; point < days.length; point++) {
    for (; day < days[point]!; day++) now *= 1 + returns[picks[day]!]!
    wealth[point] = now
  }
  return wealth
}
