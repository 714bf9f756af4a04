import type { DataFrame, Expr } from 'nodejs-polars'
import { frames } from './frames.ts'

/** One column of a Parquet file as typed arrays, nulls apart from NaN. */
export type ScannedColumn =
  /** Numbers and booleans; `nulls[i]` is 1 where there is none. */
  | { readonly kind: 'number'; readonly values: Float64Array; readonly nulls: Uint8Array }
  /** Day numbers. */
  | { readonly kind: 'date'; readonly values: Int32Array; readonly nulls: Uint8Array }
  /** Texts as indexes into `words`; -1 where there is none. */
  | { readonly kind: 'text'; readonly values: Int32Array; readonly words: readonly string[] }

/** What a Parquet file says of itself, without reading its rows. */
export interface ParquetShape {
  readonly rows: number
  readonly columns: readonly string[]
}

/** Columns and row count of a Parquet file. Throws what polars throws when the file is damaged. */
export function parquetShape(path: string): ParquetShape {
  const pl = frames()
  const scan = pl.scanParquet(path)
  const rows = Number(scan.select(pl.len().alias('rows')).collectSync().getColumn('rows').get(0))
  return { rows, columns: scan.limit(0).collectSync().columns }
}

/** Rows [offset, offset + length) of the named columns, in the file's order, without an object per row. */
export function scanParquet(
  path: string,
  names: readonly string[],
  offset: number,
  length: number,
): ReadonlyMap<string, ScannedColumn> {
  const pl = frames()
  const frame = pl
    .scanParquet(path)
    .select(...names.map((name) => pl.col(name)))
    .slice(offset, length)
    .collectSync()
  return new Map(names.map((name) => [name, scannedColumn(frame, name)]))
}

const TEXT_TYPES = new Set(['String', 'Utf8', 'Categorical', 'Enum'])
const MOMENT_TYPES = new Set(['Date', 'Datetime'])
const NUMBER_TYPES = new Set([
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float32',
  'Float64',
  'Decimal',
  'Bool',
])

function scannedColumn(frame: DataFrame, name: string): ScannedColumn {
  const pl = frames()
  const type = frame.getColumn(name).dtype.variant as string
  const column = pl.col(name)
  if (TEXT_TYPES.has(type)) return textColumn(frame, name)
  const nulls = toArray<Uint8Array>(frame, column.isNull().cast(pl.UInt8))
  if (MOMENT_TYPES.has(type)) {
    // A typed array of a Date column panics inside polars: days as Int32 are the same bits.
    const days = column.cast(pl.Date).cast(pl.Int32).fillNull(pl.lit(0))
    return { kind: 'date', values: toArray<Int32Array>(frame, days.cast(pl.Int32)), nulls }
  }
  if (NUMBER_TYPES.has(type) || type === 'Null') {
    const values = toArray<Float64Array>(frame, column.cast(pl.Float64).fillNull(pl.lit(NaN)))
    return { kind: 'number', values, nulls }
  }
  throw new TypeError(`column ${name} has the type ${type}`)
}

function textColumn(frame: DataFrame, name: string): ScannedColumn {
  const pl = frames()
  const text = pl.col(name).cast(pl.Utf8)
  const words = frame.select(text.unique().alias('word')).getColumn('word').dropNulls().toArray() as string[]
  const table = pl.DataFrame(
    { word: words, code: words.map((_, code) => code) },
    { schema: { word: pl.Utf8, code: pl.Int32 } },
  )
  const codes = frame.select(text.alias('word')).join(table, { on: 'word', how: 'left' })
  return { kind: 'text', values: toArray<Int32Array>(codes, pl.col('code').fillNull(pl.lit(-1)).cast(pl.Int32)), words }
}

function toArray<T>(frame: DataFrame, expression: Expr): T {
  return frame.select(expression.alias('x')).getColumn('x').toTypedArray() as T
}
