import { formatIsoDate, type IsoDate } from '../../../core/dates.ts'
import { HindcastError } from '../../../core/errors.ts'
import { PRESENT } from '../../../engine/panel.ts'
import type { SnapshotRecord } from '../snapshot/entry.ts'
import { checkDatasetName } from '../snapshot/layout.ts'
import { publishSnapshot } from '../snapshot/publish.ts'
import type { FundamentalTable, PRICE_VALUES, PriceTable, SnapshotTables } from '../tables.ts'
import { dataError, shown } from './data-error.ts'
import { finishTables } from './finish-tables.ts'
import type { NonFinite, NonFiniteRule } from './non-finite.ts'
import { CRSP_PRICES, type CrspFormat, crspPrices } from './presets/crsp.ts'
import { applyDelistings, DELISTINGS } from './presets/delistings.ts'
import { detectCrspFormat, detectPreset, PRESETS, type Preset } from './presets/detect.ts'
import { FUNDAMENTALS, readFundamentals } from './presets/fundamentals.ts'
import { addNames, labelsOfPrices, NAMES, securitiesOf } from './presets/names.ts'
import { NATIVE_PRICES, nativePrices } from './presets/native.ts'
import { SYMBOL_PRESETS, symbolPrices } from './presets/symbols.ts'
import type { PriceDraft } from './price-draft.ts'
import { createQualityNotes, type QualityNotes, type QualityReport } from './quality.ts'
import { type ColumnSpec, numberColumn, placeOf, type RawTable } from './read/raw-table.ts'
import { readHeader, readTable, refuseBrokenFiles } from './read/read-table.ts'

/** What `hindcast dataset import` is asked for (design.md 4). */
export interface ImportOptions {
  readonly datasetsDir: string
  readonly dataset: string
  readonly prices: readonly string[]
  readonly fundamentals?: readonly string[]
  readonly delistings?: string
  readonly names?: string
  /** Absent: known by the header of the first file. */
  readonly preset?: Preset
  /** Absent: known by the header. */
  readonly crspFormat?: CrspFormat
  /** Absent: the rule of the preset. */
  readonly nonFinite?: NonFinite
  /** Wall clock, milliseconds since 1970; written as `createdAt`. */
  readonly now: () => number
}

/** A price row as a person reads it. */
export interface SampleRow {
  readonly permno: number
  readonly date: IsoDate
  readonly ret: number | null
  readonly prc: number | null
  readonly vol: number | null
  readonly shrout: number | null
}

const SAMPLE_ROWS = 5

/** How an import ended. */
export interface ImportReport {
  readonly record: SnapshotRecord
  readonly directory: string
  /** False: the same data was there already, and `newest` points at it. */
  readonly created: boolean
  readonly preset: Preset
  readonly crspFormat: CrspFormat | null
  /** Column of the preset -> header of the first price file that was taken for it. */
  readonly mapping: Readonly<Record<string, string>>
  /** The first rows of the snapshot, for a person to check; null where there is no value. */
  readonly sample: readonly SampleRow[]
  /** Of this import's files; `record.quality` is of the import that made the snapshot. */
  readonly quality: QualityReport
}

/**
 * Reads, checks and normalises the files, and publishes them as an immutable snapshot. Nothing is written before all
 * is read and sound. Throws `invalid_name`, `usage`, `data_missing`, `data_invalid`, and what `publishSnapshot` throws.
 */
export async function importDataset(options: ImportOptions): Promise<ImportReport> {
  checkDatasetName(options.dataset)
  await refuseBrokenFiles(filesOf(options), EVERY_COLUMN)
  const { preset, format } = await choosePreset(options)
  const notes = createQualityNotes()
  const rule: NonFiniteRule = { chosen: options.nonFinite ?? null, native: preset === 'native' }
  const reading = { options, rule, notes, format: format ?? 'siz' } as const
  const { raw, tables } = await readTables(reading, preset)
  const quality = notes.report(raw.rows, tables.prices.rows)
  const { datasetsDir, dataset, now } = options
  const published = await publishSnapshot({ datasetsDir, dataset, tables, preset, quality, now })
  const mapping = Object.fromEntries(raw.mapping)
  return { ...published, preset, crspFormat: format, mapping, sample: sampleOf(tables.prices), quality }
}

const EVERY_COLUMN: readonly ColumnSpec[] = [
  ...NATIVE_PRICES,
  ...Object.values(CRSP_PRICES).flat(),
  ...Object.values(SYMBOL_PRESETS).flatMap(({ columns }) => columns),
  ...DELISTINGS,
  ...FUNDAMENTALS,
  ...NAMES,
]

function filesOf({ prices, fundamentals = [], delistings, names }: ImportOptions): string[] {
  return [...prices, ...fundamentals, delistings, names].filter((path) => path !== undefined)
}

interface Reading {
  readonly options: ImportOptions
  readonly rule: NonFiniteRule
  readonly notes: QualityNotes
  readonly format: CrspFormat
}

async function choosePreset(options: ImportOptions): Promise<{ preset: Preset; format: CrspFormat | null }> {
  const first = options.prices[0]
  if (first === undefined) throw new HindcastError('usage', 'an import needs --prices FILE')
  if (options.preset !== undefined && !PRESETS.includes(options.preset)) {
    throw new HindcastError('usage', `preset ${shown(options.preset)}: allowed are ${PRESETS.join(', ')}`)
  }
  const isSymbols = (preset: Preset) => preset in SYMBOL_PRESETS
  const headers = options.preset !== undefined && options.preset !== 'crsp' ? [] : await readHeader(first)
  const preset = options.preset ?? detectPreset(first, headers)
  if (options.crspFormat !== undefined && preset !== 'crsp') {
    throw new HindcastError('usage', `--crsp-format goes with --preset crsp, not with ${preset}`)
  }
  if (options.delistings !== undefined && isSymbols(preset)) {
    throw new HindcastError('usage', `--delistings needs prices with a permno; preset ${preset} has none`)
  }
  const format = preset === 'crsp' ? (options.crspFormat ?? detectCrspFormat(headers)) : null
  return { preset, format }
}

async function readTables(reading: Reading, preset: Preset): Promise<{ raw: RawTable; tables: SnapshotTables }> {
  const { options, rule, notes, format } = reading
  const specs = { native: NATIVE_PRICES, crsp: CRSP_PRICES[format] }
  const symbols = SYMBOL_PRESETS[preset as keyof typeof SYMBOL_PRESETS]
  const raw = await readTable(options.prices, symbols?.columns ?? specs[preset as keyof typeof specs])
  if (raw.rows === 0) throw dataError({ file: options.prices[0]! }, 'has a header and no row; at least one is needed')
  if (symbols !== undefined) {
    const { draft, tickers } = symbolPrices(raw, symbols, rule, notes)
    const labels = new Map([...tickers].map(([permno, ticker]) => [permno, { ticker, name: null }]))
    return { raw, tables: await withOthers(reading, draft, labels) }
  }
  const prices = preset === 'crsp' ? crspPrices(raw, rule, notes) : nativePrices(raw, rule, notes)
  const draft = await withDelistings(reading, raw, prices)
  return { raw, tables: await withOthers(reading, draft, labelsOfPrices(raw, draft)) }
}

async function withDelistings(reading: Reading, raw: RawTable, draft: PriceDraft): Promise<PriceDraft> {
  const { options, notes, format } = reading
  const table = options.delistings === undefined ? null : await readTable([options.delistings], DELISTINGS)
  return applyDelistings({ raw, draft, table, format }, notes)
}

async function withOthers(
  reading: Reading,
  draft: PriceDraft,
  labels: Map<number, { ticker: string | null; name: string | null }>,
): Promise<SnapshotTables> {
  const { options, rule, notes } = reading
  if (draft.rows === 0) throw dataError({ file: options.prices[0]! }, 'no row holds a price; at least one is needed')
  const permnos = new Set(draft.permno)
  if (options.names !== undefined) addNames(await readTable([options.names], NAMES), labels, permnos, notes)
  let fundamentals: FundamentalTable | null = null
  if (options.fundamentals !== undefined && options.fundamentals.length > 0) {
    const raw = await readTable(options.fundamentals, FUNDAMENTALS)
    if (raw.rows > 0) fundamentals = readFundamentals(raw, rule, notes)
    noteStrangers(raw, permnos, notes)
  }
  return finishTables(draft, fundamentals, securitiesOf(draft, labels))
}

/** Notes statements of names without prices, one per name. */
function noteStrangers(raw: RawTable, permnos: ReadonlySet<number>, notes: QualityNotes): void {
  const met = new Set<number>()
  for (const [row, permno] of numberColumn(raw, 'permno')!.values.entries()) {
    if (permnos.has(permno) || met.has(permno)) continue
    met.add(permno)
    notes.note('fundamentals_without_prices', () => ({ ...placeOf(raw, row), security: String(permno) }))
  }
}

function sampleOf(prices: PriceTable): SampleRow[] {
  const cell = (name: (typeof PRICE_VALUES)[number], row: number) =>
    (prices.present[row]! & PRESENT[name]) === 0 ? null : prices[name][row]!
  return Array.from({ length: Math.min(SAMPLE_ROWS, prices.rows) }, (_, row) => ({
    permno: prices.permno[row]!,
    date: formatIsoDate(prices.date[row]!),
    ret: cell('ret', row),
    prc: cell('prc', row),
    vol: cell('vol', row),
    shrout: cell('shrout', row),
  }))
}
