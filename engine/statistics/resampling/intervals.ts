import { mean, percentileOfSorted } from '../../stats.ts'
import { normalCdf, normalQuantile } from '../inference/normal.ts'

export type Interval = readonly [low: number, high: number]

/** A statistic on the data and on every resampled path, the latter ascending (NaN removed by the caller). */
export interface Bootstrapped {
  readonly estimate: number
  readonly sorted: Float64Array
}

/** Interval between the (1 - level)/2 quantiles of the paths (type 7); NaN without a path. */
export function percentileInterval({ sorted }: Bootstrapped, level = 0.9): Interval {
  return [at(sorted, (1 - level) / 2), at(sorted, (1 + level) / 2)]
}

/** The percentile interval mirrored in the estimate: 2 · estimate - quantile. */
export function basicInterval({ estimate, sorted }: Bootstrapped, level = 0.9): Interval {
  return [2 * estimate - at(sorted, (1 + level) / 2), 2 * estimate - at(sorted, (1 - level) / 2)]
}

/**
 * Normal score of the share of paths below the estimate, equal ones counting half: 0 when the paths lie even about it.
 * Kept half a path away from 0 and 1, where it would be infinite.
 */
export function biasCorrection({ estimate, sorted }: Bootstrapped): number {
  const paths = sorted.length
  let below = 0
  for (let k = 0; k < paths; k++) below += sorted[k]! < estimate ? 1 : sorted[k] === estimate ? 0.5 : 0
  return normalQuantile(Math.min(Math.max(below, 0.5), paths - 0.5) / paths)
}

/**
 * BCa interval: percentiles moved by the bias of the paths and, where an acceleration is given, by how the error of
 * the statistic changes with its value. Acceleration 0 gives the BC interval.
 *
 * Source: Efron 1987, Journal of the American Statistical Association 82.
 */
export function correctedInterval(of: Bootstrapped, level = 0.9, acceleration = 0): Interval {
  const z0 = biasCorrection(of)
  const moved = (z: number) => normalCdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z)))
  const z = normalQuantile((1 - level) / 2)
  return [at(of.sorted, moved(z)), at(of.sorted, moved(-z))]
}

/**
 * Acceleration for `correctedInterval` from the statistic with one observation (or block) left out at a time; 0 when
 * it does not change.
 */
export function jackknifeAcceleration(leftOut: Float64Array): number {
  const centre = mean(leftOut) ?? 0
  let [squares, cubes] = [0, 0]
  for (let k = 0; k < leftOut.length; k++) {
    const d = centre - leftOut[k]!
    squares += d * d
    cubes += d * d * d
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5)
}

/**
 * One-sided p of "no more than `bound`": the paths at or below it and the data's own, over all of both. Never 0. For a
 * test of the data against chance the paths must have been drawn with the effect taken out (engine.md 11.3.3).
 */
export function oneSidedP({ sorted }: Bootstrapped, bound = 0): number {
  let n = 0
  while (n < sorted.length && sorted[n]! <= bound) n++
  return (1 + n) / (sorted.length + 1)
}

function at(sorted: Float64Array, p: number): number {
  return percentileOfSorted(sorted, p) ?? Number.NaN
}
