import { type Panel, PRESENT } from '../panel.ts'
import { createProducts, type Products } from './products.ts'

/** Names gathered at once: wide enough to read runs of a row, few enough for their columns to stay in the cache. */
const BLOCK = 64

/** Spare bytes for what a statistic keeps beside the columns. */
const STATISTIC_BYTES = 1024

/** Windows of consecutive dates: rows `from[k]` to `to[k]` of the panel, both included; both never decrease. */
export interface Windows {
  readonly from: Int32Array
  /** Less than `from[k]` where window k is empty. */
  readonly to: Int32Array
}

/** One number and one count for each window and name, [windows × names]. */
export interface WindowTile {
  readonly values: Float64Array
  /** Non-null returns inside the window. */
  readonly counts: Int32Array
}

/** Writes a statistic of windows `starts[k]..ends[k]` (end excluded) of one column to `out[k * stride + offset]`. */
export type WindowStatistic = (column: Float64Array, bounds: ColumnWindows, out: Float64Array) => void

export interface ColumnWindows {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
  readonly stride: number
  readonly offset: number
}

/** What a tile has room for. */
export interface TileSize {
  readonly windows: number
  /** Rows from the first window's start to the last one's end, at most. */
  readonly rows: number
}

/** A tile and the room it is filled in, on the memory of the product kernels. */
export interface WindowRoom extends WindowTile {
  readonly products: Products
  readonly columns: Float64Array
  readonly positions: Int32Array
  /** Bounds of the windows in a column that has a return on every day, and in one whose nulls were squeezed out. */
  readonly whole: Bounds
  readonly squeezed: Bounds
}

interface Bounds {
  readonly starts: Int32Array
  readonly ends: Int32Array
}

export function createWindowRoom(panel: Panel, { windows, rows }: TileSize): WindowRoom {
  const cells = windows * panel.permnos.length
  const products = createProducts(8 * (cells + BLOCK * rows) + 16 * (windows + 4) + STATISTIC_BYTES)
  const bounds = (): Bounds => ({ starts: products.wholes(windows), ends: products.wholes(windows) })
  return {
    products,
    values: products.doubles(cells),
    counts: new Int32Array(cells),
    columns: products.doubles(BLOCK * rows),
    positions: new Int32Array(BLOCK * (rows + 1)),
    whole: bounds(),
    squeezed: bounds(),
  }
}

/**
 * A statistic of the non-null returns of every name over every window. Nulls are squeezed out of each name's column
 * once, so that a window is a plain range and its statistic runs in date order. O(windows × names × window length).
 */
export function slideWindows(panel: Panel, windows: Windows, statistic: WindowStatistic, room: WindowRoom): void {
  const names = panel.permnos.length
  const count = windows.from.length
  const low = windows.from[0] ?? 0
  const high = windows.to[count - 1] ?? -1
  const rows = Math.max(0, high - low + 1)
  const { whole, squeezed } = room
  for (let k = 0; k < count; k++) {
    const start = Math.min(rows, windows.from[k]! - low)
    whole.starts[k] = start
    whole.ends[k] = Math.max(start, windows.to[k]! - low + 1)
  }
  for (let block = 0; block < names; block += BLOCK) {
    const width = Math.min(BLOCK, names - block)
    gather(panel, { low, rows, block, width }, room)
    for (let j = 0; j < width; j++) {
      const first = j * (rows + 1)
      // Most names have a return on every day, and so the same bounds as their neighbours.
      const bounds = room.positions[first + rows] === rows ? whole : squeezed
      if (bounds === squeezed) squeeze(room, first, count)
      const { starts, ends } = bounds
      const name = block + j
      for (let k = 0; k < count; k++) room.counts[k * names + name] = ends[k]! - starts[k]!
      const column = room.columns.subarray(j * rows, (j + 1) * rows)
      statistic(column, { starts, ends, count, stride: names, offset: name }, room.values)
    }
  }
}

/** The bounds of every window in a column without its nulls. */
function squeeze({ whole, squeezed, positions }: WindowRoom, first: number, count: number): void {
  for (let k = 0; k < count; k++) {
    squeezed.starts[k] = positions[first + whole.starts[k]!]!
    squeezed.ends[k] = positions[first + whole.ends[k]!]!
  }
}

interface BlockOfRows {
  readonly low: number
  readonly rows: number
  readonly block: number
  readonly width: number
}

/** Copies a block of names into columns without nulls, row by row; positions[r] counts the values before row r. */
function gather(panel: Panel, { low, rows, block, width }: BlockOfRows, room: WindowRoom): void {
  const { ret, present } = panel
  const { columns, positions } = room
  const names = panel.permnos.length
  for (let j = 0; j < width; j++) positions[j * (rows + 1)] = 0
  for (let r = 0; r < rows; r++) {
    const cell = (low + r) * names + block
    let position = r
    for (let j = 0, column = 0; j < width; j++, column += rows, position += rows + 1) {
      const count = positions[position]!
      columns[column + count] = ret[cell + j]!
      positions[position + 1] = count + ((present[cell + j]! & PRESENT.ret) === 0 ? 0 : 1)
    }
  }
}
