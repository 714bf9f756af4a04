import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTask } from 'node:timers/promises'
import { probeParquet } from '../../../parquet/probe.ts'
import { parquetShape, scanParquet } from '../../../parquet/scan.ts'
import { dataError } from '../data-error.ts'
import { copyCells } from './copy-cells.ts'
import type { ColumnSpec } from './raw-table.ts'
import { mappingOf, resolveColumns } from './resolve-columns.ts'
import { readChunks, type Source } from './source.ts'
import { MAX_ROWS, type TableBuilder } from './table-builder.ts'

/** Rows taken from polars at a time: its copy of them must not stand beside ours for a whole large file. */
const BATCH_ROWS = 2_000_000

/** Appends the rows of one Parquet file to the builder. Throws `data_invalid` or `data_missing` with file and row. */
export async function readParquet(source: Source, specs: readonly ColumnSpec[], builder: TableBuilder): Promise<void> {
  await withPlainFile(source, specs, async (path) => {
    const shape = understood(source.path, () => parquetShape(path))
    if (shape.rows > MAX_ROWS) throw dataError({ file: source.path }, `has more than ${MAX_ROWS} rows`)
    const found = resolveColumns(source.path, shape.columns, specs)
    const used = found.flatMap((spec, at) => (spec === null ? [] : [{ spec, header: shape.columns[at]! }]))
    builder.beginFile(source.path, mappingOf(found, shape.columns))
    builder.reserve(shape.rows)
    for (let offset = 0; offset < shape.rows; offset += BATCH_ROWS) {
      const length = Math.min(BATCH_ROWS, shape.rows - offset)
      const names = used.map(({ header }) => header)
      const scanned = understood(source.path, () => scanParquet(path, names, offset, length))
      for (const { spec, header } of used) {
        const place = (i: number) => ({ file: source.path, row: offset + 1 + i, column: spec.name })
        const target = { spec, column: builder.columns.get(spec.name)!, at: builder.rows() }
        copyCells(scanned.get(header)!, target, place)
      }
      builder.commit(length, offset + 1)
      // Polars gives the memory of a frame back in a task of its own, never inside one of ours.
      await nextTask()
    }
  })
}

/** The column names of a Parquet file. */
export async function readParquetHeader(source: Source): Promise<readonly string[]> {
  return withPlainFile(source, [], (path) => understood(source.path, () => parquetShape(path)).columns)
}

/** Refuses the first of the files that is Parquet and cannot be read; the others are left alone. */
export async function refuseBrokenParquet(sources: readonly Source[], specs: readonly ColumnSpec[]): Promise<void> {
  const plain = sources.filter(({ format, compressed }) => format === 'parquet' && !compressed)
  await probe(
    plain,
    plain.map(({ path }) => path),
    specs,
  )
}

async function probe(
  sources: readonly Source[],
  paths: readonly string[],
  specs: readonly ColumnSpec[],
): Promise<void> {
  if (sources.length === 0) return
  const headers = specs.flatMap(({ name, aliases }) => [name.toLowerCase(), ...(aliases ?? [])])
  const broken = await probeParquet(paths, headers)
  if (broken !== null) throw unreadable(sources[broken.index]!.path, broken.reason)
}

/** A compressed file is inflated beside the system's other temporary files, and probed there. */
async function withPlainFile<T>(
  source: Source,
  specs: readonly ColumnSpec[],
  work: (path: string) => T | Promise<T>,
): Promise<T> {
  if (!source.compressed) return await work(source.path)
  const directory = mkdtempSync(join(tmpdir(), 'hindcast-import-'))
  try {
    const path = join(directory, 'plain.parquet')
    await pipeline(readChunks(source), createWriteStream(path))
    await probe([source], [path], specs)
    return await work(path)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function understood<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw unreadable(file, (error as Error).message.split('\n')[0]!.slice(0, 200), error)
  }
}

function unreadable(file: string, reason: string, cause?: unknown): Error {
  return dataError({ file }, `is no Parquet file that can be read (${reason})`, cause)
}
