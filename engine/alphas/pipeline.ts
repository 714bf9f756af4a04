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

/**
 * The signals of alphas that differ in winsorizePct alone, which must ascend, on one date: the raw signal is made and
 * sorted once. `use` is called with the place of each, and is done with the signal when it returns. The bits are those
 * of `alphaSignal`: what a wide quantile cut, a narrower one cuts to the same value.
 */
export function winsorisedSignals(
  alphas: readonly BoundAlpha[],
  view: PointInTimeView,
  { signal, scratch }: { readonly signal: Signal; readonly scratch: SignalScratch },
  use: (at: number) => void,
): void {
  let sorted = false
  for (let at = 0; at < alphas.length; at++) {
    const alpha = alphas[at]!
    if (!sorted) {
      clearSignal(signal)
      view.restrict(null)
      view.restrict(universeMask(view.known, alpha.pipeline.universeFilter, scratch))
      alpha.raw(view.known, signal)
      sortRaw(signal, scratch)
    }
    // A flat signal has overwritten its null rows: the next one starts afresh.
    sorted = standardiseSorted(signal, alpha.pipeline.winsorizePct, scratch)
    use(at)
  }
}

/** Turns raw values into winsorised z-scores and sorts them; one sort serves the quantiles and every later rank. */
export function standardise(signal: Signal, winsorizePct: number, scratch: SignalScratch): void {
  sortRaw(signal, scratch)
  standardiseSorted(signal, winsorizePct, scratch)
}

function sortRaw(signal: Signal, scratch: SignalScratch): void {
  scratch.sorter.sort(scratch.values, gather(signal, scratch))
}

/** Gives false where the signal has no spread and every row became 0. */
function standardiseSorted(signal: Signal, winsorizePct: number, scratch: SignalScratch): boolean {
  const { values: raw, names, sorter } = scratch
  const n = signal.count
  if (winsorizePct > 0 && n > 0) {
    const low = sorter.sorted[nearestRank(n, winsorizePct)]!
    const high = sorter.sorted[nearestRank(n, 1 - winsorizePct)]!
    for (let j = 0; j < n; j++) raw[j] = Math.min(Math.max(raw[j]!, low), high)
  }
  const { mean, sd } = moments(raw, n)
  if (sd === 0) {
    flatten(signal)
    return false
  }
  const { values, order } = signal
  for (let j = 0; j < n; j++) values[names[j]!] = (raw[j]! - mean) / sd
  for (let k = 0; k < n; k++) order[k] = names[sorter.order[k]!]!
  settleTies(signal)
  return true
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
