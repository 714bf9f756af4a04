import { HindcastError } from '../../core/errors.ts'
import type { Columns, ColumnType, TableSchema } from './schemas.ts'

/** What a column type may lie in, in memory. */
const ARRAYS: Readonly<Record<ColumnType, readonly string[]>> = {
  date: ['Int32Array'],
  int32: ['Int32Array'],
  int64: ['Float64Array', 'Int32Array'],
  float64: ['Float64Array'],
}

/**
 * Throws `schema_violation` unless the columns are exactly those of the schema, of the right type, of one length, with
 * whole numbers where the file holds integers, and with rows in the order of the key.
 */
export function checkColumns(schema: TableSchema, columns: Columns): void {
  const listed = schema.columns.map((column) => column.name)
  const missing = listed.filter((name) => columns[name] === undefined)
  if (missing.length > 0) violation(schema, `misses the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`)
  const extra = Object.keys(columns).filter((name) => !listed.includes(name))
  if (extra.length > 0) violation(schema, `has unlisted columns ${extra.join(', ')}; listed: ${listed.join(', ')}`)
  for (const { name, type } of schema.columns) checkType(schema, name, type, columns[name])
  const rows = rowCount(schema, columns)
  for (const { name } of schema.columns) {
    const found = columns[name]?.length
    if (found !== rows) violation(schema, `column ${name} has ${found} rows, expected ${rows}`)
  }
  checkOrder(schema, columns, rows)
}

/** Rows of a table whose columns have one length. */
export function rowCount(schema: TableSchema, columns: Columns): number {
  return columns[schema.columns[0]?.name ?? '']?.length ?? 0
}

function checkType(schema: TableSchema, name: string, type: ColumnType, values: unknown): void {
  const found = (values as object).constructor.name
  if (!ARRAYS[type].includes(found)) {
    violation(schema, `column ${name} is a ${found}, expected ${type} in a ${ARRAYS[type].join(' or ')}`)
  }
  if (type !== 'int64' || found !== 'Float64Array') return
  const bad = (values as Float64Array).find((value) => !Number.isSafeInteger(value))
  if (bad !== undefined) violation(schema, `column ${name} holds ${bad}, expected int64`)
}

function checkOrder(schema: TableSchema, columns: Columns, rows: number): void {
  const key = schema.key.map((name) => columns[name] as Int32Array | Float64Array)
  for (let row = 1; row < rows; row++) {
    let column = 0
    while (column < key.length && key[column]?.[row] === key[column]?.[row - 1]) column++
    const values = key[column]
    if (values === undefined || (values[row] as number) < (values[row - 1] as number)) {
      violation(schema, `row ${row} is not above the row before it by (${schema.key.join(', ')})`)
    }
  }
}

function violation(schema: TableSchema, what: string): never {
  throw new HindcastError('schema_violation', `${schema.file} ${what}`)
}
