import { isZeroSpread } from '../stats.ts'
import type { ColumnWindows } from './window-tile.ts'

/** Windows worked on side by side: enough to hide the latency of a multiplication, few enough for the registers. */
const LANES = 4

/**
 * Compound return of each window: the product of 1 + r in date order, minus 1; 0 for an empty window. Four windows
 * share one pass over the dates they have in common, each keeping its own order of multiplication, so the result has
 * the bits of a plain loop. Ratios of prefix products would be cheaper and change ranks (engine.md 11.4).
 */
export function compoundWindows(column: Float64Array, windows: ColumnWindows, out: Float64Array): void {
  const { starts, ends, count, stride, offset } = windows
  let k = 0
  for (; k + LANES <= count; k += LANES) {
    const s = starts[k + 3]!
    const e = ends[k]!
    if (s >= e) break
    let a = product(column, starts[k]!, s, 1)
    let b = product(column, starts[k + 1]!, s, 1)
    let c = product(column, starts[k + 2]!, s, 1)
    let d = 1
    for (let j = s; j < e; j++) {
      const growth = 1 + column[j]!
      a *= growth
      b *= growth
      c *= growth
      d *= growth
    }
    b = product(column, e, ends[k + 1]!, b)
    c = product(column, e, ends[k + 2]!, c)
    d = product(column, e, ends[k + 3]!, d)
    const at = k * stride + offset
    out[at] = a - 1
    out[at + stride] = b - 1
    out[at + 2 * stride] = c - 1
    out[at + 3 * stride] = d - 1
  }
  for (; k < count; k++) out[k * stride + offset] = product(column, starts[k]!, ends[k]!, 1) - 1
}

function product(column: Float64Array, from: number, to: number, start: number): number {
  let growth = start
  for (let j = from; j < to; j++) growth *= 1 + column[j]!
  return growth
}

/**
 * Sample standard deviation of each window, two passes; NaN for fewer than two values, 0 where the spread is no more
 * than rounding (engine.md T1).
 */
export function sampleSdWindows(column: Float64Array, windows: ColumnWindows, out: Float64Array): void {
  const { starts, ends, count, stride, offset } = windows
  for (let k = 0; k < count; k++) out[k * stride + offset] = sampleSdOf(column, starts[k]!, ends[k]!)
}

/** Four partial sums hide the latency of an addition; their order is fixed, so the result is too. */
function sampleSdOf(column: Float64Array, from: number, to: number): number {
  const n = to - from
  if (n < 2) return Number.NaN
  const whole = from + n - (n % LANES)
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let largest = 0
  for (let j = from; j < whole; j += LANES) {
    a += column[j]!
    b += column[j + 1]!
    c += column[j + 2]!
    d += column[j + 3]!
  }
  for (let j = whole; j < to; j++) a += column[j]!
  const mean = (a + b + (c + d)) / n
  a = b = c = d = 0
  for (let j = from; j < whole; j += LANES) {
    const p = column[j]! - mean
    const q = column[j + 1]! - mean
    const r = column[j + 2]! - mean
    const s = column[j + 3]! - mean
    a += p * p
    b += q * q
    c += r * r
    d += s * s
  }
  for (let j = whole; j < to; j++) a += (column[j]! - mean) * (column[j]! - mean)
  const sd = Math.sqrt((a + b + (c + d)) / (n - 1))
  if (sd > ROUNDING_SUSPECT * Math.abs(mean)) return sd
  for (let j = from; j < to; j++) largest = Math.max(largest, Math.abs(column[j]!))
  return isZeroSpread(sd, largest) ? 0 : sd
}

/** Far above the share that counts as rounding, so the largest value is looked for only where it could matter. */
const ROUNDING_SUSPECT = 1e-6
