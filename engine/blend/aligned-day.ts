import { CELL } from '../result.ts'
import { createSignal, type Signal, type SignalScratch, settleTies, sortSignal } from '../signal.ts'
import { isZeroSpread } from '../stats.ts'

/** The parts of a blend on one date, each over the names that all of them have. */
export interface AlignedDay {
  /** Normalised if asked for, sorted, absent where any part is absent. [parts] */
  readonly parts: readonly Signal[]
  /** Names that all parts have, a null being had. */
  rows: number
  /** Names that the first part has: those beyond `rows` were lost by aligning. */
  rowsOfFirst: number
}

/** Room for one date of a blend. */
export function createAlignedDay(parts: number, names: number): AlignedDay {
  return { parts: Array.from({ length: parts }, () => createSignal(names)), rows: 0, rowsOfFirst: 0 }
}

/**
 * Keeps the names that every part has and, if asked, turns each part into z-scores over them: (s - mean) / sd with
 * n - 1, 0 where the signal does not vary beyond rounding, null for a single name (engine.md 5, steps 1 and 3).
 */
export function alignParts(parts: readonly Signal[], normalize: boolean, into: AlignedDay): void {
  const names = parts[0]!.state.length
  into.rowsOfFirst = parts[0]!.rows
  into.rows = 0
  for (const part of into.parts) part.state.fill(CELL.absent)
  for (let i = 0; i < names; i++) {
    let had = 0
    while (had < parts.length && parts[had]!.state[i] !== CELL.absent) had++
    if (had < parts.length) continue
    into.rows++
    for (let p = 0; p < parts.length; p++) into.parts[p]!.state[i] = parts[p]!.state[i]!
  }
  for (let p = 0; p < parts.length; p++) {
    const aligned = into.parts[p]!
    aligned.rows = into.rows
    keepAligned(parts[p]!, aligned)
    if (normalize) normalise(aligned)
    // Scaling keeps the order, but rounding may make values equal.
    settleTies(aligned)
  }
}

/** Sum of weight times part over the names of the day; null where a part is null (engine.md 5, step 5). */
export function combineParts(day: AlignedDay, weights: Float64Array, into: Signal, scratch: SignalScratch): void {
  const { parts } = day
  for (let i = 0; i < into.state.length; i++) {
    let total = 0
    let state: number = parts[0]!.state[i]!
    for (let p = 0; p < parts.length; p++) {
      if (parts[p]!.state[i] === CELL.null) state = CELL.null
      total += weights[p]! * parts[p]!.values[i]!
    }
    into.state[i] = state
    into.values[i] = state === CELL.value ? total : Number.NaN
  }
  sortSignal(into, scratch)
}

function keepAligned(part: Signal, aligned: Signal): void {
  let count = 0
  for (let k = 0; k < part.count; k++) {
    const name = part.order[k]!
    if (aligned.state[name] === CELL.value) aligned.order[count++] = name
  }
  aligned.count = count
  aligned.values.fill(Number.NaN)
  for (let k = 0; k < count; k++) aligned.values[aligned.order[k]!] = part.values[aligned.order[k]!]!
}

function normalise(signal: Signal): void {
  const { values, state, count: n } = signal
  let total = 0
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    if (state[i] !== CELL.value) continue
    total += values[i]!
    largest = Math.max(largest, Math.abs(values[i]!))
  }
  const mean = total / n
  let squares = 0
  for (let i = 0; i < values.length; i++) if (state[i] === CELL.value) squares += (values[i]! - mean) ** 2
  const sd = Math.sqrt(squares / (n - 1))
  const flat = isZeroSpread(sd, largest)
  for (let i = 0; i < values.length; i++) {
    if (state[i] !== CELL.value) continue
    values[i] = flat ? 0 : (values[i]! - mean) / sd
    if (n === 1) state[i] = CELL.null
  }
  if (n === 1) signal.count = 0
}
