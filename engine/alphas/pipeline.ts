import type { PointInTimeView } from '../point-in-time.ts'
import { CELL } from '../result.ts'
import { clearSignal, type Signal, type SignalScratch, settleTies } from '../signal.ts'
import { isZeroSpread, nearestRank } from '../stats.ts'
import type { BoundAlpha } from './define-alpha.ts'
import { universeMask } from './universe.ts'

/**
 * The signal of an alpha on the date its view stands at: universe filter, raw signal, winsorised tails, z-score
 * (engine.md 2.1). A null raw gives a null; without spread every row is 0, null rows included.
 */
export function alphaSignal(alpha: BoundAlpha, view: PointInTimeView, into: Signal, scratch: SignalScratch): void {
  const { winsorizePct, universeFilter } = alpha.pipeline
  clearSignal(into)
  view.restrict(universeMask(view.known, universeFilter, scratch))
  alpha.raw(view.known, into)
  standardise(into, winsorizePct, scratch)
}

/** Turns raw values into winsorised z-scores and sorts them; one sort serves the quantiles and every later rank. */
export function standardise(signal: Signal, winsorizePct: number, scratch: SignalScratch): void {
  const n = gather(signal, scratch)
  const { values: raw, names, sorter } = scratch
  sorter.sort(raw, n)
  if (winsorizePct > 0 && n > 0) {
    const low = sorter.sorted[nearestRank(n, winsorizePct)]!
    const high = sorter.sorted[nearestRank(n, 1 - winsorizePct)]!
    for (let j = 0; j < n; j++) raw[j] = Math.min(Math.max(raw[j]!, low), high)
  }
  const { mean, sd } = moments(raw, n)
  if (sd === 0) {
    flatten(signal)
    return
  }
  const { values, order } = signal
  for (let j = 0; j < n; j++) values[names[j]!] = (raw[j]! - mean) / sd
  for (let k = 0; k < n; k++) order[k] = names[sorter.order[k]!]!
  settleTies(signal)
}

function gather(signal: Signal, { values, names }: SignalScratch): number {
  let rows = 0
  let n = 0
  for (let i = 0; i < signal.state.length; i++) {
    if (signal.state[i] === CELL.absent) continue
    rows++
    if (signal.state[i] !== CELL.value) continue
    values[n] = signal.values[i]!
    names[n++] = i
  }
  signal.rows = rows
  signal.count = n
  return n
}

/** Mean and sample deviation; a deviation of 0 stands for none: one value, a NaN, or no more than rounding (T1). */
function moments(values: Float64Array, n: number): { mean: number; sd: number } {
  let total = 0
  let largest = 0
  for (let j = 0; j < n; j++) {
    total += values[j]!
    largest = Math.max(largest, Math.abs(values[j]!))
  }
  const mean = total / n
  let squares = 0
  for (let j = 0; j < n; j++) squares += (values[j]! - mean) * (values[j]! - mean)
  const sd = Math.sqrt(squares / (n - 1))
  return { mean, sd: n < 2 || Number.isNaN(sd) || isZeroSpread(sd, largest) ? 0 : sd }
}

function flatten(signal: Signal): void {
  const { values, state, order } = signal
  let n = 0
  for (let i = 0; i < state.length; i++) {
    if (state[i] === CELL.absent) continue
    values[i] = 0
    state[i] = CELL.value
    order[n++] = i
  }
  signal.count = n
  settleTies(signal)
}
