import { invariant } from '../../../core/invariant.ts'
import { mean } from '../../stats.ts'
import { longRunCovariance } from '../inference/hac.ts'
import { twoSidedP } from '../inference/normal.ts'

/** The difference of two Sharpe ratios per period (population form), its standard error and a test of none. */
export interface SharpeDifference {
  readonly difference: number
  readonly standardError: number
  readonly t: number
  /** Two-sided, by the normal distribution. */
  readonly p: number
}

/**
 * Compares two runs of the same dates by the delta method on means and mean squares, with a Bartlett HAC covariance
 * up to `lag`; no prewhitening, no small-sample factor. NaN when either does not vary.
 *
 * Source: Ledoit & Wolf 2008, Journal of Empirical Finance 15(5).
 */
export function sharpeDifference(a: Float64Array, b: Float64Array, lag: number): SharpeDifference {
  invariant(a.length === b.length, 'both runs are of the same dates')
  const n = a.length
  const columns = [a, b, a.map((x) => x * x), b.map((x) => x * x)]
  const [meanA, meanB, squareA, squareB] = columns.map((column) => mean(column) ?? Number.NaN) as Four
  const centred = columns.map((column, k) => column.map((x) => x - [meanA, meanB, squareA, squareB][k]!))
  const covariance = longRunCovariance(centred, Math.min(lag, n - 1))
  const [varA, varB] = [squareA - meanA * meanA, squareB - meanB * meanB]
  const gradient = [squareA / varA ** 1.5, -squareB / varB ** 1.5, -meanA / 2 / varA ** 1.5, meanB / 2 / varB ** 1.5]
  let variance = 0
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) variance += gradient[i]! * gradient[j]! * covariance[4 * i + j]!
  }
  const difference = meanA / Math.sqrt(varA) - meanB / Math.sqrt(varB)
  const standardError = Math.sqrt(variance / n)
  const t = difference / standardError
  return { difference, standardError, t, p: twoSidedP(t) }
}

type Four = [number, number, number, number]
