/**
 * Statistics primitives of engine.md 0.1. A value is null when it is absent: it is skipped and does not count.
 * NaN is a value: it counts, poisons every sum, and ranks above all numbers. All sums run in the order of the input.
 */
export type Values = ArrayLike<number | null>

/** A spread of at most this share of the largest absolute value is rounding, not variance (engine.md T1). */
const ZERO_SPREAD = 1e-12

/** Number of non-null values; NaN counts. */
export function count(values: Values): number {
  let n = 0
  for (let i = 0; i < values.length; i++) if (values[i] !== null) n++
  return n
}

/** Sum of the non-null values; 0 when there is none. */
export function sum(values: Values): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0
  return total
}

/** Arithmetic mean of the non-null values; null when there is none. */
export function mean(values: Values): number | null {
  const n = count(values)
  return n === 0 ? null : sum(values) / n
}

/** Standard deviation with divisor n - 1, two passes; null for fewer than two values, NaN if one is not finite. */
export function sampleSd(values: Values): number | null {
  const n = count(values)
  return n < 2 ? null : Math.sqrt(squaredDeviations(values, n) / (n - 1))
}

/** Standard deviation with divisor n, two passes; null without a value, NaN if one is not finite. */
export function populationSd(values: Values): number | null {
  const n = count(values)
  return n === 0 ? null : Math.sqrt(squaredDeviations(values, n) / n)
}

function squaredDeviations(values: Values, n: number): number {
  const centre = sum(values) / n
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined) continue
    total += (value - centre) * (value - centre)
  }
  return total
}

/** Largest absolute non-null value; 0 without one. NaN is passed over. */
export function maxAbs(values: Values): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0)
    if (size > largest) largest = size
  }
  return largest
}

/** Whether a standard deviation of values up to `largest` in size is no more than rounding (engine.md T1). */
export function isZeroSpread(sd: number, largest: number): boolean {
  return sd <= ZERO_SPREAD * largest
}

/**
 * Nearest-rank quantile: the element at floor((n - 1)q + 1/2) of the ascending non-null values, halves going up.
 * NaN sorts as the largest. No interpolation; null when there is no value.
 */
export function quantileNearest(values: Values, q: number): number | null {
  const sorted = sortedValues(values)
  return sorted.length === 0 ? null : sorted[nearestRank(sorted.length, q)]!
}

/** Zero-based position of the nearest-rank quantile among n ascending values. */
export function nearestRank(n: number, q: number): number {
  return Math.floor((n - 1) * q + 0.5)
}

/** Linearly interpolated percentile, p in [0, 1]; null when there is no value. Two infinite neighbours give NaN. */
export function percentileLinear(values: Values, p: number): number | null {
  return percentileOfSorted(sortedValues(values), p)
}

/** `percentileLinear` of values that are already ascending, for several levels of one sample. */
export function percentileOfSorted(sorted: ArrayLike<number>, p: number): number | null {
  if (sorted.length === 0) return null
  const last = sorted.length - 1
  const at = last * p
  const below = Math.min(Math.floor(at), last)
  const low = sorted[below]!
  return low + (at - below) * (sorted[Math.min(below + 1, last)]! - low)
}

/** The non-null values ascending, NaN last. Float64Array sorts numerically and puts NaN at the end. */
export function sortedValues(values: Values): Float64Array {
  const kept = new Float64Array(count(values))
  let n = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value !== null && value !== undefined) kept[n++] = value
  }
  return kept.sort()
}

/**
 * Pearson correlation over the rows where both sides are non-null. NaN when a value is NaN, when fewer than two rows
 * remain, or when one side has no spread beyond rounding (engine.md T1).
 */
export function pearson(x: Values, y: Values): number {
  const [left, right] = pairsOf(x, y)
  return correlate(left, right)
}

/** Spearman correlation: Pearson of the average ranks within the rows where both sides are non-null. */
export function spearman(x: Values, y: Values): number {
  const [left, right] = pairsOf(x, y)
  return correlate(averageRanks(left), averageRanks(right))
}

/** The rows of two equally long columns where both are non-null. */
export function pairsOf(x: Values, y: Values): [Float64Array, Float64Array] {
  const left = new Float64Array(x.length)
  const right = new Float64Array(x.length)
  let n = 0
  for (let i = 0; i < x.length; i++) {
    const a = x[i]
    const b = y[i]
    if (a === null || a === undefined || b === null || b === undefined) continue
    left[n] = a
    right[n++] = b
  }
  return [left.subarray(0, n), right.subarray(0, n)]
}

function correlate(x: Float64Array, y: Float64Array): number {
  const n = x.length
  if (n < 2) return Number.NaN
  const meanX = sum(x) / n
  const meanY = sum(y) / n
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX
    const dy = y[i]! - meanY
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  if (isZeroSpread(Math.sqrt(xx / (n - 1)), maxAbs(x)) || isZeroSpread(Math.sqrt(yy / (n - 1)), maxAbs(y))) {
    return Number.NaN
  }
  return xy / Math.sqrt(xx * yy)
}

/** Ranks from 1, ties sharing the mean of their positions; NaN values tie above every number. A null gives NaN. */
export function averageRanks(values: Values): Float64Array {
  const order = ascendingOrder(values)
  const ranks = new Float64Array(values.length).fill(Number.NaN)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && sameValue(values[order[from]!]!, values[order[to]!]!)) to++
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + 1 + to) / 2
    from = to
  }
  return ranks
}

/** Ranks from 1, ties broken by position, so rows must stand in ascending security id. A null gives NaN. */
export function ordinalRanks(values: Values): Float64Array {
  const order = ascendingOrder(values)
  const ranks = new Float64Array(values.length).fill(Number.NaN)
  for (let k = 0; k < order.length; k++) ranks[order[k]!] = k + 1
  return ranks
}

/** Positions of the non-null values, ascending by value, then by position; NaN last. */
export function ascendingOrder(values: Values): Int32Array {
  const order = new Int32Array(count(values))
  let n = 0
  for (let i = 0; i < values.length; i++) if (values[i] !== null) order[n++] = i
  return order.sort((a, b) => compareValues(values[a]!, values[b]!) || a - b)
}

function compareValues(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

function sameValue(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

/** Compound return: the product of 1 + r over the non-null values, minus 1; 0 when there is none. */
export function compound(returns: Values): number {
  let growth = 1
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i]
    if (r !== null && r !== undefined) growth *= 1 + r
  }
  return growth - 1
}
