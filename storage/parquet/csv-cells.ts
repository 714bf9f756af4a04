import type { DataFrame, Series } from 'nodejs-polars'
import { frames, keptExpression } from './frames.ts'
import { scannedTexts } from './scan.ts'

/** Rows of CSV text whose structure was checked, and the fields of them that are wanted. */
export interface CsvRows {
  /** Whole records, each with a line break; quotes stand only around fields. */
  readonly text: Uint8Array
  readonly rows: number
  /** Fields of every record. */
  readonly width: number
  readonly delimiter: string
  readonly numbers: readonly number[]
  readonly texts: readonly number[]
}

/** Cells of text: indexes into `words`. */
export interface CsvTexts {
  readonly kind: 'text'
  readonly values: Int32Array
  readonly words: readonly string[]
}

/** Cells of numbers. */
export interface CsvNumbers {
  readonly kind: 'parsed'
  /** The nearest double of each cell; NaN or ±Infinity only in `oddRows`. */
  readonly values: Float64Array
  /** Rows, rising, whose cell is no finite number ... */
  readonly oddRows: Int32Array
  /** ... and what stands there instead. */
  readonly odd: CsvTexts
}

const NO_TEXTS: CsvTexts = { kind: 'text', values: new Int32Array(0), words: [] }

/**
 * The wanted fields by their index. Nothing is guessed: a number field is read as Float64, and where a cell is no
 * finite number its column is read again as text. Bytes that are no UTF-8 become U+FFFD. Throws what polars throws,
 * and when it finds another number of rows.
 */
export function parseCsvRows(csv: CsvRows): ReadonlyMap<number, CsvNumbers | CsvTexts> {
  // A header of our own, because polars would take bytes that begin like gzip or zstd for compressed.
  const header = Buffer.from(`${Array.from({ length: csv.width }, (_, field) => field).join(csv.delimiter)}\n`)
  const text = Buffer.concat([header, csv.text])
  const frame = readFields(csv, text, [...csv.numbers, ...csv.texts], csv.numbers)
  const found = new Map<number, CsvNumbers | CsvTexts>()
  for (const field of csv.texts) found.set(field, { kind: 'text', ...scannedTexts(frame.getColumn(String(field))) })
  const odd: number[] = []
  for (const field of csv.numbers) {
    const values = filled(frame.getColumn(String(field)))
    const oddRows = rowsNotFinite(values)
    found.set(field, { kind: 'parsed', values, oddRows, odd: NO_TEXTS })
    if (oddRows.length > 0) odd.push(field)
  }
  if (odd.length === 0) return found
  const words = readFields(csv, text, odd, [])
  for (const field of odd) {
    const cells = found.get(field) as CsvNumbers
    found.set(field, withWords(cells, frame.getColumn(String(field)), words.getColumn(String(field))))
  }
  return found
}

function readFields(csv: CsvRows, text: Buffer, fields: readonly number[], numbers: readonly number[]): DataFrame {
  const pl = frames()
  const frame = pl.readCSV(text, {
    sep: csv.delimiter,
    columns: fields.map(String),
    dtypes: Object.fromEntries(numbers.map((field) => [String(field), pl.Float64])),
    inferSchemaLength: 0,
    encoding: 'utf8-lossy',
    truncateRaggedLines: false,
    // A cell that is no number becomes null. Texts keep their blank cells.
    ignoreErrors: true,
    missingIsNull: false,
  })
  if (frame.height !== csv.rows) throw new RangeError(`polars found ${frame.height} rows of ${csv.rows}`)
  return frame
}

const numberOrNaN = keptExpression((pl) => pl.col('number').fillNull(pl.lit(NaN)))
const isOdd = keptExpression((pl) => pl.col('number').fillNull(pl.lit(NaN)).isFinite().not())
const cell = keptExpression((pl) => pl.col('cell'))
const trimmedNumber = keptExpression((pl) => pl.col('cell').str.strip().cast(pl.Float64, false).alias('number'))

/** NaN for nulls: a typed array of a column that holds nulls throws. */
function filled(series: Series): Float64Array {
  if (series.nullCount() === 0) return series.toTypedArray() as Float64Array
  const full = frames()
    .DataFrame([series.rename('number')])
    .select(numberOrNaN())
  return full.getColumn('number').toTypedArray() as Float64Array
}

/** The same numbers with the texts of the odd cells. Few cells have spaces after them: those alone are tried again. */
function withWords(cells: CsvNumbers, numbers: Series, texts: Series): CsvNumbers {
  const both = frames().DataFrame([texts.rename('cell'), numbers.rename('number')])
  const rest = both.filter(isOdd()).select(cell(), trimmedNumber())
  const values = Float64Array.from(cells.values)
  const again = filled(rest.getColumn('number'))
  for (let at = 0; at < again.length; at++) values[cells.oddRows[at]!] = again[at]!
  const odd: CsvTexts = { kind: 'text', ...scannedTexts(rest.filter(isOdd()).getColumn('cell')) }
  return { kind: 'parsed', values, oddRows: rowsNotFinite(values), odd }
}

function rowsNotFinite(values: Float64Array): Int32Array {
  let count = 0
  for (let row = 0; row < values.length; row++) if (!Number.isFinite(values[row])) count++
  const rows = new Int32Array(count)
  for (let row = 0, at = 0; at < count; row++) if (!Number.isFinite(values[row])) rows[at++] = row
  return rows
}
