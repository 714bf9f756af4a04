import { HindcastError } from '../../../core/errors.ts'
import type { Fundamentals, Panel } from '../../../engine/panel.ts'
import { type Calendar, calendarOf } from '../calendar.ts'
import { FUNDAMENTAL_VALUES, type FundamentalTable, PRICE_VALUES, type SnapshotTables } from '../tables.ts'

/** Where the arrays of a panel come from: `SharedArrayBuffer` for threads, `ArrayBuffer` otherwise. */
export type Allocate = (bytes: number) => ArrayBufferLike

/** 33 bytes a cell: 8 GiB. Above it a dense panel is the wrong shape, and no laptop holds it. */
export const MAX_CELLS = 250_000_000

/** The columns of the prices that a panel may be opened with. */
export type PanelColumn = (typeof PRICE_VALUES)[number]

/** The axes of a panel, and the cell of each row of the prices it was made from. */
export interface Axes extends Pick<Panel, 'dates' | 'permnos'> {
  readonly cellOfRow: Uint32Array
}

/** What a panel is scattered from, sorted by permno and date. */
export interface SortedKeys {
  readonly permno: Float64Array
  readonly date: Int32Array
  readonly fundamentals: FundamentalTable | null
}

/** Scatters the sorted tables of a snapshot into a dense panel, O(rows + cells). Throws as `panelAxes` does. */
export function buildPanel(tables: Pick<SnapshotTables, 'prices' | 'fundamentals'>, allocate: Allocate): Panel {
  const { prices, fundamentals } = tables
  const axes = panelAxes({ ...prices, fundamentals }, allocate)
  const { dates, permnos, cellOfRow } = axes
  const present = new Uint8Array(allocate(dates.length * permnos.length))
  for (let row = 0; row < prices.rows; row++) present[cellOfRow[row]!] = prices.present[row]!
  const [ret, prc, vol, shrout] = PRICE_VALUES.map((name) => scatter(prices[name], axes, allocate))
  return {
    dates,
    permnos,
    present,
    ret: ret!,
    prc: prc!,
    vol: vol!,
    shrout: shrout!,
    fundamentals: fundamentals === null ? null : denseStatements(fundamentals, permnos, allocate),
  }
}

/** Calendar, names and cells. Throws `data_invalid` when dates × names are more than MAX_CELLS. */
export function panelAxes({ permno, date, fundamentals }: SortedKeys, allocate: Allocate): Axes {
  const calendar = calendarOf(date)
  const dates = new Int32Array(allocate(4 * calendar.days.length))
  dates.set(calendar.days)
  const permnos = distinctIds(permno, fundamentals?.permno ?? new Float64Array(0), allocate)
  checkCells(dates.length, permnos.length)
  return { dates, permnos, cellOfRow: cellsOf({ permno, date }, calendar, permnos) }
}

/** One value per row as a dense column, [dates × names], NaN where a name has no row. */
export function scatter(values: Float64Array, { dates, permnos, cellOfRow }: Axes, allocate: Allocate): Float64Array {
  const dense = new Float64Array(allocate(dates.length * permnos.length * 8)).fill(NaN)
  for (let row = 0; row < values.length; row++) dense[cellOfRow[row]!] = values[row]!
  return dense
}

/** Refuses more cells than a panel can have. */
export function checkCells(dates: number, names: number): void {
  if (dates * names <= MAX_CELLS) return
  throw new HindcastError(
    'data_invalid',
    `${dates} dates × ${names} names are ${dates * names} cells; allowed: ${MAX_CELLS}. Import fewer years or names`,
  )
}

/** Cell of each row. */
function cellsOf(
  { permno, date }: Pick<SortedKeys, 'permno' | 'date'>,
  calendar: Calendar,
  permnos: Float64Array,
): Uint32Array {
  const names = permnos.length
  const at = new Uint32Array(date.length)
  // Both are ascending, so the name only ever moves forward.
  let name = 0
  for (let row = 0; row < date.length; row++) {
    while (permnos[name]! < permno[row]!) name++
    at[row] = calendar.indexOf(date[row]!) * names + name
  }
  return at
}

function distinctIds(ofPrices: Float64Array, ofStatements: Float64Array, allocate: Allocate): Float64Array {
  const ids = new Set<number>()
  for (const column of [ofPrices, ofStatements]) {
    let last = NaN
    for (const id of column) {
      if (id !== last) ids.add(id)
      last = id
    }
  }
  const sorted = Float64Array.from(ids).sort()
  const permnos = new Float64Array(allocate(8 * sorted.length))
  permnos.set(sorted)
  return permnos
}

/** The statements of a snapshot with their names as indexes of the panel. */
export function denseStatements(table: FundamentalTable, permnos: Float64Array, allocate: Allocate): Fundamentals {
  const { rows } = table
  const name = new Int32Array(allocate(4 * rows))
  let at = 0
  for (let row = 0; row < rows; row++) {
    while (permnos[at]! < table.permno[row]!) at++
    name[row] = at
  }
  const datadate = new Int32Array(allocate(4 * rows))
  datadate.set(table.datadate)
  const availableFrom = new Int32Array(allocate(4 * rows))
  availableFrom.set(table.availableFrom)
  const present = new Uint8Array(allocate(rows))
  present.set(table.present)
  const [ceq, ni, assets, revt, cogs] = FUNDAMENTAL_VALUES.map((value) => {
    const values = new Float64Array(allocate(8 * rows))
    values.set(table[value])
    return values
  })
  return { name, datadate, availableFrom, present, ceq: ceq!, ni: ni!, at: assets!, revt: revt!, cogs: cogs! }
}
