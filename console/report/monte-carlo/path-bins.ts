import { extentOf, type Numbers, ticksOf } from '../../charts/scale.ts'

/** The values of paths that a histogram shows. */
export interface Centre {
  readonly values: Float64Array
  /** Finite values left out because they lie far from the others. */
  readonly outside: number
  /** Of a bin; 0 where all values are one but for rounding. */
  readonly width: number
}

/** Bins of a histogram, about. */
const BINS = 36
/** Shares of the paths beyond which a value may be left out, and how many widths of the middle it must be away. */
const TAIL = 0.005
const FAR = 0.35
/** Values this close, of their size, are one. */
const ROUNDING = 1e-9

/** The finite values without those so far out that the others would be one bar; and the width of their bins. */
export function centreOf(paths: Numbers): Centre {
  const sorted = Float64Array.from(Array.from(paths).filter(Number.isFinite)).sort()
  const n = sorted.length
  if (n === 0 || isOne(sorted)) return { values: sorted, outside: 0, width: 0 }
  const [low, high] = [sorted[Math.floor(TAIL * (n - 1))]!, sorted[Math.ceil((1 - TAIL) * (n - 1))]!]
  const reach = (high - low) * FAR
  const values = sorted.filter((value) => value >= low - reach && value <= high + reach)
  const [first, last] = extentOf([values]) ?? [0, 0]
  return { values, outside: n - values.length, width: isOne(values) ? 0 : binWidth(first, last) }
}

/** Whether ascending values differ by rounding alone. */
function isOne(sorted: Float64Array): boolean {
  const [first, last] = [sorted[0]!, sorted[sorted.length - 1]!]
  return last - first <= ROUNDING * Math.max(Math.abs(first), Math.abs(last))
}

/** A round width that gives about BINS bins. */
function binWidth(first: number, last: number): number {
  const ticks = ticksOf([first, last], BINS)
  return ticks.length > 1 ? ticks[1]! - ticks[0]! : (last - first) / BINS
}
