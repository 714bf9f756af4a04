import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { PRESENT } from '../engine/panel.ts'
import { encodeSnapshotFile } from '../storage/parquet/snapshot-file.ts'
import { CACHE } from './config.ts'
import { PANEL_SIZES, syntheticPanel } from './panels.ts'

const REAL_PRICES = join(import.meta.dirname, '../examples/data/all_stocks_5yr.csv.gz')

/** The real prices as plain CSV, 619,040 rows: path of a file in the cache. */
export function realPrices(): string {
  return cached('sp500.csv', () => gunzipSync(readFileSync(REAL_PRICES)))
}

/** A made panel as a Parquet file in Hindcast's own columns: path of a file in the cache. */
export function madePrices(size: keyof typeof PANEL_SIZES): string {
  return cached(`${size}.parquet`, () => priceFile(size))
}

/** The file as the generator defines it: by name, then date; a return that is missing is null. */
function priceFile(size: keyof typeof PANEL_SIZES): Uint8Array {
  const { dates, permnos, present, ...columns } = syntheticPanel(PANEL_SIZES[size])
  const names = permnos.length
  const rows = present.reduce((sum, flags) => sum + (flags === 0 ? 0 : 1), 0)
  const cells = new Uint32Array(rows)
  let row = 0
  for (let name = 0; name < names; name++) {
    for (let cell = name; cell < present.length; cell += names) if (present[cell] !== 0) cells[row++] = cell
  }
  const values = (name: 'ret' | 'prc' | 'vol' | 'shrout') => ({
    name,
    kind: 'number' as const,
    values: Float64Array.from(cells, (cell) => columns[name][cell]!),
    nulls: Uint8Array.from(cells, (cell) => ((present[cell]! & PRESENT[name]) === 0 ? 1 : 0)),
  })
  return encodeSnapshotFile([
    { name: 'permno', kind: 'id', values: Float64Array.from(cells, (cell) => permnos[cell % names]!) },
    { name: 'date', kind: 'date', values: Int32Array.from(cells, (cell) => dates[Math.floor(cell / names)]!) },
    values('ret'),
    values('prc'),
    values('vol'),
    values('shrout'),
  ])
}

function cached(name: string, make: () => Uint8Array): string {
  const path = join(CACHE, name)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  // Whole or not at all: a benchmark that is interrupted must not leave half a panel.
  writeFileSync(`${path}.new`, make())
  renameSync(`${path}.new`, path)
  return path
}
