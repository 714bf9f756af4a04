import { createSorter, type Sorter } from './kernels/sort.ts'
import { CELL } from './result.ts'
import type { Values } from './stats.ts'

/** The signal of one date over all names of a panel, sorted once for everything that needs ranks. */
export interface Signal {
  /** [names] */
  readonly values: Float64Array
  /** CELL of each name, [names]. */
  readonly state: Uint8Array
  /** Names with a row, null or not. */
  rows: number
  /** Names with a value. */
  count: number
  /** The first `count` entries: names ascending by value, then by id; NaN last. */
  readonly order: Int32Array
  /** The values in that order. */
  readonly sorted: Float64Array
  /** Positions in `order` where groups of equal values begin and end: the first `2 · tieCount` entries. */
  readonly ties: Int32Array
  tieCount: number
}

/** An empty signal for a panel of so many names. */
export function createSignal(names: number): Signal {
  return {
    values: new Float64Array(names),
    state: new Uint8Array(names),
    rows: 0,
    count: 0,
    order: new Int32Array(names),
    sorted: new Float64Array(names),
    ties: new Int32Array(names + 1),
    tieCount: 0,
  }
}

/** Room to gather and sort one cross-section. */
export interface SignalScratch {
  readonly values: Float64Array
  readonly names: Int32Array
  readonly sorter: Sorter
}

export function signalScratch(names: number): SignalScratch {
  return { values: new Float64Array(names), names: new Int32Array(names), sorter: createSorter(names) }
}

/** Forgets the rows of the date before. */
export function clearSignal(signal: Signal): void {
  signal.values.fill(Number.NaN)
  signal.state.fill(CELL.absent)
  signal.rows = 0
  signal.count = 0
}

/** Sets rows, count and order from values and state. */
export function sortSignal(signal: Signal, scratch: SignalScratch): void {
  const { values, state, order } = signal
  let rows = 0
  let count = 0
  for (let i = 0; i < state.length; i++) {
    if (state[i] === CELL.absent) continue
    rows++
    if (state[i] !== CELL.value) continue
    scratch.values[count] = values[i]!
    scratch.names[count++] = i
  }
  signal.rows = rows
  signal.count = count
  scratch.sorter.sort(scratch.values, count)
  for (let k = 0; k < count; k++) order[k] = scratch.names[scratch.sorter.order[k]!]!
  settleTies(signal)
}

/** Sets the sorted values of an order, notes the groups of equal ones, and puts the ids inside each in order. */
export function settleTies(signal: Signal): void {
  const { values, order, sorted, count, ties } = signal
  signal.tieCount = 0
  for (let k = 0; k < count; k++) sorted[k] = values[order[k]!]!
  for (let from = 0; from + 1 < count; ) {
    let to = from + 1
    while (to < count && same(sorted[to]!, sorted[from]!)) to++
    if (to - from > 1) {
      ties[2 * signal.tieCount] = from
      ties[2 * signal.tieCount + 1] = to
      signal.tieCount++
      sortAscending(order, from, to)
    }
    from = to
  }
}

function same(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

function sortAscending(order: Int32Array, from: number, to: number): void {
  for (let k = from + 1; k < to; k++) {
    if (order[k]! < order[k - 1]!) {
      order.subarray(from, to).sort()
      return
    }
  }
}

/** A signal of plain values in ascending id order; null is a row without a value. */
export function signalOf(values: Values): Signal {
  const signal = createSignal(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const known = value !== null && value !== undefined
    signal.values[i] = known ? value : Number.NaN
    signal.state[i] = known ? CELL.value : CELL.null
  }
  sortSignal(signal, signalScratch(values.length))
  return signal
}
