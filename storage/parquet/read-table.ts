import { isAbsolute } from 'node:path'
import type { DataFrame, DataType, Expr, LazyDataFrame } from 'nodejs-polars'
import { HindcastError } from '../../core/errors.ts'
import type { Columns, ColumnType, TableSchema } from './schemas.ts'

type Polars = typeof import('nodejs-polars').default

/** What is read of a table; everything left out means all of it. */
export interface TableFilter {
  readonly permno?: number
  /** Day numbers, both inclusive. */
  readonly from?: number
  readonly to?: number
  /** First rows only. */
  readonly limit?: number
}

/** A folder of the path may be called `a[1]*` or `date=2015`: it is a name, neither a pattern nor a column. */
const AS_IT_IS = { glob: false, hivePartitioning: false }

/** How a column of the schema is called by the reader. */
const POLARS_TYPES: Readonly<Record<ColumnType, string>> = {
  date: 'Date',
  int32: 'Int32',
  int64: 'Int64',
  float64: 'Float64',
}

/**
 * The columns of an artifact, rows in file order. The filter is pushed down to the scan: row groups whose dates do not
 * fit are not decoded. Unlisted columns are not read. Throws `artifact_corrupt` naming file and columns when the file
 * does not have the schema, holds a null, or cannot be read at all; a missing file is the caller's to check.
 */
export async function readTable(schema: TableSchema, path: string, filter: TableFilter = {}): Promise<Columns> {
  if (!isAbsolute(path)) throw new RangeError(`readTable takes an absolute path, found "${path}"`)
  const { default: pl } = await import('nodejs-polars')
  const scan = openScan(pl, schema, path)
  let rows = scan
  for (const condition of conditions(pl, schema, filter)) rows = rows.filter(condition)
  rows = rows.select(...schema.columns.map(({ name, type }) => readable(pl, name, type)))
  if (filter.limit !== undefined) rows = rows.limit(filter.limit)
  const frame = await collect(schema, rows)
  return Object.fromEntries(schema.columns.map(({ name }) => [name, typedArray(schema, frame, name)]))
}

/** Checks the types in the file against the schema; reads the footer alone. */
function openScan(pl: Polars, schema: TableSchema, path: string): LazyDataFrame {
  let found: Record<string, DataType>
  let scan: LazyDataFrame
  try {
    scan = pl.scanParquet(path, AS_IT_IS)
    found = scan.limit(0).collectSync().schema
  } catch (error) {
    throw corrupt(schema, `cannot be read as Parquet: ${(error as Error).message}`, error)
  }
  const missing = schema.columns.filter(({ name }) => found[name] === undefined).map(({ name }) => name)
  if (missing.length > 0)
    throw corrupt(schema, `misses the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`)
  for (const { name, type } of schema.columns) {
    const variant = found[name]?.variant
    if (variant !== POLARS_TYPES[type]) {
      throw corrupt(schema, `column ${name} is ${variant}, expected ${POLARS_TYPES[type]}`)
    }
  }
  return scan
}

function conditions(pl: Polars, schema: TableSchema, { permno, from, to }: TableFilter): Expr[] {
  const has = (name: string) => schema.columns.some((column) => column.name === name)
  const found: Expr[] = []
  // A bound of the column's own type, or the scan could not compare it with the row groups' statistics.
  const day = (value: number) => pl.lit(value).cast(pl.Int32).cast(pl.Date)
  if (permno !== undefined && has('permno')) found.push(pl.col('permno').eq(pl.lit(permno).cast(pl.Int64)))
  if (from !== undefined && has('date')) found.push(pl.col('date').gtEq(day(from)))
  if (to !== undefined && has('date')) found.push(pl.col('date').ltEq(day(to)))
  return found
}

/** Dates and whole numbers in types that become typed arrays: a Date panics there, an Int64 becomes bigints. */
function readable(pl: Polars, name: string, type: ColumnType): Expr {
  if (type === 'date') return pl.col(name).cast(pl.Int32)
  if (type === 'int64') return pl.col(name).cast(pl.Float64)
  return pl.col(name)
}

async function collect(schema: TableSchema, rows: LazyDataFrame): Promise<DataFrame> {
  try {
    return await rows.collect()
  } catch (error) {
    throw corrupt(schema, `cannot be decoded: ${(error as Error).message}`, error)
  }
}

function typedArray(schema: TableSchema, frame: DataFrame, name: string): Int32Array | Float64Array {
  const series = frame.getColumn(name)
  const nulls = series.nullCount()
  if (nulls > 0) throw corrupt(schema, `column ${name} holds ${nulls} nulls, expected none`)
  return series.toTypedArray() as Int32Array | Float64Array
}

function corrupt(schema: TableSchema, what: string, cause?: unknown): HindcastError {
  return new HindcastError('artifact_corrupt', `${schema.file} ${what}`, { cause })
}
