import { invariant } from '../../core/invariant.ts'
import { CELL, type DenseTable } from '../../engine/result.ts'
import { checkColumns, rowCount } from './check-columns.ts'
import type { Columns, TableSchema } from './schemas.ts'

/**
 * Rows of every row group but the last. A constant, because the bytes of a file depend on it; a whole number of the
 * writer's 1024-row steps; small enough that a group in flight costs 10 MB, large enough for a scan by date to skip.
 */
export const ROW_GROUP_ROWS = 131_072

/** A (date, permno, value) table still in the engine's dense form; plain data, so a worker thread can be sent it. */
export interface DenseSource {
  /** Day numbers, ascending. */
  readonly dates: Int32Array
  /** Ascending whole numbers. */
  readonly permnos: Float64Array
  /** [dates × permnos]; cells without a row are left out, a null is written as NaN. */
  readonly table: DenseTable
}

export type TableSource = DenseSource | { readonly columns: Columns }

/** One row group as it goes into the file: an int64 lies in pairs of 32-bit words, low before high. */
export interface RowGroup {
  readonly rows: number
  /** By the schema's column order; Int32Array of 2 × rows for an int64. */
  readonly columns: readonly (Int32Array | Float64Array)[]
}

const HIGH_WORD = 2 ** 32

/**
 * The row groups of a table, in row order, whatever pieces its source came in. The arrays of a group are used again
 * for the next one. Throws `schema_violation` before the first group when the source does not fit the schema.
 */
export function* rowGroups(schema: TableSchema, source: TableSource): Generator<RowGroup, void> {
  if ('columns' in source) {
    checkColumns(schema, source.columns)
    yield* columnGroups(schema, source.columns)
  } else {
    yield* denseGroups(source)
  }
}

/** Rows of a source. */
export function sourceRows(schema: TableSchema, source: TableSource): number {
  if ('columns' in source) return rowCount(schema, source.columns)
  const { state } = source.table
  let rows = 0
  for (let cell = 0; cell < state.length; cell++) if (state[cell] !== CELL.absent) rows++
  return rows
}

function* columnGroups(schema: TableSchema, columns: Columns): Generator<RowGroup, void> {
  const rows = rowCount(schema, columns)
  for (let from = 0; from < rows || from === 0; from += ROW_GROUP_ROWS) {
    const to = Math.min(rows, from + ROW_GROUP_ROWS)
    yield {
      rows: to - from,
      columns: schema.columns.map(({ name, type }) => {
        const values = (columns[name] as Int32Array | Float64Array).subarray(from, to)
        if (type === 'int64') return int64Words(values)
        return values instanceof Float64Array ? canonicalNaN(values.slice()) : values
      }),
    }
  }
}

function* denseGroups({ dates, permnos, table }: DenseSource): Generator<RowGroup, void> {
  const names = permnos.length
  invariant(table.state.length === dates.length * names, 'a dense table has one cell for each date and name')
  const words = int64Words(permnos)
  const date = new Int32Array(ROW_GROUP_ROWS)
  const permno = new Int32Array(2 * ROW_GROUP_ROWS)
  const value = new Float64Array(ROW_GROUP_ROWS)
  let rows = 0
  let yielded = false
  const group = (): RowGroup => ({
    rows,
    columns: [date.subarray(0, rows), permno.subarray(0, 2 * rows), canonicalNaN(value.subarray(0, rows))],
  })
  for (let k = 0; k < dates.length; k++) {
    const day = dates[k] as number
    for (let i = 0; i < names; i++) {
      const cell = k * names + i
      const state = table.state[cell]
      if (state === CELL.absent) continue
      date[rows] = day
      permno[2 * rows] = words[2 * i] as number
      permno[2 * rows + 1] = words[2 * i + 1] as number
      value[rows] = state === CELL.null ? Number.NaN : (table.values[cell] as number)
      if (++rows < ROW_GROUP_ROWS) continue
      yield group()
      yielded = true
      rows = 0
    }
  }
  if (rows > 0 || !yielded) yield group()
}

/** Whole numbers as pairs of 32-bit words, low before high, two's complement. */
function int64Words(values: Int32Array | Float64Array): Int32Array {
  const words = new Int32Array(2 * values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    words[2 * i] = value
    words[2 * i + 1] = Math.floor(value / HIGH_WORD)
  }
  return words
}

/** Gives every NaN one bit pattern: machines differ in the sign and payload of a NaN they compute. In place. */
function canonicalNaN(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    // biome-ignore lint/suspicious/noSelfCompare: a NaN is the only number that differs from itself, and this is hot
    if (value !== value) values[i] = Number.NaN
  }
  return values
}
