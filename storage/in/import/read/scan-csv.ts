import { dataError } from '../data-error.ts'

/** A longer line is no table of prices; it bounds the memory a file can ask for. */
export const MAX_RECORD_BYTES = 1 << 20
export const MAX_COLUMNS = 1024
const CHUNK_BYTES = 1 << 20

const NEWLINE = 10
const RETURN = 13
const QUOTE = 34
const DELIMITERS = [',', ';', '\t', '|'] as const

/** One record: field f is bytes [starts[f], ends[f]) without its quotes. Valid only during the call. */
export interface CsvRecord {
  bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** 1 where a quote inside the field is doubled and must be undone. */
  readonly doubled: Uint8Array
  fields: number
  /** Line of the file on which the record begins, the first being 1. */
  line: number
}

/** Takes the bytes of one CSV file in pieces and calls back once per record; blank lines are passed over. */
export interface CsvScanner {
  push(chunk: Uint8Array): void
  end(): void
}

/**
 * A scanner of RFC 4180 text: comma, semicolon, tab or bar (whichever the first line holds most of), LF or CRLF,
 * quotes, a UTF-8 byte order mark. Memory is bounded by MAX_RECORD_BYTES whatever the file holds.
 * `textBytes`: the length of the text, where it is known.
 * Throws `data_invalid` on a longer record, too many columns, an unclosed or misplaced quote, UTF-16 and NUL.
 */
export function createCsvScanner(
  file: string,
  onRecord: (record: CsvRecord) => void,
  textBytes: number = Infinity,
): CsvScanner {
  // The longest record, and a chunk after it; five thousand small files need not pay for that each.
  const bytes = new Uint8Array(Math.min(textBytes + 1, MAX_RECORD_BYTES + CHUNK_BYTES))
  const record: CsvRecord = {
    bytes,
    starts: new Int32Array(MAX_COLUMNS),
    ends: new Int32Array(MAX_COLUMNS),
    doubled: new Uint8Array(MAX_COLUMNS),
    fields: 0,
    line: 1,
  }
  const state = { file, bytes, record, onRecord, filled: 0, line: 1, delimiter: -1 }
  return {
    push(chunk) {
      for (let from = 0; from < chunk.length; ) {
        const piece = chunk.subarray(from, from + bytes.length - state.filled)
        if (piece.length === 0) throw dataError({ file }, 'grew while it was read; import it when it is whole')
        bytes.set(piece, state.filled)
        state.filled += piece.length
        from += piece.length
        drain(state, false)
      }
    },
    end: () => drain(state, true),
  }
}

interface ScanState {
  readonly file: string
  readonly bytes: Uint8Array
  readonly record: CsvRecord
  readonly onRecord: (record: CsvRecord) => void
  filled: number
  line: number
  delimiter: number
}

/** Hands out every whole record of the buffer and moves the rest to its start. */
function drain(state: ScanState, last: boolean): void {
  let from = 0
  if (state.delimiter < 0) {
    const known = firstLine(state, last)
    if (known < 0) return
    from = known
  }
  for (;;) {
    const next = scanRecord(state, from, last)
    if (next < 0) break
    from = next
  }
  if (state.filled - from > MAX_RECORD_BYTES) throw tooLong(state)
  state.bytes.copyWithin(0, from, state.filled)
  state.filled -= from
}

/** Finds the delimiter in the first line; the offset after a byte order mark, or -1 when more bytes are needed. */
function firstLine(state: ScanState, last: boolean): number {
  const { bytes, filled, file } = state
  let end = bytes.subarray(0, filled).indexOf(NEWLINE)
  if (end < 0) {
    if (filled > MAX_RECORD_BYTES) throw tooLong(state)
    if (!last) return -1
    end = filled
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw dataError({ file }, 'the text is UTF-16; save it as UTF-8')
  }
  const line = bytes.subarray(0, end)
  if (line.includes(0)) throw dataError({ file, row: 1 }, 'holds a NUL byte; a CSV or Parquet file is expected')
  if (line.subarray(0, -1).includes(RETURN)) {
    throw dataError({ file, row: 1 }, 'lines end with CR alone; save the file with LF or CRLF')
  }
  const counts = DELIMITERS.map((delimiter) => countByte(line, delimiter.charCodeAt(0)))
  state.delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))]!.charCodeAt(0)
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

function countByte(bytes: Uint8Array, wanted: number): number {
  let count = 0
  for (const byte of bytes) if (byte === wanted) count++
  return count
}

/** Scans one record from `from`; the offset after it, or -1 when its end is not in the buffer. */
function scanRecord(state: ScanState, from: number, last: boolean): number {
  const { bytes, filled, record, delimiter } = state
  if (from >= filled) return -1
  const { starts, ends } = record
  let fields = 0
  let start = from
  let at = from
  let newlines = 0
  for (;;) {
    const byte = at < filled ? bytes[at]! : -1
    if (byte === QUOTE && at === start) {
      at = scanQuoted(state, fields, at, last)
      if (at < 0) return -1
      for (let i = start; i < at; i++) if (bytes[i] === NEWLINE) newlines++
    } else if (byte === delimiter || byte === NEWLINE || byte === -1) {
      if (byte === -1 && !last) return -1
      if (bytes[start] !== QUOTE || start === at) plainField(record, fields, start, at)
      fields++
      if (byte !== delimiter) break
      if (fields === MAX_COLUMNS) {
        throw dataError({ file: state.file, row: state.line }, `has more than ${MAX_COLUMNS} columns`)
      }
      start = at + 1
      at++
    } else at++
  }
  const end = fields - 1
  if (ends[end]! > starts[end]! && bytes[ends[end]! - 1] === RETURN) ends[end]!--
  if (at - from > MAX_RECORD_BYTES) throw tooLong(state)
  record.fields = fields
  record.line = state.line
  if (fields > 1 || ends[0]! > starts[0]!) state.onRecord(record)
  state.line += 1 + newlines
  return at + 1
}

function plainField(record: CsvRecord, field: number, start: number, end: number): void {
  record.starts[field] = start
  record.ends[field] = end
  record.doubled[field] = 0
}

/** Scans a quoted field that begins at `open`; the offset of what follows it, or -1 when its end is not there. */
function scanQuoted(state: ScanState, field: number, open: number, last: boolean): number {
  const { bytes, filled, record, file } = state
  if (field >= MAX_COLUMNS) throw dataError({ file, row: state.line }, `has more than ${MAX_COLUMNS} columns`)
  record.doubled[field] = 0
  for (let at = open + 1; at < filled; at++) {
    if (bytes[at] !== QUOTE) continue
    if (bytes[at + 1] === QUOTE && at + 1 < filled) {
      record.doubled[field] = 1
      at++
      continue
    }
    // A quote at the very end of the buffer may be the first half of a doubled one.
    if (at + 1 >= filled && !last) return -1
    record.starts[field] = open + 1
    record.ends[field] = at
    const after = at + 1 < filled ? bytes[at + 1]! : NEWLINE
    if (after === RETURN && (at + 2 >= filled || bytes[at + 2] === NEWLINE)) {
      return at + 2 < filled || last ? at + 2 : -1
    }
    if (after === state.delimiter || after === NEWLINE) return at + 1
    throw dataError({ file, row: state.line }, 'text follows a closing quote; a quote inside a field must be doubled')
  }
  if (!last) return -1
  throw dataError({ file, row: state.line }, 'a quote is opened and never closed')
}

function tooLong(state: ScanState): Error {
  return dataError(
    { file: state.file, row: state.line },
    `is longer than ${MAX_RECORD_BYTES} bytes; every row must end with a line break, and every quote be closed`,
  )
}
