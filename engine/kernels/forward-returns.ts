import { type Panel, PRESENT } from '../panel.ts'

/** Names gathered at once: wide enough to read runs of a row, few enough for their columns to stay in the cache. */
const BLOCK = 64
const LANES = 4

/** Forward returns of consecutive dates at several horizons. */
export interface ForwardTile {
  /** Row of the panel of the tile's first date. */
  readonly first: number
  readonly dates: number
  /** Strictly increasing, in trading days. */
  readonly horizons: Int32Array
  /** Compound return from the date's close over h days, [horizons × dates × names]; NaN where `clear` is below h. */
  readonly values: Float64Array
  /** How many days straight after the date have a return, up to the largest horizon, [dates × names]. */
  readonly clear: Int32Array
}

/** Room for the columns of one block of names. */
export interface ForwardScratch {
  columns: Float64Array
  runs: Int32Array
}

export function forwardScratch(): ForwardScratch {
  return { columns: new Float64Array(0), runs: new Int32Array(0) }
}

/**
 * Fills the tile. A return over h days exists only where each of the next h calendar dates has one (engine.md 3.2); a
 * date beyond the panel has none. All horizons share one product from the date on, in date order.
 */
export function fillForwardReturns(panel: Panel, tile: ForwardTile, scratch: ForwardScratch): void {
  const names = panel.permnos.length
  const reach = tile.horizons[tile.horizons.length - 1]!
  const low = tile.first + 1
  const rows = Math.max(0, Math.min(panel.dates.length, tile.first + tile.dates + reach) - low)
  if (scratch.columns.length < BLOCK * rows) {
    scratch.columns = new Float64Array(BLOCK * rows)
    scratch.runs = new Int32Array(BLOCK * (rows + 1))
  }
  for (let block = 0; block < names; block += BLOCK) {
    const width = Math.min(BLOCK, names - block)
    gather(panel, { low, rows, block, width }, scratch)
    for (let j = 0; j < width; j++) {
      fillColumn(scratch, { column: j * rows, runs: j * (rows + 1), rows, reach, offset: block + j, names }, tile)
    }
  }
}

interface ForwardColumn {
  /** Where the name's returns and runs begin in the scratch. */
  readonly column: number
  readonly runs: number
  readonly rows: number
  readonly reach: number
  readonly offset: number
  readonly names: number
}

function fillColumn({ columns, runs }: ForwardScratch, of: ForwardColumn, tile: ForwardTile): void {
  const { rows, reach, offset, names } = of
  const { dates, clear } = tile
  for (let k = 0; k < dates; k++) clear[k * names + offset] = Math.min(reach, k < rows ? runs[of.runs + k]! : 0)
  let k = 0
  // A gap is a NaN and spoils its own windows, so that only the panel's end needs the slow way.
  for (; k + LANES <= dates && k + reach + LANES - 1 <= rows; k += LANES) {
    fourDates(columns, of.column + k, { tile, offset: k * names + offset, names })
  }
  for (; k < dates; k++) oneDate(columns, of.column + k, { tile, offset: k * names + offset, names })
}

interface Target {
  readonly tile: ForwardTile
  /** Of the first date's cell. */
  readonly offset: number
  readonly names: number
}

function oneDate(column: Float64Array, from: number, { tile, offset, names }: Target): void {
  const { horizons, values, dates, clear } = tile
  const reach = clear[offset]!
  let growth = 1
  let done = 0
  for (let h = 0; h < horizons.length; h++) {
    for (; done < horizons[h]! && done < reach; done++) growth *= 1 + column[from + done]!
    values[h * dates * names + offset] = horizons[h]! <= reach ? growth - 1 : Number.NaN
  }
}

/** Four dates side by side over the rows they share up to each horizon. */
function fourDates(column: Float64Array, from: number, { tile, offset, names }: Target): void {
  const { horizons, values, dates } = tile
  let [a, b, c, d] = [1, 1, 1, 1]
  let done = from
  for (let h = 0; h < horizons.length; h++) {
    const end = from + horizons[h]!
    const shared = done + LANES - 1
    if (shared < end) {
      a = a * (1 + column[done]!) * (1 + column[done + 1]!) * (1 + column[done + 2]!)
      b = b * (1 + column[done + 1]!) * (1 + column[done + 2]!)
      c = c * (1 + column[done + 2]!)
      for (let j = shared; j < end; j++) {
        const growth = 1 + column[j]!
        a *= growth
        b *= growth
        c *= growth
        d *= growth
      }
      b = b * (1 + column[end]!)
      c = c * (1 + column[end]!) * (1 + column[end + 1]!)
      d = d * (1 + column[end]!) * (1 + column[end + 1]!) * (1 + column[end + 2]!)
    } else {
      for (let j = done; j < end; j++) {
        a *= 1 + column[j]!
        b *= 1 + column[j + 1]!
        c *= 1 + column[j + 2]!
        d *= 1 + column[j + 3]!
      }
    }
    done = end
    const at = h * dates * names + offset
    values[at] = a - 1
    values[at + names] = b - 1
    values[at + 2 * names] = c - 1
    values[at + 3 * names] = d - 1
  }
}

interface BlockOfRows {
  readonly low: number
  readonly rows: number
  readonly block: number
  readonly width: number
}

/** Copies a block of names into columns, row by row; runs[r] counts the returns from row r on without a gap. */
function gather(panel: Panel, { low, rows, block, width }: BlockOfRows, scratch: ForwardScratch): void {
  const { ret, present } = panel
  const { columns, runs } = scratch
  const names = panel.permnos.length
  for (let j = 0; j < width; j++) runs[j * (rows + 1) + rows] = 0
  for (let r = rows - 1; r >= 0; r--) {
    const cell = (low + r) * names + block
    let run = r
    for (let j = 0, at = r; j < width; j++, at += rows, run += rows + 1) {
      columns[at] = ret[cell + j]!
      runs[run] = (present[cell + j]! & PRESENT.ret) === 0 ? 0 : runs[run + 1]! + 1
    }
  }
}
