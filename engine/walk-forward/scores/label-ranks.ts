import { createForwardTile } from '../../kernels/forward-returns.ts'
import { createSorter } from '../../kernels/sort.ts'
import { MIN_PAIRS } from '../../metrics/rank-ic.ts'
import type { Panel } from '../../panel.ts'
import { CELL } from '../../result.ts'
import type { Signal } from '../../signal.ts'
import type { RowSpan } from '../plan-walk.ts'

/** Dates whose next-day returns are computed together. */
const TILE_DATES = 64
/** What a name's next-day return is. A NaN counts as positive, as the reference compares it (engine.md 0.1). */
const SIDE = { none: 0, zero: 1, positive: 2, negative: 3 } as const

/** Next-day returns of a span of dates, ranked once for all that is joined with them; may lie on shared memory. */
export interface LabelRanks {
  readonly rows: RowSpan
  readonly names: number
  /** 1 where a date is filled in, [dates]. */
  readonly known: Uint8Array
  /** SIDE of each name's return, [dates × names]. */
  readonly side: Uint8Array
  /** Names with a return, ascending by it: twice the name, and 1 where it ties with the one before. [dates × names] */
  readonly order: Int32Array
  /** How many these are, [dates]. */
  readonly counts: Int32Array
}

export function allocateLabels(panel: Panel, rows: RowSpan, allocate: (bytes: number) => ArrayBufferLike): LabelRanks {
  const names = panel.permnos.length
  return {
    rows,
    names,
    known: new Uint8Array(allocate(rows.count)),
    side: new Uint8Array(allocate(rows.count * names)),
    order: new Int32Array(allocate(4 * rows.count * names)),
    counts: new Int32Array(allocate(4 * rows.count)),
  }
}

/** Fills in the label ranks of a row where it is asked for the first time, and of those after it up to `end`. */
export function createLabeller(panel: Panel, labels: LabelRanks): (row: number, end: number) => void {
  const { names, rows, known } = labels
  const tile = createForwardTile(panel, [1], Math.min(TILE_DATES, rows.count))
  const values = new Float64Array(names)
  const held = new Int32Array(names)
  const sorter = createSorter(names)
  const rankDate = (k: number, at: number) => {
    let n = 0
    for (let i = 0; i < names; i++) {
      const value = tile.values[at * names + i]!
      labels.side[k * names + i] = sideOf(value, tile.clear[at * names + i]! > 0)
      if (labels.side[k * names + i] === SIDE.none) continue
      values[n] = value
      held[n++] = i
    }
    sorter.sort(values, n)
    for (let j = 0; j < n; j++) {
      const tie = j > 0 && Object.is(sorter.sorted[j]! + 0, sorter.sorted[j - 1]! + 0)
      labels.order[k * names + j] = 2 * held[sorter.order[j]!]! + (tie ? 1 : 0)
    }
    labels.counts[k] = n
    known[k] = 1
  }
  return (row, end) => {
    if (known[row - rows.first] === 1) return
    const count = Math.min(TILE_DATES, end - row)
    tile.fill(row, count)
    for (let at = 0; at < count; at++) rankDate(row - rows.first + at, at)
  }
}

/** Fills in the label ranks of a span, and yields the day number after each date. */
export function* labelRows(panel: Panel, labels: LabelRanks, { first, count }: RowSpan): Generator<number, void> {
  const label = createLabeller(panel, labels)
  for (let row = first; row < first + count; row++) {
    label(row, first + count)
    yield panel.dates[row]!
  }
}

function sideOf(value: number, there: boolean): number {
  if (Number.isNaN(value)) return there ? SIDE.positive : SIDE.none
  if (value === 0) return SIDE.zero
  return value < 0 ? SIDE.negative : SIDE.positive
}

/** Room to join signals of so many names with their labels. */
export interface JoinRoom {
  readonly names: Int32Array
  readonly values: Float64Array
  readonly centred: Float64Array
}

export function joinRoom(names: number): JoinRoom {
  return { names: new Int32Array(names), values: new Float64Array(names), centred: new Float64Array(names) }
}

/**
 * Rank IC of a signal against the labels of date k, NaN below 30 pairs: the bits of metrics/rank-ic.ts, since sums of
 * doubled ranks are whole numbers in any order. Cost: O(names), nothing is sorted.
 */
export function rankIcOfLabels(signal: Signal, labels: LabelRanks, k: number, room: JoinRoom): number {
  const n = join(signal, labels, k, room)
  if (n < MIN_PAIRS) return Number.NaN
  const xx = centreRanks(room, n)
  const { centred } = room
  const { order, names, counts } = labels
  const { state } = signal
  let yy = 0
  let xy = 0
  let from = 0
  let size = 0
  let sum = 0
  const close = () => {
    const y = 2 * from + size - n
    yy += size * y * y
    xy += sum * y
    from += size
    size = 0
    sum = 0
  }
  const end = k * names + counts[k]!
  for (let at = k * names; at < end; at++) {
    const code = order[at]!
    if (size > 0 && (code & 1) === 0) close()
    const name = code >> 1
    if (state[name] !== CELL.value) continue
    sum += centred[name]!
    size++
  }
  close()
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

/** Keeps the names with a signal and a label, in the order of the signal; gives how many. */
function join(signal: Signal, { side, names }: LabelRanks, k: number, room: JoinRoom): number {
  const { order, sorted, count } = signal
  let n = 0
  for (let j = 0; j < count; j++) {
    const name = order[j]!
    if (side[k * names + name] === SIDE.none) continue
    room.names[n] = name
    room.values[n++] = sorted[j]!
  }
  return n
}

/** Sets each joined name's doubled rank, counted from the middle, ties sharing theirs; gives the sum of the squares. */
function centreRanks({ names, values, centred }: JoinRoom, n: number): number {
  let squares = 0
  for (let from = 0; from < n; ) {
    let to = from + 1
    const value = values[from]!
    if (Number.isNaN(value)) to = n
    else while (to < n && values[to] === value) to++
    const rank = from + to - n
    squares += (to - from) * rank * rank
    for (; from < to; from++) centred[names[from]!] = rank
  }
  return squares
}

/** Counts of one date: pairs, those with neither side zero, and those of one sign. */
export interface LabelHits {
  pairs: number
  signed: number
  hits: number
}

/** The counts of metrics/hit-rate.ts for a signal against the labels of date k. */
export function hitsOfLabels({ order, sorted, count }: Signal, { side, names }: LabelRanks, k: number): LabelHits {
  const counted = { pairs: 0, signed: 0, hits: 0 }
  for (let j = 0; j < count; j++) {
    const of = side[k * names + order[j]!]!
    if (of === SIDE.none) continue
    counted.pairs++
    const s = sorted[j]!
    if (s === 0 || of === SIDE.zero) continue
    counted.signed++
    if (s < 0 === (of === SIDE.negative)) counted.hits++
  }
  return counted
}
