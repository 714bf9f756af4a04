import { averageRanks, mean, spearman, type Values } from '../../stats.ts'
import { plainT } from '../inference/hac.ts'
import type { CrossSections } from './cross-sections.ts'

/** A name without a signal has no bucket. */
export const NO_BUCKET = -1

/**
 * Bucket of each name from 1, the lowest signals, to `count`: min(count, floor((rank - 1) count / n) + 1) by average
 * rank, so that equal signals share one; -1 without a signal. (`bucketOf` of the quantile analysis takes the other
 * side at an edge, as the reference does.)
 *
 * Source: product.md 2.1.
 */
export function assignBuckets(signal: Values, count: number): Int8Array {
  const ranks = averageRanks(signal)
  let n = 0
  for (let i = 0; i < ranks.length; i++) if (!Number.isNaN(ranks[i]!)) n++
  return Int8Array.from(ranks, (rank) =>
    Number.isNaN(rank) ? NO_BUCKET : Math.min(count, Math.floor(((rank - 1) * count) / n) + 1),
  )
}

/** Returns of equally weighted buckets. */
export interface BucketReturns {
  /** [dates × count]; NaN where no name of the bucket has a return. */
  readonly daily: Float64Array
  /** Mean over the dates that have one: dates weigh alike, not names. [count] */
  readonly means: Float64Array
  /** Highest less lowest bucket, by date, its mean, and its plain t: for labels that do not overlap. */
  readonly spread: Float64Array
  readonly spreadMean: number
  readonly spreadT: number
  /** Spearman of bucket number and mean return: 1 when each bucket earns more than the one below. */
  readonly monotonicity: number
}

/** Mean return of each bucket by date and over dates; `buckets` as from `assignBuckets`. */
export function bucketReturns(buckets: readonly Int8Array[], returns: CrossSections, count: number): BucketReturns {
  const daily = new Float64Array(buckets.length * count)
  buckets.forEach((bucket, t) => {
    meansOfDate(bucket, returns[t]!, daily.subarray(t * count, (t + 1) * count))
  })
  const column = (b: number) => daily.filter((value, at) => at % count === b && !Number.isNaN(value))
  const means = Float64Array.from({ length: count }, (_, b) => mean(column(b)) ?? Number.NaN)
  const spread = Float64Array.from(buckets, (_, t) => daily[(t + 1) * count - 1]! - daily[t * count]!)
  const known = spread.filter((value) => !Number.isNaN(value))
  return {
    daily,
    means,
    spread,
    spreadMean: mean(known) ?? Number.NaN,
    spreadT: plainT(known),
    monotonicity: spearman(
      means.map((_, b) => b),
      means,
    ),
  }
}

function meansOfDate(bucket: Int8Array, returns: Values, into: Float64Array): void {
  const sizes = new Int32Array(into.length)
  for (let i = 0; i < bucket.length; i++) {
    const value = returns[i]
    if (bucket[i] === NO_BUCKET || value === null || value === undefined) continue
    const b = bucket[i]! - 1
    into[b]! += value
    sizes[b]! += 1
  }
  for (let b = 0; b < into.length; b++) into[b] = into[b]! / sizes[b]!
}

/** Share of a bucket's names that were not in it a date before, from the second date on; NaN where it is empty. */
export function bucketTurnover(buckets: readonly Int8Array[], bucket: number): Float64Array {
  return Float64Array.from(buckets.slice(1), (now, t) => {
    let [members, fresh] = [0, 0]
    for (let i = 0; i < now.length; i++) {
      if (now[i] !== bucket) continue
      members++
      if (buckets[t]![i] !== bucket) fresh++
    }
    return fresh / members
  })
}

/**
 * One-way turnover from weights that have drifted with their returns: half the sum of |w(t) - w(t-1)(1 + r)/(1 + R)|,
 * R being the book's own return. A missing return is zero. What costs apply to is twice this.
 *
 * @param weights [dates], one column of names each; `returns[t]` is earned from date t to t + 1.
 */
export function driftedTurnover(weights: readonly Float64Array[], returns: CrossSections): Float64Array {
  return Float64Array.from(weights.slice(1), (now, t) => {
    const before = weights[t]!
    let book = 0
    for (let i = 0; i < before.length; i++) book += before[i]! * (returns[t]![i] ?? 0)
    let moved = 0
    for (let i = 0; i < now.length; i++) {
      moved += Math.abs(now[i]! - (before[i]! * (1 + (returns[t]![i] ?? 0))) / (1 + book))
    }
    return moved / 2
  })
}
