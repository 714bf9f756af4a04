import { createPairs, joinPairs, type Pairs, type ReturnsOfDate, rankIcOfPairs } from '../metrics/rank-ic.ts'
import { CELL, type DenseTable } from '../result.ts'
import { createSignal, type Signal, type SignalScratch, signalScratch, sortSignal } from '../signal.ts'

/** Signals to sort into buckets; row k of `signals` is day `dates[k]`. */
export interface SignalRows {
  /** Day numbers, ascending. */
  readonly dates: Int32Array
  readonly names: number
  readonly signals: DenseTable
}

export interface BucketRule {
  /** Buckets, from 2. */
  readonly count: number
  readonly minObservationsPerDate: number
}

/** The dates that could be analysed. */
export interface BucketedDates {
  /** Day numbers, ascending. */
  readonly dates: readonly number[]
  /** Rank IC of signal and return. [dates] */
  readonly rankIc: readonly number[]
  /** Mean return of each bucket from the lowest signal up, NaN where it is empty. [dates][count] */
  readonly means: readonly Float64Array[]
  /** Names that went into a bucket, over all dates. [count] */
  readonly observations: Int32Array
  /** Dates with a signal that could not be analysed. */
  readonly skipped: number
  /** Names with a signal and a return, over all dates. */
  readonly pairs: number
}

/**
 * Sorts the names of each date into buckets by the average rank of their signal among the names that have a finite
 * signal and a finite return. A date with fewer names than the rule wants, or with one side constant, is skipped and
 * counted. `returnsOn` is asked in date order.
 *
 * Source: engine.md 7.
 */
export function bucketDates(
  rows: SignalRows,
  returnsOn: (day: number) => ReturnsOfDate,
  rule: BucketRule,
): BucketedDates {
  const room = {
    signal: createSignal(rows.names),
    scratch: signalScratch(rows.names),
    pairs: createPairs(rows.names),
    bucket: new Int32Array(rows.names),
  }
  const dates: number[] = []
  const rankIc: number[] = []
  const means: Float64Array[] = []
  const observations = new Int32Array(rule.count)
  let [withSignal, pairs] = [0, 0]
  for (let k = 0; k < rows.dates.length; k++) {
    if (!hasRow(rows, k)) continue
    withSignal++
    const day = rows.dates[k]!
    const returns = returnsOn(day)
    pairs += readPairs(rows, k, returns, room)
    if (room.signal.count < rule.minObservationsPerDate) continue
    joinPairs(room.signal, returns, room.pairs)
    const ic = rankIcOfPairs(room.pairs)
    if (Number.isNaN(ic)) continue
    dates.push(day)
    rankIc.push(ic)
    means.push(bucketMeans(room, returns.values, observations))
  }
  return { dates, rankIc, means, observations, skipped: withSignal - dates.length, pairs }
}

/** Bucket from 1 to `count` of an average rank among n: the smallest k with rank/n <= k/count (rule `ceilAvg`). */
export function bucketOf(rank: number, n: number, count: number): number {
  return Math.min(count, Math.max(1, Math.ceil((rank / n) * count)))
}

interface Room {
  readonly signal: Signal
  readonly scratch: SignalScratch
  readonly pairs: Pairs
  /** Bucket of each name of the date, from 0. */
  readonly bucket: Int32Array
}

function hasRow({ names, signals }: SignalRows, k: number): boolean {
  return signals.state.subarray(k * names, (k + 1) * names).some((state) => state !== CELL.absent)
}

/** Leaves in the signal, sorted, the names that have both numbers; returns how many there are. */
function readPairs(
  { names, signals }: SignalRows,
  k: number,
  returns: ReturnsOfDate,
  { signal, scratch }: Room,
): number {
  for (let i = 0; i < names; i++) {
    const value = signals.values[k * names + i]!
    const known = signals.state[k * names + i] === CELL.value && returns.clear[i]! >= returns.horizon
    const usable = known && Number.isFinite(value) && Number.isFinite(returns.values[i]!)
    signal.state[i] = usable ? CELL.value : CELL.absent
    signal.values[i] = usable ? value : Number.NaN
  }
  sortSignal(signal, scratch)
  return signal.count
}

function bucketMeans(room: Room, returns: Float64Array, observations: Int32Array): Float64Array {
  const { signal, bucket } = room
  const count = observations.length
  const sums = new Float64Array(count)
  const sizes = new Int32Array(count)
  assignBuckets(room, count)
  // By name, not by signal: every sum of the engine runs in ascending id order.
  for (let i = 0; i < signal.state.length; i++) {
    if (signal.state[i] !== CELL.value) continue
    const b = bucket[i]!
    sums[b] = sums[b]! + returns[i]!
    sizes[b] = sizes[b]! + 1
  }
  for (let b = 0; b < count; b++) observations[b] = observations[b]! + sizes[b]!
  return sums.map((sum, b) => sum / sizes[b]!)
}

/** Tied names share the mean of their ranks, and so their bucket. */
function assignBuckets({ signal, bucket }: Room, buckets: number): void {
  const { values, order, count } = signal
  for (let from = 0; from < count; ) {
    let to = from + 1
    while (to < count && values[order[to]!] === values[order[from]!]) to++
    const shared = bucketOf((from + 1 + to) / 2, count, buckets) - 1
    for (let k = from; k < to; k++) bucket[order[k]!] = shared
    from = to
  }
}
