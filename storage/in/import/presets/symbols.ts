import { basename } from 'node:path'
import { PRESENT } from '../../../../engine/panel.ts'
import { noteBars } from '../checks/bars.ts'
import { checkPriceSeries } from '../checks/price-series.ts'
import { dataError, shown } from '../data-error.ts'
import { applyNonFinite, type NonFiniteRule } from '../non-finite.ts'
import { orderRows } from '../order-rows.ts'
import { checkDates, emptyDraft, noteUnsorted, type PriceDraft, trimDraft } from '../price-draft.ts'
import type { QualityNotes } from '../quality.ts'
import {
  type ColumnSpec,
  type NumberColumn,
  numberColumn,
  placeOf,
  RAW,
  type RawTable,
  textColumn,
} from '../read/raw-table.ts'
import { FIRST_PERMNO, type SymbolPrices, splitLives } from './lives.ts'

/** How a preset without permanent ids reads its files. */
export interface SymbolPreset {
  readonly columns: readonly ColumnSpec[]
  /** Column of the tickers; absent in the file or null: a file is one ticker, named by the file. */
  readonly tickerColumn: string | null
  /** Column whose ratio over consecutive rows is the return. */
  readonly returnColumn: 'close' | 'adj close'
  /** Shares outstanding that stand in for a number nobody gives, in thousands; null: missing. */
  readonly shrout: number | null
}

const BAR: readonly ColumnSpec[] = [
  { name: 'date', kind: 'date', required: true },
  { name: 'open', kind: 'number' },
  { name: 'high', kind: 'number' },
  { name: 'low', kind: 'number' },
  { name: 'close', kind: 'number', required: true },
]

export const SYMBOL_PRESETS = {
  kaggle: {
    columns: [
      ...BAR,
      { name: 'volume', kind: 'number' },
      { name: 'name', aliases: ['ticker', 'symbol'], kind: 'text', required: true },
    ],
    tickerColumn: 'name',
    returnColumn: 'close',
    // Made up (design.md 4), so that the value and size rules have something to work on.
    shrout: 1000,
  },
  yahoo: {
    columns: [
      ...BAR,
      { name: 'adj close', aliases: ['adjclose', 'adj_close', 'adjusted close'], kind: 'number', required: true },
      { name: 'volume', kind: 'number' },
    ],
    tickerColumn: null,
    returnColumn: 'adj close',
    shrout: null,
  },
  stooq: {
    columns: [
      ...BAR,
      { name: 'volume', aliases: ['vol'], kind: 'number' },
      { name: 'ticker', kind: 'text' },
      { name: 'per', kind: 'text' },
    ],
    tickerColumn: 'ticker',
    returnColumn: 'close',
    shrout: null,
  },
} as const satisfies Record<string, SymbolPreset>

/**
 * Prices from bars. Permnos count from 10001 in the byte order of the tickers; each further life of a ticker gets the
 * next free number after them. The return is the price over the life's previous price - 1, the first of a life null.
 */
export function symbolPrices(
  raw: RawTable,
  preset: SymbolPreset,
  rule: NonFiniteRule,
  notes: QualityNotes,
): SymbolPrices {
  refuseIntraday(raw)
  const values = ['open', 'high', 'low', 'close', 'adj close', 'volume']
  applyNonFinite(raw, values, rule, notes)
  refusePrices(raw, ['close', 'adj close'])
  const { tickers, keys } = tickersOf(raw, preset)
  const dates = checkDates(raw, 'date')
  const { order, unsorted } = orderRows(keys, tickers.length, dates)
  noteUnsorted(raw, unsorted, notes)
  noteBars(raw, (row) => tickers[keys[row]!]!, notes)
  const draft = emptyDraft(raw.rows)
  const price = numberColumn(raw, preset.returnColumn)!
  const close = numberColumn(raw, 'close')!
  const volume = numberColumn(raw, 'volume')
  for (let i = 0; i < raw.rows; i++) {
    const row = order === null ? i : order[i]!
    const ticker = tickers[keys[row]!]!
    if (close.state[row] !== RAW.value) {
      notes.note('row_without_price', () => ({ ...placeOf(raw, row), security: ticker }))
      continue
    }
    const at = draft.rows
    if (at > 0 && keys[draft.source[at - 1]!] === keys[row] && draft.date[at - 1] === dates[row]) {
      dropDuplicateBar(raw, { first: draft.source[at - 1]!, second: row, ticker }, notes)
      continue
    }
    draft.permno[at] = FIRST_PERMNO + keys[row]!
    draft.date[at] = dates[row]!
    draft.prc[at] = close.values[row]!
    // The price that returns are made of waits here until the lives are known.
    draft.ret[at] = price.state[row] === RAW.value ? price.values[row]! : NaN
    draft.vol[at] = volume === undefined ? NaN : volume.values[row]!
    draft.shrout[at] = preset.shrout ?? NaN
    const hasVolume = volume !== undefined && volume.state[row] === RAW.value
    draft.present[at] =
      PRESENT.row | PRESENT.prc | (hasVolume ? PRESENT.vol : 0) | (preset.shrout === null ? 0 : PRESENT.shrout)
    draft.source[at] = row
    draft.rows++
  }
  const lives = splitLives(raw, trimDraft(draft), tickers, notes)
  refuseUnadjusted(raw, lives, preset)
  fillReturns(lives.draft)
  checkPriceSeries(raw, lives.draft, notes)
  return lives
}

/** Turns the prices waiting in `ret` into returns over the row before of the same permno. */
function fillReturns(draft: PriceDraft): void {
  const { permno, ret, present } = draft
  let previous = NaN
  for (let row = 0; row < draft.rows; row++) {
    const price = ret[row]!
    const first = row === 0 || permno[row] !== permno[row - 1]
    ret[row] = first ? NaN : price / previous - 1
    if (!Number.isNaN(ret[row])) present[row] = present[row]! | PRESENT.ret
    previous = price
  }
}

function refuseUnadjusted(raw: RawTable, { draft, tickers }: SymbolPrices, preset: SymbolPreset): void {
  if (preset.returnColumn === 'close') return
  for (let row = 0; row < draft.rows; ) {
    const first = row
    let adjusted = false
    for (; row < draft.rows && draft.permno[row] === draft.permno[first]; row++)
      adjusted ||= !Number.isNaN(draft.ret[row])
    if (adjusted) continue
    const ticker = tickers.get(draft.permno[first]!)!
    const place = placeOf(raw, draft.source[first]!, preset.returnColumn)
    throw dataError(place, `every value of ${shown(ticker)} is blank; returns need the adjusted close`)
  }
}

function refusePrices(raw: RawTable, names: readonly string[]): void {
  for (const name of names) {
    const column = numberColumn(raw, name)
    if (column === undefined) continue
    for (let row = 0; row < raw.rows; row++) {
      if (column.values[row]! <= 0 && column.state[row] === RAW.value) {
        throw dataError(placeOf(raw, row, name), `is ${column.values[row]}; allowed: a price above 0, or blank`)
      }
    }
  }
  const volume = numberColumn(raw, 'volume')
  for (let row = 0; volume !== undefined && row < raw.rows; row++) {
    if (volume.values[row]! < 0) {
      throw dataError(placeOf(raw, row, 'volume'), `is ${volume.values[row]}; allowed: a volume from 0 up, or blank`)
    }
  }
}

/** Stooq's bulk files say the period of a bar: only days are prices here. */
function refuseIntraday(raw: RawTable): void {
  const period = textColumn(raw, 'per')
  if (period === undefined) return
  for (let row = 0; row < raw.rows; row++) {
    const word = period.values[row]! < 0 ? 'D' : period.words[period.values[row]!]!
    if (word.toUpperCase() !== 'D') throw dataError(placeOf(raw, row, 'per'), `is ${shown(word)}; allowed: D (days)`)
  }
}

function tickersOf(raw: RawTable, preset: SymbolPreset): { tickers: readonly string[]; keys: Int32Array } {
  const column = preset.tickerColumn === null ? undefined : textColumn(raw, preset.tickerColumn)
  const words = column === undefined ? raw.files.map(tickerOfFile) : column.words
  const names = words.map((word) => (preset.tickerColumn === 'name' ? word : plainTicker(word)))
  const tickers = [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const rank = new Map(tickers.map((ticker, at) => [ticker, at]))
  const keyOfWord = Int32Array.from(names, (name) => rank.get(name)!)
  const codes = column === undefined ? raw.file : column.values
  const keys = new Int32Array(raw.rows)
  for (let row = 0; row < raw.rows; row++) {
    if (codes[row]! < 0) throw dataError(placeOf(raw, row, preset.tickerColumn!), 'is blank; every row needs a ticker')
    keys[row] = keyOfWord[codes[row]!]!
  }
  return { tickers, keys }
}

/** `data/aapl.us.txt` and `aapl_us_d.csv.gz` are AAPL. */
function tickerOfFile(path: string): string {
  const stem = basename(path)
    .replace(/\.gz$/i, '')
    .replace(/\.(csv|txt|parquet)$/i, '')
    .replace(/_d$/i, '')
  if (!/^[A-Za-z0-9^][A-Za-z0-9.^_=-]{0,31}$/.test(stem)) {
    throw dataError({ file: path }, 'the file name gives no ticker; name the file by its ticker, such as AAPL.csv')
  }
  return stem
}

/** A ticker in capitals without the suffix of its exchange. */
function plainTicker(word: string): string {
  return word.toUpperCase().replace(/[._]US$/, '')
}

const BAR_VALUES = ['open', 'high', 'low', 'close', 'adj close', 'volume'] as const

function dropDuplicateBar(
  raw: RawTable,
  { first, second, ticker }: { first: number; second: number; ticker: string },
  notes: QualityNotes,
): void {
  const same = (column: NumberColumn | undefined) =>
    column === undefined ||
    (column.state[first] === column.state[second] && Object.is(column.values[first], column.values[second]))
  const differing = BAR_VALUES.find((name) => !same(numberColumn(raw, name)))
  if (differing === undefined) {
    notes.note('duplicate_row', () => ({ ...placeOf(raw, second), security: ticker }))
    return
  }
  const before = placeOf(raw, first)
  throw dataError(
    placeOf(raw, second),
    `a second row for ${shown(ticker)} on the same date with another ${differing}; the first is row ${before.row} of ` +
      `${before.file}; allowed: one row per name and date`,
  )
}
