import { HindcastError } from '../../../core/errors.ts'
import type { Fundamentals, Panel } from '../../../engine/panel.ts'
import { FUNDAMENTAL_VALUES, type FundamentalTable, PRICE_VALUES, type SnapshotTables } from '../tables.ts'

/** Where the arrays of a panel come from: `SharedArrayBuffer` for threads, `ArrayBuffer` otherwise. */
export type Allocate = (bytes: number) => ArrayBufferLike

/** 33 bytes a cell: 8 GiB. Above it a dense panel is the wrong shape, and no laptop holds it. */
export const MAX_CELLS = 250_000_000

/** The columns of the prices that a panel may be opened with. */
export type PanelColumn = (typeof PRICE_VALUES)[number]

/**
 * Scatters the sorted tables of a snapshot into a dense panel. O(rows + cells).
 * Throws `data_invalid` when dates × names are more than MAX_CELLS.
 */
export function buildPanel(
  tables: Pick<SnapshotTables, 'prices' | 'fundamentals'>,
  allocate: Allocate,
  columns: readonly PanelColumn[] = PRICE_VALUES,
): Panel {
  const { prices, fundamentals } = tables
  const dates = distinctDays(prices.date, allocate)
  const permnos = distinctIds(prices.permno, fundamentals?.permno ?? new Float64Array(0), allocate)
  checkCells(dates.length, permnos.length)
  const cells = dates.length * permnos.length
  const at = cellsOf(prices.permno, prices.date, { dates, permnos })
  const present = new Uint8Array(allocate(cells))
  for (let row = 0; row < prices.rows; row++) present[at[row]!] = prices.present[row]!
  const dense = (name: PanelColumn): Float64Array => {
    if (!columns.includes(name)) return new Float64Array(0)
    const values = new Float64Array(allocate(cells * 8)).fill(NaN)
    const from = prices[name]
    for (let row = 0; row < prices.rows; row++) values[at[row]!] = from[row]!
    return values
  }
  return {
    dates,
    permnos,
    present,
    ret: dense('ret'),
    prc: dense('prc'),
    vol: dense('vol'),
    shrout: dense('shrout'),
    fundamentals: fundamentals === null ? null : statementsOf(fundamentals, permnos, allocate),
  }
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
function cellsOf(permno: Float64Array, date: Int32Array, axes: Pick<Panel, 'dates' | 'permnos'>): Uint32Array {
  const first = axes.dates[0]!
  const dayIndex = new Int32Array(axes.dates.at(-1)! - first + 1)
  for (let t = 0; t < axes.dates.length; t++) dayIndex[axes.dates[t]! - first] = t
  const names = axes.permnos.length
  const at = new Uint32Array(date.length)
  // Both are ascending, so the name only ever moves forward.
  let name = 0
  for (let row = 0; row < date.length; row++) {
    while (axes.permnos[name]! < permno[row]!) name++
    at[row] = dayIndex[date[row]! - first]! * names + name
  }
  return at
}

function distinctDays(date: Int32Array, allocate: Allocate): Int32Array {
  let first = Infinity
  let last = -Infinity
  for (const day of date) {
    if (day < first) first = day
    if (day > last) last = day
  }
  const seen = new Uint8Array(last - first + 1)
  for (const day of date) seen[day - first] = 1
  const days = new Int32Array(allocate(4 * seen.reduce((sum, one) => sum + one, 0)))
  let count = 0
  for (let i = 0; i < seen.length; i++) if (seen[i] === 1) days[count++] = first + i
  return days
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

function statementsOf(table: FundamentalTable, permnos: Float64Array, allocate: Allocate): Fundamentals {
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
