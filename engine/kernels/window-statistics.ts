import { isZeroSpread } from '../stats.ts'
import { type Products, WINDOW_LANES } from './products.ts'
import type { ColumnWindows, WindowStatistic } from './window-tile.ts'

/** Windows of Welford's update worked on side by side. */
const LANES = 4
/**
 * Compound return of each window: the product of 1 + r in date order, minus 1; 0 for an empty window. Sixteen windows
 * share one pass over the dates they have in common, each keeping its own order of multiplication, so the result has
 * the bits of a plain loop. Ratios of prefix products would be cheaper and change ranks (engine.md 11.4). Columns,
 * bounds and output lie on the memory of the kernels.
 */
export function compoundStatistic(products: Products): WindowStatistic {
  const room = products.doubles(WINDOW_LANES)
  return (column, windows, out) => {
    const { starts, ends, count, stride, offset } = windows
    let k = 0
    for (; k + WINDOW_LANES <= count && starts[k + WINDOW_LANES - 1]! <= ends[k]!; k += WINDOW_LANES) {
      products.compound(
        column.byteOffset,
        starts.byteOffset + 4 * k,
        ends.byteOffset + 4 * k,
        room.byteOffset,
        out.byteOffset + 8 * (k * stride + offset),
        8 * stride,
      )
    }
    for (; k < count; k++) {
      out[k * stride + offset] = product(column, starts[k]!, ends[k]!) - 1
    }
  }
}

function product(column: Float64Array, from: number, to: number): number {
  let growth = 1
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
