import { isZeroSpread } from '../stats.ts'
import type { ColumnWindows } from './window-tile.ts'

/** Windows of Welford's update worked on side by side. */
const LANES = 4
/** Windows multiplied side by side: enough to hide the latency of a multiplication, few enough for the registers. */
const PRODUCT_LANES = 8

/**
 * Compound return of each window: the product of 1 + r in date order, minus 1; 0 for an empty window. Eight windows
 * share one pass over the dates they have in common, each keeping its own order of multiplication, so the result has
 * the bits of a plain loop. Ratios of prefix products would be cheaper and change ranks (engine.md 11.4).
 */
export function compoundWindows(column: Float64Array, windows: ColumnWindows, out: Float64Array): void {
  const { starts, ends, count, stride, offset } = windows
  let k = 0
  for (; k + PRODUCT_LANES <= count; k += PRODUCT_LANES) {
    const s = starts[k + 7]!
    const e = ends[k]!
    if (s >= e) break
    let a = product(column, starts[k]!, s, 1)
    let b = product(column, starts[k + 1]!, s, 1)
    let c = product(column, starts[k + 2]!, s, 1)
    let d = product(column, starts[k + 3]!, s, 1)
    let f = product(column, starts[k + 4]!, s, 1)
    let g = product(column, starts[k + 5]!, s, 1)
    let h = product(column, starts[k + 6]!, s, 1)
    let i = 1
    for (let j = s; j < e; j++) {
      const growth = 1 + column[j]!
      a *= growth
      b *= growth
      c *= growth
      d *= growth
      f *= growth
      g *= growth
      h *= growth
      i *= growth
    }
    const at = k * stride + offset
    out[at] = a - 1
    out[at + stride] = product(column, e, ends[k + 1]!, b) - 1
    out[at + 2 * stride] = product(column, e, ends[k + 2]!, c) - 1
    out[at + 3 * stride] = product(column, e, ends[k + 3]!, d) - 1
    out[at + 4 * stride] = product(column, e, ends[k + 4]!, f) - 1
    out[at + 5 * stride] = product(column, e, ends[k + 5]!, g) - 1
    out[at + 6 * stride] = product(column, e, ends[k + 6]!, h) - 1
    out[at + 7 * stride] = product(column, e, ends[k + 7]!, i) - 1
  }
  for (; k < count; k++) out[k * stride + offset] = product(column, starts[k]!, ends[k]!, 1) - 1
}

function product(column: Float64Array, from: number, to: number, start: number): number {
  let growth = start
  for (let j = from; j < to; j++) growth *= 1 + column[j]!
  return growth
}

/** Running mean and sum of squared deviations of one window (Welford 1962). */
interface Moments {
  count: number
  mean: number
  squares: number
}

/**
 * Sample standard deviation of each window; NaN for fewer than two values, 0 where the spread is no more than rounding
 * (engine.md T1). One pass by Welford's update in date order, four windows side by side: where names have exactly equal
 * variance, rounding alone ranks them, and this is the order of rounding of the golden numbers (docs/decisions/0011).
 */
export function sampleSdWindows(column: Float64Array, windows: ColumnWindows, out: Float64Array): void {
  const { starts, ends, count, stride, offset } = windows
  const four = Array.from({ length: LANES }, (): Moments => ({ count: 0, mean: 0, squares: 0 }))
  const [a, b, c, d] = four as [Moments, Moments, Moments, Moments]
  for (let k = 0; k < count; k += LANES) {
    const width = Math.min(LANES, count - k)
    const shared = width === LANES && starts[k + 3]! < ends[k]!
    for (let lane = 0; lane < width; lane++) {
      const moments = four[lane]!
      moments.count = 0
      moments.mean = 0
      moments.squares = 0
      update(moments, column, starts[k + lane]!, shared ? starts[k + 3]! : ends[k + lane]!)
    }
    if (shared) updateFour({ a, b, c, d }, column, starts[k + 3]!, ends[k]!)
    for (let lane = 0; lane < width; lane++) {
      if (shared) update(four[lane]!, column, ends[k]!, ends[k + lane]!)
      out[(k + lane) * stride + offset] = deviation(four[lane]!, column, starts[k + lane]!)
    }
  }
}

function update(moments: Moments, column: Float64Array, from: number, to: number): void {
  let { count, mean, squares } = moments
  for (let j = from; j < to; j++) {
    const delta = column[j]! - mean
    count++
    mean += delta / count
    squares += delta * (column[j]! - mean)
  }
  moments.count = count
  moments.mean = mean
  moments.squares = squares
}

type FourMoments = Readonly<Record<'a' | 'b' | 'c' | 'd', Moments>>

/** The same update of four windows: divisions are slow, but four of them overlap. */
function updateFour({ a, b, c, d }: FourMoments, column: Float64Array, from: number, to: number): void {
  let { count: countA, mean: meanA, squares: squaresA } = a
  let { count: countB, mean: meanB, squares: squaresB } = b
  let { count: countC, mean: meanC, squares: squaresC } = c
  let { count: countD, mean: meanD, squares: squaresD } = d
  for (let j = from; j < to; j++) {
    const r = column[j]!
    const n = j - from + 1
    const deltaA = r - meanA
    const deltaB = r - meanB
    const deltaC = r - meanC
    const deltaD = r - meanD
    meanA += deltaA / (countA + n)
    meanB += deltaB / (countB + n)
    meanC += deltaC / (countC + n)
    meanD += deltaD / (countD + n)
    squaresA += deltaA * (r - meanA)
    squaresB += deltaB * (r - meanB)
    squaresC += deltaC * (r - meanC)
    squaresD += deltaD * (r - meanD)
  }
  const added = to - from
  Object.assign(a, { count: countA + added, mean: meanA, squares: squaresA })
  Object.assign(b, { count: countB + added, mean: meanB, squares: squaresB })
  Object.assign(c, { count: countC + added, mean: meanC, squares: squaresC })
  Object.assign(d, { count: countD + added, mean: meanD, squares: squaresD })
}

/** Far above the share that counts as rounding, so the largest value is looked for only where it could matter. */
const ROUNDING_SUSPECT = 1e-6

function deviation({ count, mean, squares }: Moments, column: Float64Array, from: number): number {
  if (count < 2) return Number.NaN
  const sd = Math.sqrt(squares / (count - 1))
  if (!(sd <= ROUNDING_SUSPECT * Math.abs(mean))) return sd
  let largest = 0
  for (let j = from; j < from + count; j++) largest = Math.max(largest, Math.abs(column[j]!))
  return isZeroSpread(sd, largest) ? 0 : sd
}
