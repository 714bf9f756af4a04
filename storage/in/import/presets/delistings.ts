import { PRESENT } from '../../../../engine/panel.ts'
import { calendarOf } from '../../calendar.ts'
import { dataError, type Place } from '../data-error.ts'
import { checkDates, checkPermnos, copyRow, emptyDraft, type PriceDraft } from '../price-draft.ts'
import type { QualityNotes, QualityReason } from '../quality.ts'
import { type ColumnSpec, numberColumn, placeOf, RAW, type RawTable, textColumn } from '../read/raw-table.ts'
import { type CrspFormat, clearReturnCodes } from './crsp.ts'

/** dsedelist, or any table with these columns. */
export const DELISTINGS: readonly ColumnSpec[] = [
  { name: 'permno', kind: 'number', required: true },
  { name: 'dlstdt', aliases: ['delistingdt', 'date'], kind: 'date', required: true },
  { name: 'dlret', aliases: ['delret', 'ret'], kind: 'number', required: true, letters: true },
  { name: 'dlstcd', kind: 'number' },
  { name: 'exchcd', aliases: ['hexcd'], kind: 'number' },
]

/** Shumway (1997) for NYSE and AMEX, Shumway and Warther (1999) for Nasdaq. */
const DEFAULT_RETURN = -0.3
const NASDAQ_DEFAULT_RETURN = -0.55
const NASDAQ = 3

interface Delisting {
  readonly permno: number
  readonly day: number
  /** NaN: missing. */
  readonly ret: number
  readonly code: number
  readonly exchange: number
  readonly place: Place & { readonly row: number }
}

/** The price rows with what the vendor's layout says of delistings beside them. */
export interface DelistingInput {
  readonly raw: RawTable
  readonly draft: PriceDraft
  /** Null: no file of delistings was given. */
  readonly table: RawTable | null
  readonly format: CrspFormat
}

/**
 * Puts every delisting return into the prices exactly once: compounded with the return of its day, in place of a
 * missing one, or as a row of its own on the first trading day that is not before it. A CIZ row flagged as a delisting
 * holds it already. Throws `data_invalid` when a CIZ file cannot say so.
 */
export function applyDelistings(input: DelistingInput, notes: QualityNotes): PriceDraft {
  const { raw, draft, table, format } = input
  const inside = format === 'ciz' ? flaggedPermnos(input) : new Set<number>()
  const delistings = new Map(rowDelistings(raw, draft).map((delisting) => [delisting.permno, delisting]))
  if (table !== null) {
    clearReturnCodes(table, 'dlret', notes)
    for (const delisting of fileDelistings(table)) delistings.set(delisting.permno, delisting)
  }
  if (delistings.size === 0) return draft
  const lastRow = lastRows(draft)
  const calendar = calendarOf(draft.date)
  const added: { after: number; day: number; ret: number }[] = []
  for (const delisting of delistings.values()) {
    if (delisting.code >= 100 && delisting.code < 200) continue
    const note = (reason: QualityReason) =>
      notes.note(reason, () => ({
        file: delisting.place.file,
        row: delisting.place.row,
        security: String(delisting.permno),
      }))
    if (inside.has(delisting.permno)) {
      note('delisting_already_inside')
      continue
    }
    const row = lastRow.get(delisting.permno)
    const ret = returnOf(delisting, { raw, draft, row }, note)
    if (row === undefined) note('delisting_without_prices')
    else if (Number.isNaN(ret)) note('delisting_unknown')
    else if (delisting.day < draft.date[row]!) note('delisting_before_data')
    else if (delisting.day === draft.date[row]) compound(draft, row, ret, note)
    else {
      const day = calendar.days[calendar.firstFrom(delisting.day)]
      note(day === undefined ? 'delisting_after_data' : 'delisting_row_added')
      if (day !== undefined) added.push({ after: row, day, ret })
    }
  }
  return added.length === 0 ? draft : withRows(draft, added)
}

function compound(draft: PriceDraft, row: number, ret: number, note: (reason: QualityReason) => void): void {
  if ((draft.present[row]! & PRESENT.ret) === 0) {
    draft.ret[row] = ret
    draft.present[row] = draft.present[row]! | PRESENT.ret
    note('delisting_taken')
    return
  }
  draft.ret[row] = (1 + draft.ret[row]!) * (1 + ret) - 1
  note('delisting_compounded')
}

function returnOf(
  delisting: Delisting,
  { raw, draft, row }: { raw: RawTable; draft: PriceDraft; row: number | undefined },
  note: (reason: QualityReason) => void,
): number {
  if (!Number.isNaN(delisting.ret)) return delisting.ret
  const { code } = delisting
  if (code >= 200 && code < 300) return 0
  if (!(code === 500 || (code >= 520 && code <= 584))) return NaN
  note('delisting_default')
  const exchange = Number.isNaN(delisting.exchange) ? lastExchange(raw, draft, row) : delisting.exchange
  return exchange === NASDAQ ? NASDAQ_DEFAULT_RETURN : DEFAULT_RETURN
}

/** CRSP's exchange code of the name's last row; NaN when the file does not say. */
function lastExchange(raw: RawTable, draft: PriceDraft, row: number | undefined): number {
  if (row === undefined) return NaN
  const source = draft.source[row]!
  const letter = textColumn(raw, 'primaryexch')
  if (letter !== undefined && letter.values[source]! >= 0)
    return letter.words[letter.values[source]!] === 'Q' ? NASDAQ : 1
  return numberColumn(raw, 'exchcd')?.values[source] ?? NaN
}

function flaggedPermnos({ raw, draft, table }: DelistingInput): Set<number> {
  const flag = textColumn(raw, 'dlydelflg')
  if (flag === undefined) {
    if (table === null) return new Set()
    throw dataError(
      { file: raw.files[0]!, row: 1 },
      'has no column DlyDelFlg, so nothing tells which returns hold the delisting return already; ' +
        'take DlyDelFlg into the file, or leave --delistings out',
    )
  }
  const yes = flag.words.indexOf('Y')
  const inside = new Set<number>()
  for (let row = 0; row < draft.rows; row++) if (flag.values[draft.source[row]!] === yes) inside.add(draft.permno[row]!)
  return inside
}

/** Delistings that stand in the price rows themselves (SIZ merged with its events). */
function rowDelistings(raw: RawTable, draft: PriceDraft): Delisting[] {
  const dlret = numberColumn(raw, 'dlret')
  if (dlret === undefined) return []
  const found: Delisting[] = []
  const code = numberColumn(raw, 'dlstcd')?.values
  for (let row = 0; row < draft.rows; row++) {
    const source = draft.source[row]!
    if (Number.isNaN(dlret.values[source]) && !(code !== undefined && code[source]! >= 200)) continue
    const [permno, day] = [draft.permno[row]!, draft.date[row]!]
    const place = placeOf(raw, source)
    found.push({ permno, day, ret: dlret.values[source]!, code: code?.[source] ?? NaN, exchange: NaN, place })
  }
  return found
}

function fileDelistings(table: RawTable): readonly Delisting[] {
  const permnos = checkPermnos(table)
  const days = checkDates(table, 'dlstdt')
  const dlret = numberColumn(table, 'dlret')!
  const found = new Map<number, Delisting>()
  for (let row = 0; row < table.rows; row++) {
    const place = placeOf(table, row)
    if (dlret.state[row] === RAW.value && !Number.isFinite(dlret.values[row])) {
      if (!Number.isNaN(dlret.values[row])) throw dataError({ ...place, column: 'dlret' }, 'is infinite')
    }
    const delisting: Delisting = {
      permno: permnos[row]!,
      day: days[row]!,
      ret: dlret.values[row]!,
      code: numberColumn(table, 'dlstcd')?.values[row] ?? NaN,
      exchange: numberColumn(table, 'exchcd')?.values[row] ?? NaN,
      place,
    }
    const before = found.get(delisting.permno)
    if (before !== undefined && !(before.day === delisting.day && Object.is(before.ret, delisting.ret))) {
      throw dataError(place, `a second delisting of permno ${delisting.permno}; the first is row ${before.place.row}`)
    }
    found.set(delisting.permno, delisting)
  }
  return [...found.values()]
}

function lastRows(draft: PriceDraft): Map<number, number> {
  const last = new Map<number, number>()
  for (let row = 0; row < draft.rows; row++) {
    if (row + 1 === draft.rows || draft.permno[row + 1] !== draft.permno[row]) last.set(draft.permno[row]!, row)
  }
  return last
}

function withRows(draft: PriceDraft, added: readonly { after: number; day: number; ret: number }[]): PriceDraft {
  const byRow = new Map(added.map((row) => [row.after, row]))
  const longer = emptyDraft(draft.rows + added.length)
  for (let row = 0; row < draft.rows; row++) {
    copyRow(draft, row, longer, longer.rows++)
    const extra = byRow.get(row)
    if (extra === undefined) continue
    const at = longer.rows++
    longer.permno[at] = draft.permno[row]!
    longer.date[at] = extra.day
    longer.ret[at] = extra.ret
    for (const name of ['prc', 'vol', 'shrout'] as const) longer[name][at] = NaN
    longer.present[at] = PRESENT.row | PRESENT.ret
    longer.source[at] = -1
  }
  return longer
}
