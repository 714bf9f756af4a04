import { NO_DATE } from '../../../../engine/panel.ts'
import { dataError, shown } from '../data-error.ts'
import { decimalOf, parseDay, parseDecimal } from './parse-cell.ts'
import { type ColumnSpec, RAW, type RawColumn } from './raw-table.ts'
import { mappingOf, resolveColumns } from './resolve-columns.ts'
import { type CsvRecord, createCsvScanner } from './scan-csv.ts'
import { readChunks, type Source } from './source.ts'
import type { TableBuilder } from './table-builder.ts'

/** Texts that mean "no value", in lower case, besides a blank cell. */
const NULL_WORDS = new Set(['', 'null', 'na', 'n/a', '<na>', 'none', '.'])
const NUMBER_WORDS = new Map([
  ['nan', NaN],
  ['-nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
])
/** A dictionary larger than this is no column of tickers or names. */
const MAX_WORDS = 2_000_000
const MAX_WORD_BYTES = 256
export const DATE_FORMS = 'allowed: YYYY-MM-DD or YYYYMMDD, from 1900 to 2199'
const FIRST_YEAR_DAY = -25567
const LAST_YEAR_DAY = 84005

/** Appends the rows of one CSV file to the builder. Throws `data_invalid` or `data_missing` with file and row. */
export async function readCsv(source: Source, specs: readonly ColumnSpec[], builder: TableBuilder): Promise<void> {
  const file = source.path
  let cells: CellReader[] = []
  let width = 0
  const scanner = createCsvScanner(
    file,
    (record) => {
      if (width === 0) {
        width = record.fields
        cells = openFile(file, record, specs, builder)
        builder.reserve(likelyRows(source))
        return
      }
      if (record.fields !== width) {
        throw dataError({ file, row: record.line }, `has ${record.fields} fields, the header has ${width}`)
      }
      builder.reserve(1)
      const row = builder.rows()
      for (const cell of cells) cell(record, row)
      builder.commitOne(record.line)
    },
    textBytesOf(source),
  )
  for await (const chunk of readChunks(source)) scanner.push(chunk)
  scanner.end()
  if (width === 0) throw dataError({ file }, 'is empty; a header and at least one row are needed')
}

/** The header's texts, for whoever has to guess what a file is. */
export async function readCsvHeader(source: Source): Promise<readonly string[]> {
  let header: readonly string[] | null = null
  const scanner = createCsvScanner(
    source.path,
    (record) => {
      header ??= headersOf(record)
    },
    textBytesOf(source),
  )
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

type CellReader = (record: CsvRecord, row: number) => void

function openFile(file: string, record: CsvRecord, specs: readonly ColumnSpec[], builder: TableBuilder): CellReader[] {
  const headers = headersOf(record)
  const found = resolveColumns(file, headers, specs)
  builder.beginFile(file, mappingOf(found, headers))
  return found.flatMap((spec, at) =>
    spec === null ? [] : [cellReader(file, spec, at, builder.columns.get(spec.name)!)],
  )
}

function headersOf(record: CsvRecord): string[] {
  return Array.from({ length: record.fields }, (_, field) => textOf(record, field))
}

function cellReader(file: string, spec: ColumnSpec, field: number, column: RawColumn): CellReader {
  const place = (record: CsvRecord) => ({ file, row: record.line, column: spec.name })
  if (column.kind === 'date') {
    return (record, row) => {
      const day = parseDay(record.bytes, record.starts[field]!, record.ends[field]!)
      column.values[row] =
        day === NO_DATE ? parseDateText(textOf(record, field), place(record)) : checkDay(day, place(record))
    }
  }
  if (column.kind === 'number') {
    return (record, row) => {
      const value = parseDecimal(record.bytes, record.starts[field]!, record.ends[field]!)
      if (!Number.isNaN(value)) {
        column.values[row] = value
        column.state[row] = RAW.value
      } else parseNumberWord(textOf(record, field), spec, { column, row }, place(record))
    }
  }
  const word = wordReader(column.words)
  return (record, row) => {
    const at = word(record, field)
    if (at === -2)
      throw dataError(
        place(record),
        `${shown(textOf(record, field))} is not a name; allowed: up to 256 printable bytes`,
      )
    column.values[row] = at
  }
}

/** A word that is no plain number: blank, NaN, an infinity, a vendor's letter, or an error. */
export function parseNumberWord(
  text: string,
  spec: ColumnSpec,
  { column, row }: { column: { values: Float64Array; state: Uint8Array }; row: number },
  place: { file: string; row: number; column: string },
): void {
  const word = text.trim().toLowerCase()
  const named = NUMBER_WORDS.get(word)
  const value = named ?? decimalOf(word)
  column.values[row] = value
  if (named !== undefined || !Number.isNaN(value)) column.state[row] = RAW.value
  else if (NULL_WORDS.has(word)) column.state[row] = RAW.null
  else if (spec.letters && /^[a-z]$/.test(word)) column.state[row] = RAW.code
  else
    throw dataError(
      place,
      `${shown(text)} is not a number${commaHint(word)}; allowed: digits with a decimal point, or blank`,
    )
}

function commaHint(word: string): string {
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(word)) return ' (commas between thousands, or a decimal comma)'
  return /^[+-]?\d*,\d+$/.test(word) ? ' (a decimal comma)' : ''
}

/** The day number of a date text; NO_DATE for a blank one. */
export function parseDateText(text: string, place: { file: string; row: number; column: string }): number {
  const trimmed = text.trim()
  if (NULL_WORDS.has(trimmed.toLowerCase())) return NO_DATE
  const bytes = Buffer.from(trimmed, 'latin1')
  const day = parseDay(bytes, 0, bytes.length)
  if (day === NO_DATE) throw dataError(place, `${shown(text)} is not a calendar date; ${DATE_FORMS}`)
  return checkDay(day, place)
}

/** Refuses a day outside the years that prices have. */
export function checkDay(day: number, place: { file: string; row: number; column: string }): number {
  if (day >= FIRST_YEAR_DAY && day <= LAST_YEAR_DAY) return day
  throw dataError(place, `the date lies outside 1900 to 2199; ${DATE_FORMS}`)
}

/** A reader of dictionary words that compares bytes with the last word first: rows of one name come together. */
function wordReader(words: string[]): (record: CsvRecord, field: number) => number {
  const codes = new Map(words.map((word, code) => [word, code]))
  const last = new Uint8Array(MAX_WORD_BYTES)
  let lastLength = -1
  let lastCode = -1
  return (record, field) => {
    const start = record.starts[field]!
    const length = record.ends[field]! - start
    if (length > MAX_WORD_BYTES) return -2
    if (length === lastLength) {
      let at = 0
      while (at < length && record.bytes[start + at] === last[at]) at++
      if (at === length) return lastCode
    }
    last.set(record.bytes.subarray(start, start + length))
    lastLength = length
    lastCode = codeOf(textOf(record, field).trim(), words, codes)
    if (lastCode === -2) lastLength = -1
    return lastCode
  }
}

/** The code of a word, -1 for a blank one, -2 for one that is no name. */
export function codeOf(word: string, words: string[], codes: Map<string, number>): number {
  if (word === '') return -1
  const known = codes.get(word)
  if (known !== undefined) return known
  if (/[\p{Cc}\ufffd]/u.test(word) || Buffer.byteLength(word) > MAX_WORD_BYTES || words.length >= MAX_WORDS) return -2
  codes.set(word, words.length)
  words.push(word)
  return words.length - 1
}

function textOf(record: CsvRecord, field: number): string {
  const bytes = record.bytes
  const text = Buffer.from(bytes.buffer, record.starts[field]!, record.ends[field]! - record.starts[field]!).toString(
    'utf8',
  )
  return record.doubled[field] === 1 ? text.replaceAll('""', '"') : text
}
