import { mean, populationSd } from '../../stats.ts'
import { autocovariance } from '../inference/hac.ts'

/**
 * Standard error of the mean that the stationary bootstrap with restart probability p would find in infinitely many
 * paths: (1/n)[R0 + 2 sum b(i) R_i], b(i) = (1 - i/n)(1 - p)^i + (i/n)(1 - p)^(n - i). No randomness; O(n²).
 *
 * Source: Politis & Romano 1994, lemma 1.
 */
export function stationaryError(series: Float64Array, p: number): number {
  const n = series.length
  const centre = mean(series) ?? Number.NaN
  let total = autocovariance(series, centre, 0)
  for (let i = 1; i < n; i++) {
    const weight = (1 - i / n) * (1 - p) ** i + (i / n) * (1 - p) ** (n - i)
    total += 2 * weight * autocovariance(series, centre, i)
  }
  // With p near 0 every path is the series turned round, whose mean does not vary.
  return Math.sqrt(Math.max(0, total) / n)
}

/**
 * The same for circular blocks of `length`: the spread of the n block means over the root of blocks in a path. Exact
 * where the length divides n.
 *
 * Source: Politis & Romano 1992.
 */
export function circularError(series: Float64Array, length: number): number {
  const n = series.length
  const blockMeans = new Float64Array(n)
  for (let start = 0; start < n; start++) {
    let total = 0
    for (let k = 0; k < length; k++) total += series[(start + k) % n]!
    blockMeans[start] = total / length
  }
  return (populationSd(blockMeans) ?? Number.NaN) / Math.sqrt(n / length)
}
