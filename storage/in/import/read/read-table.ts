import type { ColumnSpec, RawTable } from './raw-table.ts'
import { createCsvReader, readCsvHeader } from './read-csv.ts'
import { readParquet, readParquetHeader, refuseBrokenParquet } from './read-parquet.ts'
import { type Source, sniffSource } from './source.ts'
import { createTableBuilder } from './table-builder.ts'

/**
 * Looks at files before any is read: each must be an ordinary file, and each Parquet file one that polars survives.
 * `specs` are all columns that the import may read. Throws `data_missing` or `data_invalid`.
 */
export async function refuseBrokenFiles(paths: readonly string[], specs: readonly ColumnSpec[]): Promise<void> {
  const sources: Source[] = []
  for (const path of paths) sources.push(await sniffSource(path))
  await refuseBrokenParquet(sources, specs)
}

/** Reads files of one role into one table, in the order given. Throws `data_invalid` or `data_missing`. */
export async function readTable(paths: readonly string[], specs: readonly ColumnSpec[]): Promise<RawTable> {
  const builder = createTableBuilder(specs)
  const csv = createCsvReader(specs, builder)
  for (const path of paths) {
    const source = await sniffSource(path)
    if (source.format === 'csv') await csv.read(source)
    else {
      csv.flush()
      await readParquet(source, specs, builder)
    }
  }
  csv.flush()
  return builder.finish()
}

/** The headers of a file, as they stand there. */
export async function readHeader(path: string): Promise<readonly string[]> {
  const source: Source = await sniffSource(path)
  return source.format === 'csv' ? readCsvHeader(source) : readParquetHeader(source)
}
