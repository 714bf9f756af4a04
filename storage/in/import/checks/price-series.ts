import { PRESENT } from '../../../../engine/panel.ts'
import { exampleOf, type PriceDraft } from '../price-draft.ts'
import type { QualityNotes } from '../quality.ts'
import type { RawTable } from '../read/raw-table.ts'

/** product.md 7. */
const STALE_ROWS = 20
const SUSPECT_RETURN = 0.5
/** A return beyond 50 % is suspect when it and the next one compound to less than this. */
const REVERSED_WITHIN = 0.1

/** Notes closes that stand still and returns that are undone the next day. Changes nothing. */
export function checkPriceSeries(raw: RawTable, draft: PriceDraft, notes: QualityNotes): void {
  noteStaleRuns(raw, draft, notes)
  noteReversals(raw, draft, notes)
}

function noteStaleRuns(raw: RawTable, draft: PriceDraft, notes: QualityNotes): void {
  const { permno, prc, present } = draft
  let start = 0
  for (let row = 1; row <= draft.rows; row++) {
    const goes =
      row < draft.rows &&
      permno[row] === permno[start] &&
      prc[row] === prc[start] &&
      (present[row]! & PRESENT.prc) !== 0
    if (goes) continue
    if (row - start >= STALE_ROWS) {
      const first = start
      notes.note('stale_run', () => exampleOf(raw, draft, first, `${row - first} rows at ${Math.abs(prc[first]!)}`))
    }
    start = row
  }
}

function noteReversals(raw: RawTable, draft: PriceDraft, notes: QualityNotes): void {
  const { permno, ret } = draft
  for (let row = 0; row + 1 < draft.rows; row++) {
    if (!(Math.abs(ret[row]!) > SUSPECT_RETURN) || permno[row + 1] !== permno[row]) continue
    if (Math.abs((1 + ret[row]!) * (1 + ret[row + 1]!) - 1) < REVERSED_WITHIN) {
      notes.note('suspect_reversal', () => exampleOf(raw, draft, row, `${ret[row]} then ${ret[row + 1]}`))
    }
  }
}
