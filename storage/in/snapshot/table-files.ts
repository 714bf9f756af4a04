import { join } from 'node:path'
import { FUNDAMENTAL, NO_DATE, PRESENT } from '../../../engine/panel.ts'
import type { ScannedColumn } from '../../parquet/scan.ts'
import { encodeSnapshotFile, type FileColumn, readSnapshotFile } from '../../parquet/snapshot-file.ts'
import {
  FUNDAMENTAL_COLUMNS,
  FUNDAMENTAL_VALUES,
  type FundamentalTable,
  PRICE_COLUMNS,
  PRICE_VALUES,
  type PriceTable,
  SECURITY_COLUMNS,
  type SecurityTable,
  type SnapshotTables,
} from '../tables.ts'
import { SNAPSHOT_FILES } from './layout.ts'

/** The Parquet files of a snapshot: name -> bytes. */
export function encodeTables(tables: SnapshotTables): ReadonlyMap<string, Uint8Array> {
  const files = new Map([[SNAPSHOT_FILES.prices as string, encodeSnapshotFile(priceColumns(tables.prices))]])
  if (tables.fundamentals !== null) {
    files.set(SNAPSHOT_FILES.fundamentals, encodeSnapshotFile(fundamentalColumns(tables.fundamentals)))
  }
  return files.set(SNAPSHOT_FILES.securities, encodeSnapshotFile(securityColumns(tables.securities)))
}

/** The price table of a snapshot's directory. Throws what polars throws. */
export function readPrices(directory: string): PriceTable {
  const columns = readSnapshotFile(join(directory, SNAPSHOT_FILES.prices), PRICE_COLUMNS)
  const permno = numbers(columns, 'permno')
  const present = new Uint8Array(permno.length).fill(PRESENT.row)
  for (const name of PRICE_VALUES) addFlags(present, columns, name, PRESENT[name])
  const [ret, prc, vol, shrout] = PRICE_VALUES.map((name) => numbers(columns, name))
  return {
    rows: permno.length,
    permno,
    date: days(columns, 'date'),
    ret: ret!,
    prc: prc!,
    vol: vol!,
    shrout: shrout!,
    present,
  }
}

/** The statements of a snapshot's directory. Throws what polars throws. */
export function readStatements(directory: string): FundamentalTable {
  const columns = readSnapshotFile(join(directory, SNAPSHOT_FILES.fundamentals), FUNDAMENTAL_COLUMNS)
  const permno = numbers(columns, 'permno')
  const present = new Uint8Array(permno.length)
  for (const name of FUNDAMENTAL_VALUES) addFlags(present, columns, name, FUNDAMENTAL[name])
  const [ceq, ni, at, revt, cogs] = FUNDAMENTAL_VALUES.map((name) => numbers(columns, name))
  const rows = permno.length
  const datadate = days(columns, 'datadate')
  const availableFrom = days(columns, 'available_from')
  return { rows, permno, datadate, availableFrom, present, ceq: ceq!, ni: ni!, at: at!, revt: revt!, cogs: cogs! }
}

/** The securities of a snapshot's directory. Throws what polars throws. */
export function readSecurityTable(directory: string): SecurityTable {
  const columns = readSnapshotFile(join(directory, SNAPSHOT_FILES.securities), SECURITY_COLUMNS)
  return {
    permno: numbers(columns, 'permno'),
    ticker: texts(columns, 'ticker'),
    name: texts(columns, 'name'),
    first: days(columns, 'first'),
    last: days(columns, 'last'),
  }
}

function priceColumns(prices: PriceTable): FileColumn[] {
  return [
    { name: 'permno', kind: 'id', values: prices.permno },
    { name: 'date', kind: 'date', values: prices.date },
    ...PRICE_VALUES.map((name) => valueColumn(name, prices[name], prices.present, PRESENT[name])),
  ]
}

function fundamentalColumns(statements: FundamentalTable): FileColumn[] {
  const unknown = Uint8Array.from(statements.availableFrom, (day) => (day === NO_DATE ? 1 : 0))
  // Polars must not meet NO_DATE as a day: it lies before the first year it can show.
  const availableFrom = statements.availableFrom.map((day) => (day === NO_DATE ? 0 : day))
  return [
    { name: 'permno', kind: 'id', values: statements.permno },
    { name: 'datadate', kind: 'date', values: statements.datadate },
    { name: 'available_from', kind: 'date', values: availableFrom, nulls: unknown },
    ...FUNDAMENTAL_VALUES.map((name) => valueColumn(name, statements[name], statements.present, FUNDAMENTAL[name])),
  ]
}

function securityColumns(securities: SecurityTable): FileColumn[] {
  return [
    { name: 'permno', kind: 'id', values: securities.permno },
    { name: 'ticker', kind: 'text', values: securities.ticker },
    { name: 'name', kind: 'text', values: securities.name },
    { name: 'first', kind: 'date', values: securities.first },
    { name: 'last', kind: 'date', values: securities.last },
  ]
}

function valueColumn(name: string, values: Float64Array, present: Uint8Array, flag: number): FileColumn {
  const nulls = new Uint8Array(values.length)
  for (let row = 0; row < nulls.length; row++) nulls[row] = (present[row]! & flag) === 0 ? 1 : 0
  return { name, kind: 'number', values, nulls }
}

type Columns = ReadonlyMap<string, ScannedColumn>

function numbers(columns: Columns, name: string): Float64Array {
  const column = columns.get(name)
  if (column?.kind !== 'number') throw new TypeError(`column ${name} holds no numbers`)
  return column.values
}

function days(columns: Columns, name: string): Int32Array {
  const column = columns.get(name)
  if (column?.kind !== 'date') throw new TypeError(`column ${name} holds no dates`)
  return column.values.map((day, row) => (column.nulls[row] === 1 ? NO_DATE : day))
}

function texts(columns: Columns, name: string): (string | null)[] {
  const column = columns.get(name)
  if (column?.kind !== 'text') throw new TypeError(`column ${name} holds no texts`)
  return Array.from(column.values, (code) => (code < 0 ? null : column.words[code]!))
}

function addFlags(present: Uint8Array, columns: Columns, name: string, flag: number): void {
  const column = columns.get(name)
  if (column?.kind !== 'number') throw new TypeError(`column ${name} holds no numbers`)
  for (let row = 0; row < present.length; row++) if (column.nulls[row] === 0) present[row] = present[row]! | flag
}
