import type { SecurityTable } from '../../tables.ts'
import { dataError } from '../data-error.ts'
import { checkPermnos, type PriceDraft } from '../price-draft.ts'
import type { QualityNotes } from '../quality.ts'
import { type ColumnSpec, dateColumn, placeOf, type RawTable, textColumn } from '../read/raw-table.ts'

/** CRSP's names table, or any table that gives a permno or a ticker its ticker and name. */
export const NAMES: readonly ColumnSpec[] = [
  { name: 'permno', kind: 'number' },
  { name: 'ticker', aliases: ['symbol', 'tsymbol'], kind: 'text' },
  { name: 'name', aliases: ['comnam', 'issuernm', 'company', 'security'], kind: 'text' },
  { name: 'namedt', aliases: ['from'], kind: 'date' },
]

/** Ticker and name of a permno, each null when unknown. */
type Label = { ticker: string | null; name: string | null }

/** What the price files themselves say: the last ticker and name of each permno. */
export function labelsOfPrices(raw: RawTable, draft: PriceDraft): Map<number, Label> {
  const labels = new Map<number, Label>()
  const columns = (['ticker', 'name'] as const).map((key) => ({ key, column: textColumn(raw, key) }))
  for (const { key, column } of columns) {
    if (column === undefined) continue
    for (let row = 0; row < draft.rows; row++) {
      const code = draft.source[row]! < 0 ? -1 : column.values[draft.source[row]!]!
      if (code < 0) continue
      const label = labels.get(draft.permno[row]!) ?? { ticker: null, name: null }
      label[key] = column.words[code]!
      labels.set(draft.permno[row]!, label)
    }
  }
  return labels
}

/** Adds what a names file says: by permno where it has one, else by ticker; of several rows the latest counts. */
export function addNames(
  raw: RawTable,
  labels: Map<number, Label>,
  permnos: ReadonlySet<number>,
  notes: QualityNotes,
): void {
  const byPermno = raw.columns.has('permno')
  if (!byPermno && !raw.columns.has('ticker')) {
    throw dataError(
      { file: raw.files[0]!, row: 1 },
      'has neither permno nor ticker; one of them must say whose name it is',
    )
  }
  const ids = byPermno ? checkPermnos(raw) : null
  const tickers = textColumn(raw, 'ticker')
  const names = textColumn(raw, 'name')
  const since = dateColumn(raw, 'namedt')?.values
  const rows = Uint32Array.from({ length: raw.rows }, (_, row) => row)
  if (since !== undefined) rows.sort((a, b) => since[a]! - since[b]! || a - b)
  for (const row of rows) {
    const ticker = wordOf(tickers, row)
    const targets = ids === null ? permnosOf(labels, ticker) : [ids[row]!]
    const known = targets.filter((permno) => permnos.has(permno))
    if (known.length === 0) notes.note('names_without_prices', () => placeOf(raw, row))
    for (const permno of known) {
      const label = labels.get(permno) ?? { ticker: null, name: null }
      labels.set(permno, { ticker: ticker ?? label.ticker, name: wordOf(names, row) ?? label.name })
    }
  }
}

/** One row per permno of the prices, with the labels and the first and last day it has a row. */
export function securitiesOf(draft: PriceDraft, labels: ReadonlyMap<number, Label>): SecurityTable {
  const permno: number[] = []
  const first: number[] = []
  const last: number[] = []
  for (let row = 0; row < draft.rows; row++) {
    if (row === 0 || draft.permno[row] !== draft.permno[row - 1]) {
      permno.push(draft.permno[row]!)
      first.push(draft.date[row]!)
      last.push(draft.date[row]!)
    } else last[last.length - 1] = draft.date[row]!
  }
  return {
    permno: Float64Array.from(permno),
    ticker: permno.map((id) => labels.get(id)?.ticker ?? null),
    name: permno.map((id) => labels.get(id)?.name ?? null),
    first: Int32Array.from(first),
    last: Int32Array.from(last),
  }
}

function permnosOf(labels: ReadonlyMap<number, Label>, ticker: string | null): number[] {
  return [...labels].filter(([, label]) => ticker !== null && label.ticker === ticker).map(([permno]) => permno)
}

function wordOf(column: { values: Int32Array; words: readonly string[] } | undefined, row: number): string | null {
  const code = column?.values[row] ?? -1
  return code < 0 ? null : column!.words[code]!
}
