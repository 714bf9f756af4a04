import { NO_DATE } from '../../../../engine/panel.ts'
import type { CsvNumbers } from '../../../parquet/csv-cells.ts'
import type { ScannedColumn } from '../../../parquet/scan.ts'
import { dataError, shown } from '../data-error.ts'
import {
  type CellPlace,
  checkDay,
  codeOf,
  DATE_FORMS,
  dayOfWhole,
  parseDateText,
  parseNumberWord,
} from './parse-cell.ts'
import { type ColumnSpec, type NumberColumn, RAW, type RawColumn } from './raw-table.ts'

/** Where cells go: rows from `at` of `column`. */
interface Target {
  readonly spec: ColumnSpec
  readonly column: RawColumn
  readonly at: number
}

/** The place of cell `i` of those that are copied. */
type PlaceOf = (i: number) => CellPlace

/**
 * Copies what polars read into a column of the table: blanks and words by the rules of parse-cell.ts.
 * Throws `data_invalid` at the first cell that has no place in the column.
 */
export function copyCells(from: ScannedColumn | CsvNumbers, { spec, column, at }: Target, place: PlaceOf): void {
  if (from.kind === 'parsed') {
    if (column.kind === 'number') copyParsed(from, column, { spec, at }, place)
  } else if (column.kind === 'number') copyNumbers(from, column, { spec, at }, place)
  else if (column.kind === 'date') copyDates(from, column.values, at, place)
  else copyWords(from, column, at, place)
}

type NumberTarget = Pick<Target, 'spec' | 'at'>

function copyParsed(from: CsvNumbers, to: NumberColumn, { spec, at }: NumberTarget, place: PlaceOf): void {
  const { values, oddRows, odd } = from
  // + 0 turns -0 into 0, so that equal data has equal bits.
  for (let i = 0; i < values.length; i++) to.values[at + i] = values[i]! + 0
  to.state.fill(RAW.value, at, at + values.length)
  for (let k = 0; k < oddRows.length; k++) {
    const i = oddRows[k]!
    parseNumberWord(odd.words[odd.values[k]!]!, spec, { column: to, row: at + i }, place(i))
  }
}

function copyNumbers(from: ScannedColumn, to: NumberColumn, { spec, at }: NumberTarget, place: PlaceOf): void {
  if (from.kind === 'date') throw dataError(place(0), 'holds dates; numbers are expected')
  if (from.kind === 'text') {
    for (let i = 0; i < from.values.length; i++) {
      const code = from.values[i]!
      if (code >= 0) parseNumberWord(from.words[code]!, spec, { column: to, row: at + i }, place(i))
    }
    return
  }
  for (let i = 0; i < from.values.length; i++) {
    to.values[at + i] = from.values[i]! + 0
    to.state[at + i] = from.nulls[i] === 1 ? RAW.null : RAW.value
  }
}

function copyDates(from: ScannedColumn, to: Int32Array, at: number, place: PlaceOf): void {
  if (from.kind === 'text') {
    const days = from.words.map(() => Number.NaN)
    for (let i = 0; i < from.values.length; i++) {
      const code = from.values[i]!
      if (code >= 0 && Number.isNaN(days[code]!)) days[code] = parseDateText(from.words[code]!, place(i))
      to[at + i] = code < 0 ? NO_DATE : days[code]!
    }
    return
  }
  for (let i = 0; i < from.values.length; i++) {
    if (from.nulls[i] === 1) {
      to[at + i] = NO_DATE
      continue
    }
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
    if (code === -2) {
      const word = shown(from.words[from.values[i]!]!)
      throw dataError(place(i), `${word} is not a name; allowed: up to 256 printable bytes`)
    }
    to.values[at + i] = code
  }
}
