/** What stands in a cell of a number column. A `code` is a null that the vendor gave a reason for (CRSP's letters). */
export const RAW = { null: 0, value: 1, code: 2 } as const

export interface NumberColumn {
  readonly kind: 'number'
  /** NaN where `state` is not RAW.value; NaN or ±Infinity under RAW.value is what the file holds. */
  values: Float64Array
  state: Uint8Array
}

export interface DateColumn {
  readonly kind: 'date'
  /** Day numbers; NO_DATE where the cell is blank. */
  values: Int32Array
}

export interface TextColumn {
  readonly kind: 'text'
  /** Index into `words`; -1 where the cell is blank. */
  values: Int32Array
  readonly words: string[]
}

export type RawColumn = NumberColumn | DateColumn | TextColumn

/** What was read from one or more files of one role, in file order; every column has `rows` cells. */
export interface RawTable {
  rows: number
  readonly columns: ReadonlyMap<string, RawColumn>
  /** Row of the file (a CSV's line). */
  line: Uint32Array
  /** Index into `files`. */
  file: Uint16Array
  readonly files: readonly string[]
  /** Column -> header of the first file. */
  readonly mapping: ReadonlyMap<string, string>
  /** Names of known columns that at least one file lacks. */
  readonly absent: ReadonlySet<string>
}

/** One column that a table may have. */
export interface ColumnSpec {
  readonly name: string
  /** Further headers that mean it, in lower case. */
  readonly aliases?: readonly string[]
  readonly kind: RawColumn['kind']
  readonly required?: boolean
  /** A single letter is a missing value with a reason (CRSP: A to E). */
  readonly letters?: boolean
}

/** The column of a table; undefined when no file has it. */
export function numberColumn(table: RawTable, name: string): NumberColumn | undefined {
  const column = table.columns.get(name)
  return column?.kind === 'number' ? column : undefined
}

export function dateColumn(table: RawTable, name: string): DateColumn | undefined {
  const column = table.columns.get(name)
  return column?.kind === 'date' ? column : undefined
}

export function textColumn(table: RawTable, name: string): TextColumn | undefined {
  const column = table.columns.get(name)
  return column?.kind === 'text' ? column : undefined
}

/** Where row `row` of the table was read. */
export function placeOf(table: RawTable, row: number, column?: string): { file: string; row: number; column?: string } {
  const place = { file: table.files[table.file[row]!]!, row: table.line[row]! }
  return column === undefined ? place : { ...place, column }
}
