import { checkPriceSeries } from '../checks/price-series.ts'
import { dataError } from '../data-error.ts'
import { applyNonFinite, type NonFiniteRule } from '../non-finite.ts'
import { draftByPermno, type PriceDraft } from '../price-draft.ts'
import type { QualityNotes } from '../quality.ts'
import { type ColumnSpec, numberColumn, placeOf, RAW, type RawTable } from '../read/raw-table.ts'

/** engine.md 1.1. A column that is not required and absent is missing everywhere, with a warning. */
export const NATIVE_PRICES: readonly ColumnSpec[] = [
  { name: 'permno', kind: 'number', required: true },
  { name: 'date', kind: 'date', required: true },
  { name: 'ret', kind: 'number', required: true },
  { name: 'prc', kind: 'number' },
  { name: 'vol', kind: 'number' },
  { name: 'shrout', kind: 'number' },
  { name: 'ticker', kind: 'text' },
]

/** Prices as engine.md 1.1 has them. */
export function nativePrices(raw: RawTable, rule: NonFiniteRule, notes: QualityNotes): PriceDraft {
  noteAbsent(raw, ['prc', 'vol', 'shrout'], notes)
  applyNonFinite(raw, ['ret', 'prc', 'vol', 'shrout'], rule, notes)
  refuseBelow(raw, 'ret', -1, 'a return from -1 (all is lost) up; a code such as -99 needs --preset crsp')
  refuseBelow(raw, 'vol', 0, 'a volume from 0 up; a code such as -99 needs --preset crsp')
  refuseBelow(raw, 'shrout', 0, 'shares from 0 up; a code such as -99 needs --preset crsp')
  const draft = draftByPermno(raw, notes)
  checkPriceSeries(raw, draft, notes)
  return draft
}

/** Notes each file column that is not there. */
export function noteAbsent(raw: RawTable, names: readonly string[], notes: QualityNotes): void {
  for (const name of names) {
    if (raw.absent.has(name)) notes.note('column_absent', () => ({ file: raw.files[0]!, row: 1, detail: name }))
  }
}

/** Refuses a value under `least`. */
export function refuseBelow(raw: RawTable, name: string, least: number, allowed: string): void {
  const column = numberColumn(raw, name)
  if (column === undefined) return
  for (let row = 0; row < raw.rows; row++) {
    if (column.values[row]! < least && column.state[row] === RAW.value) {
      throw dataError(placeOf(raw, row, name), `is ${column.values[row]}; allowed: ${allowed}`)
    }
  }
}
