import { createSorter, type Sorter } from '../kernels/sort.ts'
import { type Signal, signalOf } from '../signal.ts'
import { isZeroSpread, type Values } from '../stats.ts'

/** Fewer pairs than this make a daily correlation noise (engine.md 0.4). */
export const MIN_PAIRS = 30

/** The pairs of one date: names with a signal and a return, ascending by signal, then by id. */
export interface Pairs {
  count: number
  readonly signal: Float64Array
  readonly returns: Float64Array
  /** Twice the distance of each signal's average rank from the middle: whole numbers, whose sums are exact. */
  readonly centred: Float64Array
  /** Sums of both columns, and the range of each; NaN where a value is. */
  signalSum: number
  returnSum: number
  signalSize: number
  readonly returnRange: { low: number; high: number }
  readonly sorter: Sorter
}

export function createPairs(names: number): Pairs {
  return {
    count: 0,
    signal: new Float64Array(names),
    returns: new Float64Array(names),
    centred: new Float64Array(names),
    signalSum: 0,
    returnSum: 0,
    signalSize: 0,
    returnRange: { low: 0, high: 0 },
    sorter: createSorter(names),
  }
}

/** Returns of one date by name; those with `clear[name] >= horizon` exist. */
export interface ReturnsOfDate {
  /** NaN where there is none; a return that exists may be NaN too. */
  readonly values: Float64Array
  readonly clear: Int32Array
  readonly horizon: number
}

/**
 * Joins a signal with returns. A null on either side drops the pair; NaN is a value on both. The pairs come in the
 * signal's order, so a pair's position is its rank within any subset of the names, and nothing is ranked twice.
 */
export function joinPairs(signal: Signal, returns: ReturnsOfDate, pairs: Pairs): void {
  const { sorted, order, count } = signal
  const { clear, horizon, values: future } = returns
  const { signal: xs, returns: ys } = pairs
  let n = 0
  let sumX = 0
  let sumY = 0
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let k = 0; k < count; k++) {
    const name = order[k]!
    const y = future[name]!
    if (Number.isNaN(y) && clear[name]! < horizon) continue
    const x = sorted[k]!
    sumX += x
    sumY += y
    if (y < low) low = y
    if (y > high) high = y
    xs[n] = x
    ys[n++] = y
  }
  pairs.count = n
  pairs.signalSum = sumX
  pairs.returnSum = sumY
  // Ascending: the largest absolute value stands at one end.
  pairs.signalSize = n === 0 ? 0 : Math.max(Math.abs(xs[0]!), Math.abs(xs[n - 1]!))
  // A comparison passes over a NaN, a sum does not.
  pairs.returnRange.low = Number.isNaN(sumY) ? Number.NaN : low
  pairs.returnRange.high = high
}

/** Pearson correlation of the pairs; NaN for a NaN, fewer than two pairs, or a side without spread (engine.md T1). */
export function pearsonOfPairs({ count, signal, returns, ...of }: Pairs): number {
  const meanX = of.signalSum / count
  const meanY = of.returnSum / count
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = 0; i < count; i++) {
    const dx = signal[i]! - meanX
    const dy = returns[i]! - meanY
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  const spread = (squares: number) => Math.sqrt(squares / (count - 1))
  const returnSize = Math.max(Math.abs(of.returnRange.low), Math.abs(of.returnRange.high))
  if (count < 2 || isZeroSpread(spread(xx), of.signalSize) || isZeroSpread(spread(yy), returnSize)) return Number.NaN
  return xy / Math.sqrt(xx * yy)
}

/**
 * Rank IC of the pairs: Spearman correlation with average ranks within the pairs. Sums of doubled ranks are whole
 * numbers, so the value does not depend on any order of summation. A NaN ranks highest. NaN when one side is constant
 * or fewer than two pairs are left.
 *
 * Source: engine.md 3.3. Cost: O(n) for the signal, one sort for the returns.
 */
export function rankIcOfPairs(pairs: Pairs): number {
  const { count: n, sorter, centred } = pairs
  sorter.sort(pairs.returns, n, pairs.returnRange)
  const { order, sorted } = sorter
  const xx = centreRanks(pairs)
  let yy = 0
  let xy = 0
  for (let k = 0; k < n; ) {
    const end = sorted[k + 1] === sorted[k] || Number.isNaN(sorted[k]!) ? endOfTie(sorted, k, n) : k + 1
    const y = k + end - n
    yy += (end - k) * y * y
    for (; k < end; k++) xy += centred[order[k]!]! * y
  }
  return n < 2 || xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

/** Sets the centred ranks of the signals, which stand in ascending order; gives the sum of their squares. */
function centreRanks({ count: n, signal, centred }: Pairs): number {
  let squares = 0
  for (let k = 0; k < n; ) {
    const end = signal[k + 1] === signal[k] || Number.isNaN(signal[k]!) ? endOfTie(signal, k, n) : k + 1
    const rank = k + end - n
    squares += (end - k) * rank * rank
    for (; k < end; k++) centred[k] = rank
  }
  return squares
}

/** Where the values equal to the one at `from` end, in an ascending list; NaN values are equal, and last. */
function endOfTie(ascending: Float64Array, from: number, n: number): number {
  const value = ascending[from]!
  if (Number.isNaN(value)) return n
  let to = from + 1
  while (to < n && ascending[to] === value) to++
  return to
}

/** Information coefficients of one cross-section. */
export interface CrossSectionIc {
  /** Pearson; NaN below 30 pairs. */
  readonly ic: number
  /** Spearman; NaN below 30 pairs. */
  readonly rankIc: number
  /** Pairs with both sides non-null. */
  readonly pairs: number
  /** Pairs over rows; 0 without a row. */
  readonly coverage: number
}

/** IC of plain columns, row i being the same name in both, in ascending id order (engine.md 3.3 on one date). */
export function crossSectionIc(signal: Values, returns: Values): CrossSectionIc {
  const ranked = signalOf(signal)
  const values = Float64Array.from(returns, (value) => value ?? Number.NaN)
  const clear = Int32Array.from(returns, (value) => (value === null ? 0 : 1))
  const day = { values, clear, horizon: 1 }
  const pairs = createPairs(values.length)
  joinPairs(ranked, day, pairs)
  const coverage = values.length === 0 ? 0 : pairs.count / values.length
  if (pairs.count < MIN_PAIRS) return { ic: Number.NaN, rankIc: Number.NaN, pairs: pairs.count, coverage }
  return { ic: pearsonOfPairs(pairs), rankIc: rankIcOfPairs(pairs), pairs: pairs.count, coverage }
}
