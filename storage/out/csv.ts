import { formatIsoDate } from '../../core/dates.ts'
import type { Columns, TableSchema } from '../parquet/schemas.ts'

/** Lines written at once: enough that the calls do not count, little enough that a table of any size streams. */
const LINES_PER_PIECE = 16_384
/** Line end of RFC 4180. */
const EOL = '\r\n'
/** A text cell that begins so would be run as a formula by a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/
const NEEDS_QUOTES = /[",\r\n]/

/**
 * A table as RFC 4180 text with a header, piece by piece. Dates are ISO, numbers the shortest text that reads back
 * exactly, a NaN is an empty cell, infinities are `inf` and `-inf`.
 */
export function* csvOfTable(schema: TableSchema, columns: Columns): Generator<string, void> {
  const cells = schema.columns.map(({ name, type }) => {
    const values = columns[name] as Int32Array | Float64Array
    return type === 'date' ? dateCells(values) : (row: number) => numberCell(values[row] as number)
  })
  yield csvLine(schema.columns.map(({ name }) => name))
  const rows = columns[schema.columns[0]?.name ?? '']?.length ?? 0
  for (let from = 0; from < rows; from += LINES_PER_PIECE) {
    let piece = ''
    for (let row = from; row < Math.min(rows, from + LINES_PER_PIECE); row++) {
      piece += `${cells.map((cell) => cell(row)).join(',')}${EOL}`
    }
    yield piece
  }
}

/** One line of numbers and texts. A text is quoted where it must be, and disarmed where it would be a formula. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  const texts = cells.map((cell) => (typeof cell === 'string' ? textCell(cell) : numberCell(cell ?? Number.NaN)))
  return `${texts.join(',')}${EOL}`
}

/** The day before is remembered: rows come by date, and formatting one costs more than the rest of the line. */
function dateCells(days: Int32Array | Float64Array): (row: number) => string {
  let [last, text] = [Number.NaN, '']
  return (row) => {
    const day = days[row] as number
    if (day !== last) {
      last = day
      text = formatIsoDate(day)
    }
    return text
  }
}

function numberCell(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return ''
  return value > 0 ? 'inf' : '-inf'
}

function textCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
