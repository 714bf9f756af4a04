import type { Pairs } from './rank-ic.ts'

/** Buckets of the long/short spread; fewer names make fewer buckets (engine.md 3.6). */
const MAX_BUCKETS = 10

/**
 * Mean return of the highest bucket of the signal less that of the lowest, on one date; null below two pairs. A name of
 * ordinal rank r among n falls into bucket floor((r - 1) / n * q) + 1.
 */
export function spreadOfPairs({ count: n, returns }: Pairs): number | null {
  const q = Math.min(MAX_BUCKETS, n)
  if (q < 2) return null
  let low = 0
  let bottom = 0
  while (low < n && bucket(low, n, q) === 0) bottom += returns[low++]!
  let high = n - 1
  let top = 0
  while (high >= 0 && bucket(high, n, q) === q - 1) top += returns[high--]!
  return top / (n - 1 - high) - bottom / low
}

function bucket(position: number, n: number, q: number): number {
  return Math.floor((position / n) * q)
}

/** Mean of the daily spreads; NaN without one, and for a mean of exactly 0 (engine.md T4). */
export function longShortSpread(daily: Float64Array): number {
  let total = 0
  for (const spread of daily) total += spread
  const mean = total / daily.length
  return mean === 0 ? Number.NaN : mean
}
