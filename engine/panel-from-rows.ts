import { HindcastError } from '../core/errors.ts'
import { FUNDAMENTAL, type Fundamentals, NO_DATE, type Panel, PRESENT } from './panel.ts'

/** A column of one value per row; null where the value is missing. */
export type Column = ArrayLike<number | null>

/** Daily prices, one row per (permno, date) in any order; columns of equal length. An absent column is all null. */
export interface PriceRows {
  readonly permno: ArrayLike<number>
  /** Day numbers (days since 1970-01-01). */
  readonly date: ArrayLike<number>
  readonly ret: Column
  readonly prc?: Column
  readonly vol?: Column
  readonly shrout?: Column
}

/** Annual statements, one row per (permno, datadate) in any order; columns of equal length. */
export interface FundamentalRows {
  readonly permno: ArrayLike<number>
  /** Fiscal period ends, day numbers. */
  readonly datadate: ArrayLike<number>
  /** First day of use, day number; null: the filing lag decides. */
  readonly availableFrom?: Column
  readonly ceq?: Column
  readonly ni?: Column
  readonly at?: Column
  readonly revt?: Column
  readonly cogs?: Column
}

/**
 * A Panel of plain rows, for tests and for users of the library. Row order does not matter. Throws `data_invalid`
 * for columns of unequal length, ids or dates that are no whole numbers, and for two rows of one key.
 */
export function panelFromRows(prices: PriceRows, fundamentals: FundamentalRows | null = null): Panel {
  checkKeys('prices', prices.permno, prices.date)
  if (fundamentals !== null) checkKeys('fundamentals', fundamentals.permno, fundamentals.datadate)
  const dates = Int32Array.from(distinct(prices.date))
  const permnos = distinct(prices.permno, fundamentals?.permno ?? [])
  const dateAt = positions(dates)
  const nameAt = positions(permnos)
  const cells = dates.length * permnos.length
  const present = new Uint8Array(cells)
  const rows = prices.permno.length
  const cellOf = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const cell = dateAt.get(prices.date[row]!)! * permnos.length + nameAt.get(prices.permno[row]!)!
    if (present[cell] !== 0) throw duplicate('prices', prices.permno[row]!, prices.date[row]!)
    present[cell] = PRESENT.row
    cellOf[row] = cell
  }
  const column = (name: 'ret' | 'prc' | 'vol' | 'shrout') => {
    const values = new Float64Array(cells).fill(Number.NaN)
    scatter({ from: prices[name], to: values, at: cellOf, present, flag: PRESENT[name], name })
    return values
  }
  return {
    dates,
    permnos,
    present,
    ret: column('ret'),
    prc: column('prc'),
    vol: column('vol'),
    shrout: column('shrout'),
    fundamentals: fundamentals === null ? null : statements(fundamentals, nameAt),
  }
}

function statements(rows: FundamentalRows, nameAt: ReadonlyMap<number, number>): Fundamentals {
  const n = rows.permno.length
  const order = Int32Array.from({ length: n }, (_, row) => row).sort(
    (a, b) => rows.permno[a]! - rows.permno[b]! || rows.datadate[a]! - rows.datadate[b]!,
  )
  const at = new Float64Array(n)
  const name = new Int32Array(n)
  const datadate = new Int32Array(n)
  const availableFrom = new Int32Array(n).fill(NO_DATE)
  order.forEach((row, position) => {
    at[row] = position
    name[position] = nameAt.get(rows.permno[row]!)!
    datadate[position] = rows.datadate[row]!
    availableFrom[position] = rows.availableFrom?.[row] ?? NO_DATE
    if (position > 0 && name[position] === name[position - 1] && datadate[position] === datadate[position - 1]) {
      throw duplicate('fundamentals', rows.permno[row]!, rows.datadate[row]!)
    }
  })
  const present = new Uint8Array(n)
  const column = (field: keyof typeof FUNDAMENTAL) => {
    const values = new Float64Array(n).fill(Number.NaN)
    scatter({ from: rows[field], to: values, at, present, flag: FUNDAMENTAL[field], name: field })
    return values
  }
  return {
    name,
    datadate,
    availableFrom,
    present,
    ceq: column('ceq'),
    ni: column('ni'),
    at: column('at'),
    revt: column('revt'),
    cogs: column('cogs'),
  }
}

interface Scatter {
  readonly from: Column | undefined
  readonly to: Float64Array
  /** Position in `to` of each row. */
  readonly at: Float64Array
  readonly present: Uint8Array
  readonly flag: number
  readonly name: string
}

function scatter({ from, to, at, present, flag, name }: Scatter): void {
  if (from === undefined) return
  if (from.length !== at.length) {
    throw new HindcastError('data_invalid', `column ${name} has ${from.length} rows, the ids have ${at.length}`)
  }
  for (let row = 0; row < at.length; row++) {
    const value = from[row]
    if (value === null || value === undefined) continue
    const cell = at[row]!
    to[cell] = value
    present[cell] = present[cell]! | flag
  }
}

function checkKeys(table: string, permno: ArrayLike<number>, date: ArrayLike<number>): void {
  if (permno.length !== date.length) {
    throw new HindcastError('data_invalid', `${table}: ${permno.length} ids, but ${date.length} dates`)
  }
  for (let row = 0; row < permno.length; row++) {
    if (!Number.isSafeInteger(permno[row]) || !Number.isSafeInteger(date[row])) {
      throw new HindcastError(
        'data_invalid',
        `${table}: row ${row + 1} has id ${permno[row]} and date ${date[row]}; both must be whole numbers`,
      )
    }
  }
}

function distinct(...columns: ArrayLike<number>[]): Float64Array {
  const seen = new Set<number>()
  for (const column of columns) for (let row = 0; row < column.length; row++) seen.add(column[row]!)
  return Float64Array.from(seen).sort()
}

function positions(keys: Int32Array | Float64Array): Map<number, number> {
  const map = new Map<number, number>()
  for (let i = 0; i < keys.length; i++) map.set(keys[i]!, i)
  return map
}

function duplicate(table: string, permno: number, day: number): HindcastError {
  return new HindcastError('data_invalid', `${table}: two rows for id ${permno} on day number ${day}; one is allowed`)
}
