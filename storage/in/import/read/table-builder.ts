import { NO_DATE } from '../../../../engine/panel.ts'
import { dataError } from '../data-error.ts'
import type { ColumnSpec, RawColumn, RawTable } from './raw-table.ts'

/** Rows of one import: thirty years of every American stock, some 8 GB while they are read. */
export const MAX_ROWS = 50_000_000
/** Files of one role. */
export const MAX_FILES = 65_535
const FIRST_CAPACITY = 1 << 12

/** Grows a RawTable file by file. The columns exist from the start; a file without one leaves blank cells. */
export interface TableBuilder {
  readonly columns: ReadonlyMap<string, RawColumn>
  /** Index of the next row. */
  rows(): number
  /** Starts a file; `present` holds the columns it has, each with its header. */
  beginFile(path: string, present: ReadonlyMap<string, string>): void
  /** Makes room for `count` further rows. */
  reserve(count: number): void
  /** Counts rows whose cells are or will be written; `line` is the first one's row in its file. */
  commit(count: number, line: number): void
  /** File and line of a row that was counted. */
  placeOf(row: number): { file: string; row: number }
  finish(): RawTable
}

/** An empty builder of the columns `specs`. */
export function createTableBuilder(specs: readonly ColumnSpec[]): TableBuilder {
  const columns = new Map(specs.map((spec) => [spec.name, emptyColumn(spec.kind)]))
  const files: string[] = []
  let mapping: ReadonlyMap<string, string> = new Map()
  const seen = new Set<string>()
  const absent = new Set<string>()
  let line = new Uint32Array(0)
  let file = new Uint16Array(0)
  let rows = 0
  let fileStart = 0
  let lacking: readonly RawColumn[] = []

  const closeFile = (): void => {
    for (const column of lacking) column.values.fill(BLANK[column.kind], fileStart, rows)
  }
  const reserve = (count: number): void => {
    const needed = rows + count
    if (needed <= line.length) return
    if (needed > MAX_ROWS) {
      throw dataError({ file: files.at(-1)! }, `more than ${MAX_ROWS} rows in one import; take fewer years or names`)
    }
    const capacity = Math.min(MAX_ROWS, Math.max(needed, line.length * 2, FIRST_CAPACITY))
    line = grown(line, capacity)
    file = grown(file, capacity)
    for (const column of columns.values()) growColumn(column, capacity)
  }

  return {
    columns,
    rows: () => rows,
    beginFile(path, present) {
      if (files.length === MAX_FILES) throw dataError({ file: path }, `more than ${MAX_FILES} files in one import`)
      closeFile()
      fileStart = rows
      lacking = specs.filter(({ name }) => !present.has(name)).map(({ name }) => columns.get(name)!)
      if (files.length === 0) mapping = present
      files.push(path)
      for (const { name } of specs) (present.has(name) ? seen : absent).add(name)
    },
    reserve,
    placeOf: (row) => ({ file: files[file[row]!]!, row: line[row]! }),
    commit(count, first) {
      for (let i = 0; i < count; i++) {
        line[rows] = first + i
        file[rows] = files.length - 1
        rows++
      }
    },
    finish() {
      closeFile()
      const kept = new Map([...columns].filter(([name]) => seen.has(name)))
      for (const column of kept.values()) trimColumn(column, rows)
      return { rows, columns: kept, line: line.subarray(0, rows), file: file.subarray(0, rows), files, mapping, absent }
    },
  }
}

function emptyColumn(kind: RawColumn['kind']): RawColumn {
  if (kind === 'number') return { kind, values: new Float64Array(0), state: new Uint8Array(0) }
  if (kind === 'date') return { kind, values: new Int32Array(0) }
  return { kind, values: new Int32Array(0), words: [] }
}

/** What stands in the cells of a file that lacks the column. */
const BLANK = { number: NaN, date: NO_DATE, text: -1 } as const

function growColumn(column: RawColumn, capacity: number): void {
  column.values = grown(column.values as Float64Array, capacity)
  if (column.kind === 'number') column.state = grown(column.state, capacity)
}

function trimColumn(column: RawColumn, rows: number): void {
  column.values = column.values.subarray(0, rows) as Float64Array & Int32Array
  if (column.kind === 'number') column.state = column.state.subarray(0, rows)
}

function grown<T extends Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array>(
  from: T,
  length: number,
): T {
  const to = new (from.constructor as new (length: number) => T)(length)
  to.set(from)
  return to
}
