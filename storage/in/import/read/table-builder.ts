import { NO_DATE } from '../../../../engine/panel.ts'
import { dataError } from '../data-error.ts'
import { type ColumnSpec, RAW, type RawColumn, type RawTable } from './raw-table.ts'

/** Rows of one import: more than CRSP holds since 1925, and small enough for typed arrays. */
export const MAX_ROWS = 200_000_000
/** Files of one role. */
export const MAX_FILES = 65_535
const FIRST_CAPACITY = 1 << 16

/** Grows a RawTable file by file. The columns exist from the start; a file without one leaves blank cells. */
export interface TableBuilder {
  readonly columns: ReadonlyMap<string, RawColumn>
  /** Index of the next row. */
  rows(): number
  /** Starts a file; `present` are the columns it has. */
  beginFile(path: string, present: ReadonlySet<string>): void
  /** Makes room for `count` further rows. */
  reserve(count: number): void
  /** Counts rows whose cells were just written; `line` is the first one's row in its file. */
  commit(count: number, line: number): void
  /** Writes the row of the current index and counts it, without a range check of the room. */
  commitOne(line: number): void
  finish(): RawTable
}

/** An empty builder of the columns `specs`. */
export function createTableBuilder(specs: readonly ColumnSpec[]): TableBuilder {
  const columns = new Map(specs.map((spec) => [spec.name, emptyColumn(spec.kind)]))
  const files: string[] = []
  const seen = new Set<string>()
  const absent = new Set<string>()
  let line = new Uint32Array(FIRST_CAPACITY)
  let file = new Uint16Array(FIRST_CAPACITY)
  let rows = 0

  const reserve = (count: number): void => {
    const needed = rows + count
    if (needed <= line.length) return
    if (needed > MAX_ROWS) {
      throw dataError({ file: files.at(-1)! }, `more than ${MAX_ROWS} rows in one import; take fewer years or names`)
    }
    const capacity = Math.min(MAX_ROWS, Math.max(needed, line.length * 2))
    line = grown(line, capacity, 0)
    file = grown(file, capacity, 0)
    for (const column of columns.values()) growColumn(column, capacity)
  }
  const commitOne = (at: number): void => {
    line[rows] = at
    file[rows] = files.length - 1
    rows++
  }

  return {
    columns,
    rows: () => rows,
    beginFile(path, present) {
      if (files.length === MAX_FILES) throw dataError({ file: path }, `more than ${MAX_FILES} files in one import`)
      files.push(path)
      for (const { name } of specs) (present.has(name) ? seen : absent).add(name)
    },
    reserve,
    commitOne,
    commit(count, first) {
      for (let i = 0; i < count; i++) commitOne(first + i)
    },
    finish() {
      const kept = new Map([...columns].filter(([name]) => seen.has(name)))
      for (const column of kept.values()) trimColumn(column, rows)
      return { rows, columns: kept, line: line.subarray(0, rows), file: file.subarray(0, rows), files, absent }
    },
  }
}

function emptyColumn(kind: RawColumn['kind']): RawColumn {
  if (kind === 'number') {
    return { kind, values: new Float64Array(FIRST_CAPACITY).fill(NaN), state: new Uint8Array(FIRST_CAPACITY) }
  }
  if (kind === 'date') return { kind, values: new Int32Array(FIRST_CAPACITY).fill(NO_DATE) }
  return { kind, values: new Int32Array(FIRST_CAPACITY).fill(-1), words: [] }
}

const BLANK = { number: NaN, date: NO_DATE, text: -1 } as const

function growColumn(column: RawColumn, capacity: number): void {
  column.values = grown(column.values as Float64Array, capacity, BLANK[column.kind])
  if (column.kind === 'number') column.state = grown(column.state, capacity, RAW.null)
}

function trimColumn(column: RawColumn, rows: number): void {
  column.values = column.values.subarray(0, rows) as Float64Array & Int32Array
  if (column.kind === 'number') column.state = column.state.subarray(0, rows)
}

function grown<T extends Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array>(
  from: T,
  length: number,
  blank: number,
): T {
  const to = new (from.constructor as new (length: number) => T)(length)
  to.set(from)
  // Fresh memory is zero already.
  if (blank !== 0) to.fill(blank, from.length)
  return to
}
