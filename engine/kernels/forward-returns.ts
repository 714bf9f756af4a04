import { type Panel, PRESENT } from '../panel.ts'
import { createProducts, DATE_LANES, type Products } from './products.ts'

/** Names gathered at once: wide enough to read runs of a row, few enough for their columns to stay in the cache. */
const BLOCK = 64

/** Forward returns of a run of dates at several horizons. */
export interface ForwardTile {
  /** Dates it has room for, a multiple of eight. */
  readonly capacity: number
  /** Strictly increasing, in trading days. */
  readonly horizons: Int32Array
  /** Compound return from the date's close over h days, NaN where `clear` is below h. [horizons × capacity × names] */
  readonly values: Float64Array
  /** How many days straight after the date have a return, up to the largest horizon, [capacity × names]. */
  readonly clear: Int32Array
  /**
   * Fills the tile with the dates from a row of the panel on. A return over h days exists only where each of the next h
   * calendar dates has one (engine.md 3.2); a date beyond the panel has none.
   */
  fill(first: number, dates: number): void
}

/** A tile for so many dates. All horizons share one product from the date on, in date order. */
export function createForwardTile(panel: Panel, horizons: ArrayLike<number>, dates: number): ForwardTile {
  const names = panel.permnos.length
  const capacity = Math.ceil(dates / DATE_LANES) * DATE_LANES
  const reach = horizons[horizons.length - 1]!
  const rows = capacity + reach
  const size = horizons.length * capacity * names + BLOCK * rows
  const products = createProducts(8 * size + 4 * horizons.length + 64)
  const room: Room = {
    products,
    names,
    rows,
    columns: products.doubles(BLOCK * rows),
    runs: new Int32Array(BLOCK * (rows + 1)),
  }
  const tile = {
    capacity,
    horizons: products.wholes(horizons.length),
    values: products.doubles(horizons.length * capacity * names),
    clear: new Int32Array(capacity * names),
    fill(first: number, count: number) {
      for (let block = 0; block < names; block += BLOCK) {
        const width = Math.min(BLOCK, names - block)
        gather(panel, { low: first + 1, block, width }, room)
        for (let j = 0; j < width; j++) fillName(tile, room, { j, name: block + j, count })
      }
    },
  }
  tile.horizons.set(horizons)
  return tile
}

interface Room {
  readonly products: Products
  readonly names: number
  /** Days of a column: those of the tile, and the reach of its last. */
  readonly rows: number
  /** 1 + return, name by name; NaN where there is none. */
  readonly columns: Float64Array
  /** Returns from a day on without a gap. */
  readonly runs: Int32Array
}

type Tile = Omit<ForwardTile, 'fill'>

function fillName(tile: Tile, room: Room, { j, name, count }: { j: number; name: number; count: number }): void {
  const { horizons, values, clear, capacity } = tile
  const { names, rows, columns, runs } = room
  const reach = horizons[horizons.length - 1]!
  for (let k = 0; k < count; k++) clear[k * names + name] = Math.min(reach, runs[j * (rows + 1) + k]!)
  room.products.forward(
    columns.byteOffset + 8 * j * rows,
    Math.ceil(count / DATE_LANES),
    horizons.byteOffset,
    horizons.length,
    values.byteOffset + 8 * name,
    8 * names,
    8 * names * capacity,
  )
}

interface BlockOfRows {
  readonly low: number
  readonly block: number
  readonly width: number
}

/** Copies a block of names into columns, row by row. */
function gather(panel: Panel, { low, block, width }: BlockOfRows, { names, rows, columns, runs }: Room): void {
  const { ret, present } = panel
  const known = Math.max(0, Math.min(rows, panel.dates.length - low))
  for (let j = 0; j < width; j++) {
    columns.fill(Number.NaN, j * rows + known, (j + 1) * rows)
    runs.fill(0, j * (rows + 1) + known, (j + 1) * (rows + 1))
  }
  for (let r = known - 1; r >= 0; r--) {
    const cell = (low + r) * names + block
    let run = r
    for (let j = 0, at = r; j < width; j++, at += rows, run += rows + 1) {
      columns[at] = 1 + ret[cell + j]!
      runs[run] = (present[cell + j]! & PRESENT.ret) === 0 ? 0 : runs[run + 1]! + 1
    }
  }
}
