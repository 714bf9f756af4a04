import { formatIsoDate } from '../../../../core/dates.ts'
import { FUNDAMENTAL, NO_DATE } from '../../../../engine/panel.ts'
import { FUNDAMENTAL_VALUES, type FundamentalTable } from '../../tables.ts'
import { dataError, type Place } from '../data-error.ts'
import { applyNonFinite, type NonFiniteRule } from '../non-finite.ts'
import { orderRows, rankIds } from '../order-rows.ts'
import { checkDates, checkPermnos } from '../price-draft.ts'
import type { QualityNotes } from '../quality.ts'
import { type ColumnSpec, dateColumn, numberColumn, placeOf, RAW, type RawTable } from '../read/raw-table.ts'
import { noteAbsent } from './native.ts'

/** engine.md 1.2; `available_from` is the day a statement, or its restatement, was first known. */
export const FUNDAMENTALS: readonly ColumnSpec[] = [
  { name: 'permno', aliases: ['lpermno'], kind: 'number', required: true },
  { name: 'datadate', kind: 'date', required: true },
  { name: 'available_from', aliases: ['availablefrom'], kind: 'date' },
  ...FUNDAMENTAL_VALUES.map((name) => ({ name, kind: 'number' as const })),
]

/**
 * Annual statements sorted by permno, period end, first known day. Several rows of one period end are vintages and
 * need different first known days. Throws `data_invalid` on two rows of one vintage that differ.
 */
export function readFundamentals(raw: RawTable, rule: NonFiniteRule, notes: QualityNotes): FundamentalTable {
  noteAbsent(raw, FUNDAMENTAL_VALUES, notes)
  applyNonFinite(raw, FUNDAMENTAL_VALUES, rule, notes)
  const { ids, keys } = rankIds(checkPermnos(raw))
  const periods = checkDates(raw, 'datadate')
  const known = dateColumn(raw, 'available_from')?.values ?? new Int32Array(raw.rows).fill(NO_DATE)
  const order = vintageOrder(keys, ids.length, periods, known)
  const table = emptyFundamentals(raw.rows)
  let rows = 0
  for (const row of order) {
    table.permno[rows] = ids[keys[row]!]!
    table.datadate[rows] = periods[row]!
    table.availableFrom[rows] = known[row]!
    let present = 0
    for (const name of FUNDAMENTAL_VALUES) {
      const column = numberColumn(raw, name)
      const has = column !== undefined && column.state[row] === RAW.value
      table[name][rows] = has ? column.values[row]! : NaN
      if (has) present |= FUNDAMENTAL[name]
    }
    table.present[rows] = present
    if (!isSameVintage(table, rows)) rows++
    else dropDuplicate(placeOf(raw, row), table, rows, notes)
  }
  return cutFundamentals(table, rows)
}

type Draft = { -readonly [K in keyof FundamentalTable]: FundamentalTable[K] }

/** A table with room for `rows` statements. */
export function emptyFundamentals(rows: number): Draft {
  const doubles = () => new Float64Array(rows)
  return {
    rows,
    permno: doubles(),
    datadate: new Int32Array(rows),
    availableFrom: new Int32Array(rows),
    present: new Uint8Array(rows),
    ceq: doubles(),
    ni: doubles(),
    at: doubles(),
    revt: doubles(),
    cogs: doubles(),
  }
}

/** The first `rows` statements of a table. */
export function cutFundamentals(table: Draft, rows: number): FundamentalTable {
  const cut = { ...table, rows }
  for (const name of ['permno', ...FUNDAMENTAL_VALUES] as const) cut[name] = table[name].slice(0, rows)
  cut.datadate = table.datadate.slice(0, rows)
  cut.availableFrom = table.availableFrom.slice(0, rows)
  cut.present = table.present.slice(0, rows)
  return cut
}

function vintageOrder(keys: Int32Array, keyCount: number, periods: Int32Array, known: Int32Array): Uint32Array {
  const { order } = orderRows(keys, keyCount, periods)
  const sorted = order ?? Uint32Array.from(keys.keys())
  // NO_DATE is the smallest number: a row that waits for the filing lag stands before its restatements.
  return sorted.sort((a, b) => keys[a]! - keys[b]! || periods[a]! - periods[b]! || known[a]! - known[b]! || a - b)
}

function isSameVintage(table: FundamentalTable, row: number): boolean {
  return (
    row > 0 &&
    table.permno[row] === table.permno[row - 1] &&
    table.datadate[row] === table.datadate[row - 1] &&
    table.availableFrom[row] === table.availableFrom[row - 1]
  )
}

function dropDuplicate(
  place: Place & { row: number },
  table: FundamentalTable,
  row: number,
  notes: QualityNotes,
): void {
  const differing = FUNDAMENTAL_VALUES.find((name) => !Object.is(table[name][row], table[name][row - 1]))
  const what = { security: String(table.permno[row]), date: formatIsoDate(table.datadate[row]!) }
  if (differing === undefined) {
    notes.note('duplicate_row', () => ({ ...place, ...what }))
    return
  }
  throw dataError(
    place,
    `a second statement of permno ${what.security} for ${what.date} with another ${differing}; allowed: one row per ` +
      'permno and datadate, or restatements with different available_from',
  )
}
