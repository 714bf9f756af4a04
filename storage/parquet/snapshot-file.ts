import type { Expr, Series } from 'nodejs-polars'
import { frames } from './frames.ts'
import { type ScannedColumn, scanParquet } from './scan.ts'

/** One column of a snapshot's file. `nulls[i]` is 1 where there is no value. */
export type FileColumn =
  | { readonly name: string; readonly kind: 'id'; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'date'; readonly values: Int32Array; readonly nulls?: Uint8Array }
  | { readonly name: string; readonly kind: 'number'; readonly values: Float64Array; readonly nulls: Uint8Array }
  | { readonly name: string; readonly kind: 'text'; readonly values: readonly (string | null)[] }

/**
 * The bytes of one table of a snapshot: Parquet, snappy, ids as Int64, dates as Date, numbers as Float64 with NaN kept
 * apart from null.
 */
export function encodeSnapshotFile(columns: readonly FileColumn[]): Uint8Array {
  const pl = frames()
  const series: Series[] = []
  const expressions: Expr[] = []
  for (const column of columns) {
    const { name } = column
    if (column.kind === 'text') {
      series.push(pl.Series(name, [...column.values], pl.Utf8))
      expressions.push(pl.col(name))
      continue
    }
    series.push(pl.Series(name, column.values))
    const type = { id: pl.Int64, date: pl.Date, number: pl.Float64 }[column.kind]
    const nulls = column.kind === 'id' ? undefined : column.nulls
    if (nulls !== undefined) series.push(pl.Series(`${name} null`, nulls))
    const value = pl.col(name).cast(type)
    const masked =
      nulls === undefined
        ? value
        : pl
            .when(pl.col(`${name} null`).eq(pl.lit(1)))
            .then(pl.lit(null))
            .otherwise(value)
    expressions.push(masked.cast(type).alias(name))
  }
  return pl
    .DataFrame(series)
    .select(...expressions)
    .writeParquet({ compression: 'snappy' })
}

/** All rows of a file that `encodeSnapshotFile` made. Throws what polars throws when it is damaged. */
export function readSnapshotFile(path: string, names: readonly string[]): ReadonlyMap<string, ScannedColumn> {
  return scanParquet(path, names, 0, 2 ** 32 - 1)
}
