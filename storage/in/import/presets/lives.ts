import { formatIsoDate } from '../../../../core/dates.ts'
import { calendarOf } from '../../calendar.ts'
import { copyRow, emptyDraft, type PriceDraft } from '../price-draft.ts'
import type { QualityNotes } from '../quality.ts'
import { placeOf, type RawTable } from '../read/raw-table.ts'

/** Ids of names that come with a ticker only count from here (design.md 4). */
export const FIRST_PERMNO = 10_001

/** Prices of names known by their ticker, with the ticker of each permno. */
export interface SymbolPrices {
  readonly draft: PriceDraft
  readonly tickers: ReadonlyMap<number, string>
}

/** A ticker that was away longer came back as another company (product.md 7). In sessions of all the names. */
const LIFE_GAP_SESSIONS = 60

/**
 * Gives each life of a ticker an id of its own: the first keeps its permno, a later one takes the next free number,
 * so that a ticker that is used again shifts no other name. The draft stays sorted.
 */
export function splitLives(
  raw: RawTable,
  draft: PriceDraft,
  tickers: readonly string[],
  notes: QualityNotes,
): SymbolPrices {
  const named = new Map(tickers.map((ticker, at) => [FIRST_PERMNO + at, ticker]))
  if (draft.rows === 0) return { draft, tickers: new Map() }
  const session = calendarOf(draft.date)
  const lives: { from: number; to: number; permno: number }[] = []
  for (let row = 0; row < draft.rows; row++) {
    const permno = draft.permno[row]!
    const life = lives.at(-1)
    const same = life !== undefined && row > 0 && draft.permno[row - 1] === permno
    if (same && session.indexOf(draft.date[row]!) - session.indexOf(draft.date[row - 1]!) <= LIFE_GAP_SESSIONS) {
      life.to = row + 1
      continue
    }
    const ticker = tickers[permno - FIRST_PERMNO]!
    const id = same ? FIRST_PERMNO + named.size : permno
    if (same) {
      named.set(id, ticker)
      notes.note('new_life', () => ({
        ...placeOf(raw, draft.source[row]!),
        security: ticker,
        date: formatIsoDate(draft.date[row]!),
        detail: `permno ${id}`,
      }))
    }
    lives.push({ from: row, to: row + 1, permno: id })
  }
  const present = new Set(lives.map((life) => life.permno))
  const known = new Map([...named].filter(([permno]) => present.has(permno)))
  return { draft: named.size === tickers.length ? draft : sortLives(draft, lives), tickers: known }
}

function sortLives(draft: PriceDraft, lives: readonly { from: number; to: number; permno: number }[]): PriceDraft {
  const sorted = emptyDraft(draft.rows)
  for (const life of [...lives].sort((a, b) => a.permno - b.permno)) {
    for (let row = life.from; row < life.to; row++) {
      copyRow(draft, row, sorted, sorted.rows)
      sorted.permno[sorted.rows] = life.permno
      sorted.rows++
    }
  }
  return sorted
}
