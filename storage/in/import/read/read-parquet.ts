import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTask } from 'node:timers/promises'
import { NO_DATE } from '../../../../engine/panel.ts'
import { probeParquet } from '../../../parquet/probe.ts'
import { parquetShape, type ScannedColumn, scanParquet } from '../../../parquet/scan.ts'
import { dataError, shown } from '../data-error.ts'
import { dayOfWhole } from './parse-cell.ts'
import { type ColumnSpec, RAW, type RawColumn } from './raw-table.ts'
import { checkDay, codeOf, DATE_FORMS, parseDateText, parseNumberWord } from './read-csv.ts'
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
        const target = { spec, column: builder.columns.get(spec.name)!, at: builder.rows() }
        copyColumn({ file: source.path, firstRow: offset + 1 }, scanned.get(header)!, target)
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

interface Origin {
  readonly file: string
  readonly firstRow: number
}
interface Target {
  readonly spec: ColumnSpec
  readonly column: RawColumn
  readonly at: number
}

function copyColumn(origin: Origin, from: ScannedColumn, { spec, column, at }: Target): void {
  const place = (i: number) => ({ file: origin.file, row: origin.firstRow + i, column: spec.name })
  if (column.kind === 'number') copyNumbers(from, column, { spec, column, at }, place)
  else if (column.kind === 'date') copyDates(from, column.values, at, place)
  else copyWords(from, column, at, place)
}

type PlaceOf = (i: number) => { file: string; row: number; column: string }

function copyNumbers(
  from: ScannedColumn,
  to: { values: Float64Array; state: Uint8Array },
  { spec, at }: Target,
  place: PlaceOf,
): void {
  if (from.kind === 'date') throw dataError(place(0), 'holds dates; numbers are expected')
  if (from.kind === 'text') {
    for (let i = 0; i < from.values.length; i++) {
      const code = from.values[i]!
      if (code >= 0) parseNumberWord(from.words[code]!, spec, { column: to, row: at + i }, place(i))
    }
    return
  }
  for (let i = 0; i < from.values.length; i++) {
    // + 0 turns -0 into 0.
    to.values[at + i] = from.values[i]! + 0
    to.state[at + i] = from.nulls[i] === 1 ? RAW.null : RAW.value
  }
}

function copyDates(from: ScannedColumn, to: Int32Array, at: number, place: PlaceOf): void {
  if (from.kind === 'text') {
    const days = from.words.map(() => Number.NaN)
    for (let i = 0; i < from.values.length; i++) {
      const code = from.values[i]!
      if (code < 0) continue
      if (Number.isNaN(days[code]!)) days[code] = parseDateText(from.words[code]!, place(i))
      to[at + i] = days[code]!
    }
    return
  }
  for (let i = 0; i < from.values.length; i++) {
    if (from.nulls[i] === 1) continue
    const value = from.values[i]!
    const day = from.kind === 'date' ? value : dayOfWhole(value)
    if (day === NO_DATE) throw dataError(place(i), `${shown(String(value))} is not a calendar date; ${DATE_FORMS}`)
    to[at + i] = checkDay(day, place(i))
  }
}

function copyWords(from: ScannedColumn, to: { values: Int32Array; words: string[] }, at: number, place: PlaceOf): void {
  if (from.kind !== 'text') throw dataError(place(0), `holds ${from.kind}s; texts are expected`)
  const known = new Map(to.words.map((word, code) => [word, code]))
  const codes = from.words.map((word) => codeOf(word.trim(), to.words, known))
  for (let i = 0; i < from.values.length; i++) {
    const code = from.values[i]! < 0 ? -1 : codes[from.values[i]!]!
    if (code === -2) throw dataError(place(i), 'is not a name; allowed: up to 256 printable bytes')
    to.values[at + i] = code
  }
}
