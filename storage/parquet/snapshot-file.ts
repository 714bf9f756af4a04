import type { Series } from 'nodejs-polars'
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
  // Series, not expressions: each expression object costs a millisecond to make.
  return pl.DataFrame(columns.map(seriesOf)).writeParquet({ compression: 'snappy' })
}

function seriesOf(column: FileColumn): Series {
  const pl = frames()
  const { name } = column
  if (column.kind === 'text') return pl.Series(name, [...column.values], pl.Utf8)
  const values = pl.Series(name, column.values)
  if (column.kind === 'id') return values.cast(pl.Int64)
  const type = column.kind === 'date' ? pl.Date : pl.Float64
  const typed = column.kind === 'date' ? values.cast(type) : values
  if (column.nulls?.includes(1) !== true) return typed
  const present = pl.Series('present', column.nulls).cast(pl.Bool).not()
  return typed.zipWith(present, pl.Series('null', [null], type))
}

/** All rows of a file that `encodeSnapshotFile` made. Throws what polars throws when it is damaged. */
export function readSnapshotFile(path: string, names: readonly string[]): ReadonlyMap<string, ScannedColumn> {
  return scanParquet(path, names, 0, 2 ** 32 - 1)
}
