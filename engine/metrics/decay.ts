/** A degenerate system of the decay fit (engine.md 3.10). */
const SINGULAR = 1e-10

/** Mean of the daily values that are not NaN; NaN when none is left. */
export function meanOfValid(daily: Float64Array): number {
  let total = 0
  let n = 0
  for (const value of daily) {
    if (Number.isNaN(value)) continue
    total += value
    n++
  }
  return total / n
}

/**
 * Horizon at which the IC first falls to half its first value, in trading days of horizon, interpolated linearly
 * between the points around the crossing. Null where the first value is not positive, or half is never reached.
 * A NaN point is passed over and not interpolated across (engine.md 3.10).
 */
export function halfLife(horizons: ArrayLike<number>, ic: ArrayLike<number>): number | null {
  const first = ic[0]
  if (ic.length < 2 || first === undefined || !(first > 0)) return null
  const target = first / 2
  for (let i = 1; i < ic.length; i++) {
    const value = ic[i]!
    if (!(value <= target)) continue
    const before = ic[i - 1]!
    const slope = (value - before) / (horizons[i]! - horizons[i - 1]!)
    if (Number.isNaN(before) || slope === 0) return horizons[i]!
    return Math.max(0, horizons[i - 1]! + (target - before) / slope)
  }
  return null
}

/** Rate b of the fit ln(ic) = a - b·h over the points with ic > 0, at least 0; null below two points. */
export function decayRate(horizons: ArrayLike<number>, ic: ArrayLike<number>): number | null {
  let n = 0
  let sumH = 0
  let sumHH = 0
  let sumY = 0
  let sumHY = 0
  for (let i = 0; i < ic.length; i++) {
    if (!(ic[i]! > 0)) continue
    const h = horizons[i]!
    const y = Math.log(ic[i]!)
    n++
    sumH += h
    sumHH += h * h
    sumY += y
    sumHY += h * y
  }
  const determinant = n * sumHH - sumH * sumH
  if (n < 2 || Math.abs(determinant) < SINGULAR) return null
  return Math.max(0, -(n * sumHY - sumH * sumY) / determinant)
}
