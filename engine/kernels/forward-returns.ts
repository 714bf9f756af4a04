import { type Panel, PRESENT } from '../panel.ts'

const BLOCK = 8
const LANES = 4

/** Forward returns of consecutive dates at several horizons. */
export interface ForwardTile {
  /** Row of the panel of the tile's first date. */
  readonly first: number
  readonly dates: number
  /** Strictly increasing, in trading days. */
  readonly horizons: Int32Array
  /** Compound return from the date's close over h days, [horizons × dates × names]; defined where `clear` reaches h. */
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
      const column = scratch.columns.subarray(j * rows, (j + 1) * rows)
      const runs = scratch.runs.subarray(j * (rows + 1), (j + 1) * (rows + 1))
      fillColumn({ column, runs, rows, reach, offset: block + j, names }, tile)
    }
  }
}

interface ForwardColumn {
  readonly column: Float64Array
  readonly runs: Int32Array
  readonly rows: number
  readonly reach: number
  readonly offset: number
  readonly names: number
}

function fillColumn({ column, runs, rows, reach, offset, names }: ForwardColumn, tile: ForwardTile): void {
  const { dates, clear } = tile
  for (let k = 0; k < dates; k++) clear[k * names + offset] = Math.min(reach, k < rows ? runs[k]! : 0)
  let k = 0
  while (k < dates) {
    if (k + LANES <= dates && k < rows && runs[k]! >= reach + LANES - 1) {
      fourDates(column, k, { tile, offset, names })
      k += LANES
    } else {
      oneDate(column, k, { tile, offset, names })
      k++
    }
  }
}

interface Target {
  readonly tile: ForwardTile
  readonly offset: number
  readonly names: number
}

function oneDate(column: Float64Array, k: number, { tile, offset, names }: Target): void {
  const { horizons, values, dates, clear } = tile
  const reach = clear[k * names + offset]!
  let growth = 1
  let done = 0
  for (let h = 0; h < horizons.length && horizons[h]! <= reach; h++) {
    for (; done < horizons[h]!; done++) growth *= 1 + column[k + done]!
    values[(h * dates + k) * names + offset] = growth - 1
  }
}

/** Four dates whose windows are all complete, side by side over the rows they share up to each horizon. */
function fourDates(column: Float64Array, k: number, { tile, offset, names }: Target): void {
  const { horizons, values, dates } = tile
  let a = 1
  let b = 1
  let c = 1
  let d = 1
  let done = 0
  for (let h = 0; h < horizons.length; h++) {
    const horizon = horizons[h]!
    const from = k + done + LANES - 1
    const to = k + horizon
    if (from < to) {
      for (let j = k + done; j < from; j++) a *= 1 + column[j]!
      for (let j = k + done + 1; j < from; j++) b *= 1 + column[j]!
      for (let j = k + done + 2; j < from; j++) c *= 1 + column[j]!
      for (let j = from; j < to; j++) {
        const growth = 1 + column[j]!
        a *= growth
        b *= growth
        c *= growth
        d *= growth
      }
      b *= 1 + column[to]!
      c = c * (1 + column[to]!) * (1 + column[to + 1]!)
      d = d * (1 + column[to]!) * (1 + column[to + 1]!) * (1 + column[to + 2]!)
    } else {
      for (let j = k + done; j < to; j++) {
        a *= 1 + column[j]!
        b *= 1 + column[j + 1]!
        c *= 1 + column[j + 2]!
        d *= 1 + column[j + 3]!
      }
    }
    done = horizon
    const at = (h * dates + k) * names + offset
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

/** Copies a block of names into columns, name by name; runs[r] counts the returns from row r on without a gap. */
function gather(panel: Panel, { low, rows, block, width }: BlockOfRows, scratch: ForwardScratch): void {
  const { ret, present } = panel
  const { columns, runs } = scratch
  const names = panel.permnos.length
  for (let j = 0; j < width; j++) {
    let cell = (low + rows - 1) * names + block + j
    let run = 0
    runs[j * (rows + 1) + rows] = 0
    for (let r = rows - 1; r >= 0; r--) {
      columns[j * rows + r] = ret[cell]!
      run = (present[cell]! & PRESENT.ret) === 0 ? 0 : run + 1
      runs[j * (rows + 1) + r] = run
      cell -= names
    }
  }
}
