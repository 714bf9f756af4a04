import { dataError } from '../data-error.ts'
import { canonicalRecord, splitRecord } from './split-record.ts'

/** A longer line is no table of prices; it bounds the memory a file can ask for. */
export const MAX_RECORD_BYTES = 1 << 20
export const MAX_COLUMNS = 1024
const CHUNK_BYTES = 1 << 20

const NEWLINE = 10
const RETURN = 13
const QUOTE = 34
const DELIMITERS = [',', ';', '\t', '|'] as const

/** What a scanner hands over, in the order of the file. */
export interface CsvSink {
  /** The fields of the first record. */
  header(names: readonly string[], delimiter: string): void
  /** One record that has as many fields as the header; `line` of the file is its first, from 1. */
  row(line: number): void
  /** The bytes of the rows told since the last call: valid during the call, in quotes that any reader understands. */
  text(bytes: Uint8Array): void
}

/** Takes the bytes of one CSV file in pieces. */
export interface CsvScanner {
  push(chunk: Uint8Array): void
  end(): void
}

/**
 * Checks the structure of RFC 4180 text and leaves its cells alone: comma, semicolon, tab or bar (whichever the first
 * line holds most of), LF or CRLF, quotes, a UTF-8 byte order mark; blank lines are dropped. Memory is bounded by
 * MAX_RECORD_BYTES whatever the file holds. `textBytes`: the length of the text, where it is known.
 * Throws `data_invalid` on a longer record, too many columns, a row that is not as wide as the header, an unclosed or
 * misplaced quote, UTF-16 and a NUL in the header; the rows before are handed over first.
 */
export function createCsvScanner(file: string, sink: CsvSink, textBytes: number = Infinity): CsvScanner {
  // The longest record, and a chunk after it; five thousand small files need not pay for that each.
  const bytes = Buffer.alloc(Math.min(textBytes + 1, MAX_RECORD_BYTES + CHUNK_BYTES))
  const state: ScanState = {
    file,
    bytes,
    sink,
    filled: 0,
    line: 1,
    delimiter: -1,
    width: 0,
    fields: 0,
    breaks: 0,
    stray: false,
  }
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
  readonly bytes: Buffer
  readonly sink: CsvSink
  filled: number
  line: number
  delimiter: number
  /** Fields of the header; 0 before it. */
  width: number
  /** Of the record scanned last: its fields, the line breaks inside, a quote inside a plain field. */
  fields: number
  breaks: number
  stray: boolean
}

/** Hands out every whole record of the buffer and moves the rest to its start. */
function drain(state: ScanState, last: boolean): void {
  let from = 0
  if (state.delimiter < 0) {
    const known = firstLine(state, last)
    if (known < 0) return
    from = known
  }
  let clean = from
  const handOver = (to: number, next: number): void => {
    // The last record may end without its line break, one byte before.
    if (to > clean) state.sink.text(state.bytes.subarray(clean, Math.min(to, state.filled)))
    clean = next
  }
  try {
    for (;;) {
      const next = scanRecord(state, from, last)
      if (next < 0) break
      const blank = isBlank(state, from, next)
      if (blank || state.stray || state.width === 0) handOver(from, next)
      if (!blank) takeRecord(state, from, next)
      state.line += 1 + state.breaks
      from = next
    }
  } finally {
    handOver(from, from)
  }
  if (state.filled - from > MAX_RECORD_BYTES) throw tooLong(state)
  state.bytes.copyWithin(0, from, state.filled)
  state.filled -= from
}

function takeRecord(state: ScanState, from: number, next: number): void {
  const { file, sink, line, fields, width } = state
  const delimiter = String.fromCharCode(state.delimiter)
  if (width === 0) {
    state.width = fields
    sink.header(splitRecord(state.bytes.toString('utf8', from, Math.min(next, state.filled)), delimiter), delimiter)
    return
  }
  if (fields !== width) throw dataError({ file, row: line }, `has ${fields} fields, the header has ${width}`)
  sink.row(line)
  if (state.stray) sink.text(canonicalRecord(state.bytes.subarray(from, Math.min(next, state.filled)), delimiter))
}

/** A line that holds nothing, or one empty pair of quotes. */
function isBlank({ bytes, fields, filled }: ScanState, from: number, next: number): boolean {
  if (fields > 1 || next - from > 5) return false
  return /^(""|)\r?\n?$/.test(bytes.toString('latin1', from, Math.min(next, filled)))
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
  const { bytes, filled, delimiter } = state
  if (from >= filled) return -1
  let fields = 1
  let start = from
  let at = from
  state.stray = false
  state.breaks = 0
  for (; ; at++) {
    const byte = at < filled ? bytes[at]! : -1
    if (byte === delimiter) {
      if (fields === MAX_COLUMNS) {
        throw dataError({ file: state.file, row: state.line }, `has more than ${MAX_COLUMNS} columns`)
      }
      fields++
      start = at + 1
    } else if (byte === NEWLINE || byte === -1) {
      if (byte === -1 && !last) return -1
      break
    } else if (byte === QUOTE) {
      if (at !== start) state.stray = true
      else {
        const after = scanQuoted(state, at, last)
        if (after < 0) return -1
        for (let i = start; i < after; i++) if (bytes[i] === NEWLINE) state.breaks++
        at = after - 1
      }
    }
  }
  if (at - from > MAX_RECORD_BYTES) throw tooLong(state)
  state.fields = fields
  return at + 1
}

/** Scans a quoted field that begins at `open`; the offset of what follows it, or -1 when its end is not there. */
function scanQuoted(state: ScanState, open: number, last: boolean): number {
  const { bytes, filled, file } = state
  for (let at = open + 1; at < filled; at++) {
    if (bytes[at] !== QUOTE) continue
    if (bytes[at + 1] === QUOTE && at + 1 < filled) {
      at++
      continue
    }
    // A quote at the very end of the buffer may be the first half of a doubled one.
    if (at + 1 >= filled && !last) return -1
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
