import type { DataFrame, Series } from 'nodejs-polars'
import { frames, keptExpression } from './frames.ts'

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
  const series = frame.getColumn(name)
  const type = series.dtype.variant as string
  if (TEXT_TYPES.has(type)) return { kind: 'text', ...scannedTexts(series) }
  const none = series.nullCount() === 0
  const nulls = none ? new Uint8Array(series.length) : (series.isNull().cast(pl.UInt8).toTypedArray() as Uint8Array)
  if (MOMENT_TYPES.has(type)) {
    // A typed array of a Date column panics inside polars: days as Int32 are the same bits.
    const days = (type === 'Date' ? series : series.cast(pl.Date)).cast(pl.Int32)
    return { kind: 'date', values: filled(days, none, 0) as Int32Array, nulls }
  }
  if (NUMBER_TYPES.has(type) || type === 'Null') {
    const numbers = type === 'Float64' ? series : series.cast(pl.Float64)
    return { kind: 'number', values: filled(numbers, none, NaN) as Float64Array, nulls }
  }
  throw new TypeError(`column ${name} has the type ${type}`)
}

/** The values with nulls replaced: a typed array of a column that holds nulls throws. */
function filled(series: Series, hasNone: boolean, blank: number): unknown {
  if (hasNone) return series.toTypedArray()
  const pl = frames()
  const full = pl.DataFrame([series.rename('x')]).select(pl.col('x').fillNull(pl.lit(blank)).cast(series.dtype))
  return full.getColumn('x').toTypedArray()
}

/** Of the column `cell`: a number for each text, -1 for none. */
const codeOfCell = keptExpression((pl) =>
  pl.col('cell').cast(pl.Categorical).toPhysical().cast(pl.Int32).fillNull(pl.lit(-1)).cast(pl.Int32).alias('code'),
)

/** Texts by their codes: a million strings as JavaScript values would take half a second. */
export function scannedTexts(series: Series): { values: Int32Array; words: string[] } {
  const pl = frames()
  const text = (series.dtype.variant as string) === 'String' ? series : series.cast(pl.Utf8)
  const coded = pl.DataFrame([text.rename('cell')]).select(codeOfCell())
  const values = (coded.getColumn('code').toTypedArray() as Int32Array).slice()
  // Polars counts codes over all columns it holds; ours count from 0 in the order of the rows.
  let most = -1
  for (let row = 0; row < values.length; row++) if (values[row]! > most) most = values[row]!
  const known = new Int32Array(most + 1).fill(-1)
  const words: string[] = []
  for (let row = 0; row < values.length; row++) {
    const code = values[row]!
    if (code < 0) continue
    if (known[code] === -1) {
      known[code] = words.length
      words.push(text.get(row) as string)
    }
    values[row] = known[code]!
  }
  return { values, words }
}
