import { checkPriceSeries } from '../checks/price-series.ts'
import { applyNonFinite, type NonFiniteRule } from '../non-finite.ts'
import { draftByPermno, type PriceDraft } from '../price-draft.ts'
import type { QualityNotes, QualityReason } from '../quality.ts'
import {
  type ColumnSpec,
  type NumberColumn,
  numberColumn,
  placeOf,
  RAW,
  type RawTable,
  textColumn,
} from '../read/raw-table.ts'
import { noteAbsent, refuseBelow } from './native.ts'

/** Old (SIZ) and new (CIZ) layout of CRSP's daily stock file (product.md 7). */
export type CrspFormat = 'siz' | 'ciz'

const BOTH: readonly ColumnSpec[] = [
  { name: 'permno', kind: 'number', required: true },
  { name: 'shrout', kind: 'number' },
  { name: 'ticker', aliases: ['tsymbol', 'tradingsymbol'], kind: 'text' },
  { name: 'name', aliases: ['comnam', 'issuernm'], kind: 'text' },
]

export const CRSP_PRICES: Readonly<Record<CrspFormat, readonly ColumnSpec[]>> = {
  siz: [
    ...BOTH,
    { name: 'date', aliases: ['caldt'], kind: 'date', required: true },
    { name: 'ret', kind: 'number', required: true, letters: true },
    { name: 'prc', kind: 'number', required: true },
    { name: 'vol', kind: 'number' },
    { name: 'exchcd', aliases: ['hexcd'], kind: 'number' },
    { name: 'dlret', kind: 'number', letters: true },
    { name: 'dlstcd', kind: 'number' },
  ],
  ciz: [
    ...BOTH,
    { name: 'date', aliases: ['dlycaldt', 'caldt'], kind: 'date', required: true },
    { name: 'ret', aliases: ['dlyret'], kind: 'number', required: true, letters: true },
    { name: 'prc', aliases: ['dlyprc'], kind: 'number', required: true },
    { name: 'vol', aliases: ['dlyvol'], kind: 'number' },
    { name: 'dlyprcflg', kind: 'text' },
    { name: 'dlydelflg', kind: 'text' },
    { name: 'primaryexch', kind: 'text' },
  ],
}

/** What old CRSP files write for a missing return, each for another reason. */
export const RETURN_CODES: ReadonlySet<number> = new Set([-44, -55, -66, -77, -88, -99])
const MISSING = -99
/** CIZ: the price is the midpoint of bid and ask. */
const MIDPOINT_FLAG = 'BA'

/** Prices of a CRSP daily file: codes become nulls with a reason, a midpoint is a negative price with volume 0. */
export function crspPrices(raw: RawTable, rule: NonFiniteRule, notes: QualityNotes): PriceDraft {
  noteAbsent(raw, ['vol', 'shrout'], notes)
  applyNonFinite(raw, ['ret', 'prc', 'vol', 'shrout', 'dlret'], rule, notes)
  for (const name of ['ret', 'dlret']) clearReturnCodes(raw, name, notes)
  clear(raw, { name: 'prc', code: 0, reason: 'zero_price' }, notes)
  for (const name of ['vol', 'shrout']) {
    clear(raw, { name, code: MISSING, reason: 'missing_code' }, notes)
    refuseBelow(raw, name, 0, 'a number from 0 up, or -99 for a missing one')
  }
  markMidpoints(raw, notes)
  const draft = draftByPermno(raw, notes)
  checkPriceSeries(raw, draft, notes)
  return draft
}

/** Turns letters and -44 to -99 into missing returns; refuses any other return under -1. */
export function clearReturnCodes(raw: RawTable, name: string, notes: QualityNotes): void {
  const column = numberColumn(raw, name)
  if (column === undefined) return
  for (let row = 0; row < raw.rows; row++) {
    const coded = column.state[row] === RAW.value && RETURN_CODES.has(column.values[row]!)
    if (!coded && column.state[row] !== RAW.code) continue
    const detail = coded ? `${name} ${column.values[row]}` : `${name} is a letter`
    notes.note('return_code', () => ({ ...placeOf(raw, row), detail }))
    setNull(column, row)
  }
  refuseBelow(raw, name, -1, 'a return from -1 (all is lost) up, a letter, or a code from -44 to -99')
}

function clear(
  raw: RawTable,
  { name, code, reason }: { name: string; code: number; reason: QualityReason },
  notes: QualityNotes,
): void {
  const column = numberColumn(raw, name)
  if (column === undefined) return
  for (let row = 0; row < raw.rows; row++) {
    if (column.state[row] !== RAW.value || column.values[row] !== code) continue
    notes.note(reason, () => ({ ...placeOf(raw, row), detail: name }))
    setNull(column, row)
  }
}

function setNull(column: NumberColumn, row: number): void {
  column.state[row] = RAW.null
  column.values[row] = NaN
}

function markMidpoints(raw: RawTable, notes: QualityNotes): void {
  const prc = numberColumn(raw, 'prc')!
  const vol = numberColumn(raw, 'vol')
  const flag = textColumn(raw, 'dlyprcflg')
  const midpoint = flag === undefined ? -1 : flag.words.indexOf(MIDPOINT_FLAG)
  for (let row = 0; row < raw.rows; row++) {
    if (prc.state[row] !== RAW.value) continue
    if (midpoint >= 0 && flag!.values[row] === midpoint) prc.values[row] = -Math.abs(prc.values[row]!)
    if (prc.values[row]! >= 0) continue
    notes.note('midpoint_price', () => placeOf(raw, row))
    if (vol === undefined || vol.state[row] === RAW.value) continue
    vol.values[row] = 0
    vol.state[row] = RAW.value
  }
}
