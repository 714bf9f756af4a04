import { formatIsoDate } from '../../../core/dates.ts'
import { NO_DATE, PRESENT } from '../../../engine/panel.ts'
import { PRICE_VALUES } from '../tables.ts'
import { dataError } from './data-error.ts'
import { orderRows, rankIds } from './order-rows.ts'
import type { QualityExample, QualityNotes } from './quality.ts'
import { dateColumn, numberColumn, placeOf, RAW, type RawTable } from './read/raw-table.ts'

/** A PriceTable in the making: sorted by permno and date, with the row of the raw table each row came from. */
export interface PriceDraft {
  rows: number
  permno: Float64Array
  date: Int32Array
  ret: Float64Array
  prc: Float64Array
  vol: Float64Array
  shrout: Float64Array
  present: Uint8Array
  /** Row of the raw table; -1 for a row that the import added. */
  source: Int32Array
}

const MAX_PERMNO = Number.MAX_SAFE_INTEGER

/** An empty draft with room for `rows`. */
export function emptyDraft(rows: number): PriceDraft {
  return {
    rows: 0,
    permno: new Float64Array(rows),
    date: new Int32Array(rows),
    ret: new Float64Array(rows),
    prc: new Float64Array(rows),
    vol: new Float64Array(rows),
    shrout: new Float64Array(rows),
    present: new Uint8Array(rows),
    source: new Int32Array(rows),
  }
}

/** The draft cut to its rows. */
export function trimDraft(draft: PriceDraft): PriceDraft {
  if (draft.date.length === draft.rows) return draft
  return {
    rows: draft.rows,
    permno: draft.permno.subarray(0, draft.rows),
    date: draft.date.subarray(0, draft.rows),
    ret: draft.ret.subarray(0, draft.rows),
    prc: draft.prc.subarray(0, draft.rows),
    vol: draft.vol.subarray(0, draft.rows),
    shrout: draft.shrout.subarray(0, draft.rows),
    present: draft.present.subarray(0, draft.rows),
    source: draft.source.subarray(0, draft.rows),
  }
}

/** Copies row `from` of one draft to row `to` of another. */
export function copyRow(source: PriceDraft, from: number, target: PriceDraft, to: number): void {
  target.permno[to] = source.permno[from]!
  target.date[to] = source.date[from]!
  target.ret[to] = source.ret[from]!
  target.prc[to] = source.prc[from]!
  target.vol[to] = source.vol[from]!
  target.shrout[to] = source.shrout[from]!
  target.present[to] = source.present[from]!
  target.source[to] = source.source[from]!
}

/** Where a row of a draft came from, for the quality report. */
export function exampleOf(raw: RawTable, draft: PriceDraft, row: number, detail?: string): QualityExample {
  const source = draft.source[row]!
  const place = source < 0 ? { file: '', row: 0 } : placeOf(raw, source)
  const example = { ...place, security: String(draft.permno[row]), date: formatIsoDate(draft.date[row]!) }
  return detail === undefined ? example : { ...example, detail }
}

/** Refuses a permno that is no whole number from 1 to 2^53 - 1. */
export function checkPermnos(raw: RawTable, name = 'permno'): Float64Array {
  const column = numberColumn(raw, name)!
  for (let row = 0; row < raw.rows; row++) {
    const id = column.values[row]!
    if (column.state[row] === RAW.value && Number.isInteger(id) && id >= 1 && id <= MAX_PERMNO) continue
    const found = column.state[row] === RAW.value ? String(id) : 'blank'
    throw dataError(placeOf(raw, row, name), `is ${found}; allowed: a whole number from 1 to 2^53 - 1`)
  }
  return column.values
}

/** Refuses a blank date. */
export function checkDates(raw: RawTable, name: string): Int32Array {
  const days = dateColumn(raw, name)!.values
  const at = days.indexOf(NO_DATE)
  if (at >= 0) throw dataError(placeOf(raw, at, name), 'is blank; every row needs a date')
  return days
}

/**
 * Sorts a raw table with a permno into a draft, drops rows that say the same twice, and refuses two rows of one
 * (permno, date) that differ. The number columns must hold what the snapshot shall hold.
 */
export function draftByPermno(raw: RawTable, notes: QualityNotes): PriceDraft {
  const { ids, keys } = rankIds(checkPermnos(raw))
  const dates = checkDates(raw, 'date')
  const { order, unsorted } = orderRows(keys, ids.length, dates)
  noteUnsorted(raw, unsorted, notes)
  const draft = emptyDraft(raw.rows)
  const values = PRICE_VALUES.map((name) => ({
    name,
    from: numberColumn(raw, name),
    to: draft[name],
    flag: PRESENT[name],
  }))
  for (let i = 0; i < raw.rows; i++) {
    const row = order === null ? i : order[i]!
    const at = draft.rows
    draft.permno[at] = ids[keys[row]!]!
    draft.date[at] = dates[row]!
    draft.source[at] = row
    let present: number = PRESENT.row
    for (const { from, to, flag } of values) {
      if (from !== undefined && from.state[row] === RAW.value) {
        to[at] = from.values[row]!
        present |= flag
      } else to[at] = NaN
    }
    draft.present[at] = present
    if (at > 0 && draft.date[at] === draft.date[at - 1] && draft.permno[at] === draft.permno[at - 1]) {
      dropDuplicate(raw, draft, at, notes)
    } else draft.rows++
  }
  return trimDraft(draft)
}

/** Counts rows that stood out of order, with the first ones as examples. */
export function noteUnsorted(
  raw: RawTable,
  unsorted: { readonly count: number; readonly rows: readonly number[] },
  notes: QualityNotes,
): void {
  for (let i = 0; i < unsorted.count; i++) notes.note('unsorted_date', () => placeOf(raw, unsorted.rows[i]!))
}

function dropDuplicate(raw: RawTable, draft: PriceDraft, at: number, notes: QualityNotes): void {
  const differing = PRICE_VALUES.find((name) => !Object.is(draft[name][at], draft[name][at - 1]))
  if (differing !== undefined) {
    const first = placeOf(raw, draft.source[at - 1]!)
    throw dataError(
      placeOf(raw, draft.source[at]!),
      `a second row for permno ${draft.permno[at]} on ${formatIsoDate(draft.date[at]!)} with another ${differing}; ` +
        `the first is row ${first.row} of ${first.file}; allowed: one row per permno and date`,
    )
  }
  notes.note('duplicate_row', () => exampleOf(raw, draft, at))
}
