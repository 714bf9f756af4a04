import { createSorter, type Sorter } from '../kernels/sort.ts'
import { CELL } from '../result.ts'
import { type Signal, signalOf } from '../signal.ts'
import { isZeroSpread, type Values } from '../stats.ts'

/** Fewer pairs than this make a daily correlation noise (engine.md 0.4). */
export const MIN_PAIRS = 30

/** The pairs of one date: names with a signal and a return, ascending by id. */
export interface Pairs {
  count: number
  readonly names: Int32Array
  readonly signal: Float64Array
  readonly returns: Float64Array
  /** The same names ascending by signal, then by id. */
  readonly bySignal: Int32Array
  /** Twice the average rank of the signal within the pairs, by name. */
  readonly doubleRanks: Float64Array
  readonly sorter: Sorter
}

export function createPairs(names: number): Pairs {
  return {
    count: 0,
    names: new Int32Array(names),
    signal: new Float64Array(names),
    returns: new Float64Array(names),
    bySignal: new Int32Array(names),
    doubleRanks: new Float64Array(names),
    sorter: createSorter(names),
  }
}

/** Returns of one date by name; those with `clear[name] >= horizon` exist. */
export interface ReturnsOfDate {
  readonly values: Float64Array
  readonly clear: Int32Array
  readonly horizon: number
}

/** Joins a signal with returns. A null on either side drops the pair; NaN is a value on both. */
export function joinPairs(signal: Signal, returns: ReturnsOfDate, pairs: Pairs): void {
  const { values, state } = signal
  const { clear, horizon } = returns
  let n = 0
  for (let i = 0; i < state.length; i++) {
    if (state[i] !== CELL.value || clear[i]! < horizon) continue
    pairs.names[n] = i
    pairs.signal[n] = values[i]!
    pairs.returns[n++] = returns.values[i]!
  }
  pairs.count = n
}

/** Pearson correlation of the pairs; NaN for a NaN, fewer than two pairs, or a side without spread (engine.md T1). */
export function pearsonOfPairs({ count, signal, returns }: Pairs): number {
  let sumX = 0
  let sumY = 0
  let maxX = 0
  let maxY = 0
  for (let i = 0; i < count; i++) {
    const x = signal[i]!
    const y = returns[i]!
    sumX += x
    sumY += y
    maxX = Math.max(maxX, Math.abs(x))
    maxY = Math.max(maxY, Math.abs(y))
  }
  const meanX = sumX / count
  const meanY = sumY / count
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
  if (count < 2 || isZeroSpread(spread(xx), maxX) || isZeroSpread(spread(yy), maxY)) return Number.NaN
  return xy / Math.sqrt(xx * yy)
}

/**
 * Rank IC of the pairs: Spearman correlation with average ranks within the pairs. Sums of doubled ranks are whole
 * numbers, so the value does not depend on any order of summation. A NaN ranks highest. NaN when one side is constant
 * or fewer than two pairs are left. The signal brings its order, so one walk ranks any subset of its names.
 *
 * Source: engine.md 3.3. Cost: O(n) for the signal, one sort for the returns.
 */
export function rankIcOfPairs(signal: Signal, returns: ReturnsOfDate, pairs: Pairs): number {
  const { count: n, sorter, names } = pairs
  const ranks = signalRanks(signal, returns, pairs)
  sorter.sort(pairs.returns, n)
  const { order, sorted } = sorter
  const twiceMean = n + 1
  let xx = 0
  let yy = 0
  let xy = 0
  for (let from = 0; from < n; ) {
    const value = sorted[from]!
    let to = from + 1
    while (to < n && (sorted[to] === value || Number.isNaN(value))) to++
    const y = from + 1 + to - twiceMean
    for (let k = from; k < to; k++) {
      const x = ranks[names[order[k]!]!]! - twiceMean
      xx += x * x
      yy += y * y
      xy += x * y
    }
    from = to
  }
  return n < 2 || xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

/** Also sets `bySignal`. A signal all of whose names have a return keeps its own ranks. */
function signalRanks(signal: Signal, { clear, horizon }: ReturnsOfDate, pairs: Pairs): Float64Array {
  const { bySignal, doubleRanks, count: n } = pairs
  if (n === signal.count) {
    bySignal.set(signal.order)
    return signal.doubleRanks
  }
  const { values, order, count } = signal
  let members = 0
  for (let k = 0; k < count; k++) {
    const name = order[k]!
    bySignal[members] = name
    if (clear[name]! >= horizon) members++
  }
  for (let from = 0; from < n; ) {
    const value = values[bySignal[from]!]!
    let to = from + 1
    while (to < n && (values[bySignal[to]!] === value || Number.isNaN(value))) to++
    for (let k = from; k < to; k++) doubleRanks[bySignal[k]!] = from + 1 + to
    from = to
  }
  return doubleRanks
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
  return { ic: pearsonOfPairs(pairs), rankIc: rankIcOfPairs(ranked, day, pairs), pairs: pairs.count, coverage }
}
