import { setImmediate as nextTask } from 'node:timers/promises'
import { parseCsvRows } from '../../../parquet/csv-cells.ts'
import { dataError } from '../data-error.ts'
import { copyCells } from './copy-cells.ts'
import type { ColumnSpec } from './raw-table.ts'
import { mappingOf, resolveColumns } from './resolve-columns.ts'
import { type CsvSink, createCsvScanner } from './scan-csv.ts'
import { readChunks, type Source } from './source.ts'
import type { TableBuilder } from './table-builder.ts'

/** Text given to polars at a time: larger is hardly faster, and its frames take some ten times as much memory. */
const BATCH_BYTES = 8 << 20
/** Rows of a few bytes cost more in a frame than in the text. */
const BATCH_ROWS = 250_000
const FIRST_CAPACITY = 1 << 16
const NEWLINE = 10

/** Appends the rows of CSV files to a builder. */
export interface CsvReader {
  /** Reads one file. Its last cells may wait for `flush`. Throws `data_invalid` or `data_missing` with file and row. */
  read(source: Source): Promise<void>
  /** Writes the cells that wait. Throws `data_invalid` with file, row and column of the first bad one. */
  flush(): void
}

/** The fields of a file that feed columns. Rows of files that are laid out alike go to polars together. */
interface Layout {
  readonly delimiter: string
  readonly width: number
  readonly fields: readonly { readonly field: number; readonly spec: ColumnSpec }[]
}

interface ReadState {
  readonly specs: readonly ColumnSpec[]
  readonly builder: TableBuilder
  layout: Layout
  /** Text of the rows from `firstRow`, which have a line but no cells yet. */
  text: Buffer
  filled: number
  firstRow: number
}

/** A reader into `builder`: our scanner checks the structure of the text, polars splits it and reads the cells. */
export function createCsvReader(specs: readonly ColumnSpec[], builder: TableBuilder): CsvReader {
  const state: ReadState = {
    specs,
    builder,
    layout: { delimiter: ',', width: 0, fields: [] },
    text: Buffer.alloc(0),
    filled: 0,
    firstRow: builder.rows(),
  }
  return {
    read: (source) => readFile(source, state),
    flush: () => flush(state),
  }
}

async function readFile(source: Source, state: ReadState): Promise<void> {
  let hasHeader = false
  const sink: CsvSink = {
    header(names, delimiter) {
      hasHeader = true
      beginFile(source, names, delimiter, state)
    },
    row(line) {
      state.builder.reserve(1)
      state.builder.commit(1, line)
    },
    text: (bytes) => append(state, bytes),
  }
  try {
    const scanner = createCsvScanner(source.path, sink, textBytesOf(source))
    for await (const chunk of readChunks(source)) {
      scanner.push(chunk)
      if (state.filled < BATCH_BYTES && state.builder.rows() - state.firstRow < BATCH_ROWS) continue
      flush(state)
      // Polars gives the memory of a frame back in a task of its own, never inside one of ours.
      await nextTask()
    }
    scanner.end()
    if (!hasHeader) throw dataError({ file: source.path }, 'is empty; a header and at least one row are needed')
  } catch (error) {
    // A bad cell before this fault is told first.
    flush(state)
    throw error
  }
  if (state.filled > 0 && state.text[state.filled - 1] !== NEWLINE) append(state, Uint8Array.of(NEWLINE))
}

function beginFile(source: Source, headers: readonly string[], delimiter: string, state: ReadState): void {
  const { specs, builder } = state
  const found = resolveColumns(source.path, headers, specs)
  const fields = found.flatMap((spec, field) => (spec === null ? [] : [{ field, spec }]))
  const layout = { delimiter, width: headers.length, fields }
  if (!isAlike(layout, state.layout)) {
    flush(state)
    state.layout = layout
  }
  // Rows of Parquet may have come since the last text.
  if (state.filled === 0) state.firstRow = builder.rows()
  builder.beginFile(source.path, mappingOf(found, headers))
  builder.reserve(likelyRows(source))
}

function isAlike(a: Layout, b: Layout): boolean {
  if (a.delimiter !== b.delimiter || a.width !== b.width || a.fields.length !== b.fields.length) return false
  return a.fields.every(({ field, spec }, at) => field === b.fields[at]!.field && spec === b.fields[at]!.spec)
}

function append(state: ReadState, bytes: Uint8Array): void {
  const needed = state.filled + bytes.length
  if (needed > state.text.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, state.text.length * 2, FIRST_CAPACITY))
    state.text.copy(grown, 0, 0, state.filled)
    state.text = grown
  }
  state.text.set(bytes, state.filled)
  state.filled = needed
}

function flush(state: ReadState): void {
  const { builder, layout, firstRow } = state
  if (state.filled === 0) return
  const rows = builder.rows() - firstRow
  const text = state.text.subarray(0, state.filled)
  state.filled = 0
  state.firstRow = builder.rows()
  const fieldsOf = (number: boolean) =>
    layout.fields.filter(({ spec }) => (spec.kind === 'number') === number).map(({ field }) => field)
  const cells = understood(builder.placeOf(firstRow).file, () =>
    parseCsvRows({ ...layout, text, rows, numbers: fieldsOf(true), texts: fieldsOf(false) }),
  )
  let firstFault: { i: number; error: unknown } | null = null
  for (const { field, spec } of layout.fields) {
    let i = 0
    const place = (at: number) => {
      i = at
      return { ...builder.placeOf(firstRow + at), column: spec.name }
    }
    try {
      copyCells(cells.get(field)!, { spec, column: builder.columns.get(spec.name)!, at: firstRow }, place)
    } catch (error) {
      if (firstFault === null || i < firstFault.i) firstFault = { i, error }
    }
  }
  if (firstFault !== null) throw firstFault.error
}

function understood<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]!.slice(0, 200)
    throw dataError({ file }, `is no CSV file that can be read (${reason})`, error)
  }
}

/** The header's texts, for whoever has to guess what a file is. */
export async function readCsvHeader(source: Source): Promise<readonly string[]> {
  let header: readonly string[] | null = null
  const sink: CsvSink = {
    header(names) {
      header = names
    },
    row() {},
    text() {},
  }
  const scanner = createCsvScanner(source.path, sink, textBytesOf(source))
  for await (const chunk of readChunks(source)) {
    scanner.push(chunk)
    if (header !== null) break
  }
  if (header === null) scanner.end()
  return header ?? []
}

/** A row of prices has 25 bytes or more. Memory that is set aside and never written costs nothing. */
const LEAST_ROW_BYTES = 25
const LIKELY_RATIO = 5
const MOST_LIKELY_ROWS = 8_000_000

function textBytesOf({ bytes, compressed }: Source): number {
  return compressed ? Infinity : bytes
}

function likelyRows({ bytes, compressed }: Source): number {
  return Math.min(MOST_LIKELY_ROWS, Math.ceil((bytes * (compressed ? LIKELY_RATIO : 1)) / LEAST_ROW_BYTES))
}
