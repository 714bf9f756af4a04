import { readFileSync } from 'node:fs'
import { parquetMetadata, parquetRead } from 'hyparquet'
import { dayNumber } from '../../core/dates.ts'
import type { Panel } from '../../engine/panel.ts'
import { type FundamentalRows, type PriceRows, panelFromRows } from '../../engine/panel-from-rows.ts'

const HERE = new URL('.', import.meta.url)
const MS_PER_DAY = 86_400_000
const panels = new Map<string, Promise<Panel>>()

// biome-ignore lint/suspicious/noExplicitAny: golden files are trusted JSON of many shapes
export type GoldenJson = any

/** A golden case by its name (`A_momentum`), as parsed JSON. */
export function goldenCase(name: string): GoldenJson {
  return JSON.parse(readFileSync(new URL(`cases/${name}.json`, HERE), 'utf8'))
}

/** The machine-readable outputs of engine.md 12.8. */
export function engineGolden(): GoldenJson {
  return JSON.parse(readFileSync(new URL('engine-golden.json', HERE), 'utf8'))
}

/** The panel of two inputs as the cases name them (`inputs/smallA.parquet`), built once per process. */
export function goldenPanel(prices: string, fundamentals: string | null = null): Promise<Panel> {
  const key = `${prices}|${fundamentals}`
  let panel = panels.get(key)
  if (panel === undefined) {
    panel = readPanel(prices, fundamentals)
    panels.set(key, panel)
  }
  return panel
}

async function readPanel(prices: string, fundamentals: string | null): Promise<Panel> {
  const priceRows = (await readColumns(prices)) as unknown as PriceRows
  const rows = fundamentals === null ? null : ((await readColumns(fundamentals)) as unknown as FundamentalRows)
  return panelFromRows(priceRows, rows)
}

/** The columns of a parquet file under test/golden: whole numbers and day numbers as numbers, null kept. */
export async function readColumns(path: string): Promise<Record<string, (number | null)[]>> {
  const bytes = readFileSync(new URL(path, HERE))
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const rows = Number(parquetMetadata(file).num_rows)
  const columns: Record<string, (number | null)[]> = {}
  await parquetRead({
    file,
    onChunk: ({ columnName, columnData, rowStart }) => {
      columns[columnName] ??= new Array<number | null>(rows).fill(null)
      const column = columns[columnName]
      for (let i = 0; i < columnData.length; i++) column[rowStart + i] = plain(columnData[i])
    },
  })
  return columns
}

function plain(value: unknown): number | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.getTime() / MS_PER_DAY
  return Number(value)
}

/** The prices and fundamentals of engine.md 12.8, made by its formulas. `names`: ids 10001 to 10000 + names. */
export function syntheticRows(names = 40): { prices: PriceRows; fundamentals: FundamentalRows } {
  return { prices: syntheticPrices(names), fundamentals: syntheticFundamentals(names) }
}

function syntheticPrices(names: number): PriceRows {
  const rows = { permno: [], date: [], ret: [], prc: [], vol: [], shrout: [] } as Record<string, (number | null)[]>
  for (let p = 1; p <= names; p++) {
    for (let d = 0; d < 420; d++) {
      if ((31 * p + 17 * d) % 211 === 0) continue
      const h = (7919 * p + 10473 * d + 613 * p * d + 4421) % 10007
      const price = 20 + p + (h % 100) / 10
      rows.permno!.push(10000 + p)
      rows.date!.push(syntheticDay(d))
      rows.ret!.push((13 * p + 7 * d) % 307 === 0 ? null : (h - 5003) / 100000 + ((p % 9) - 4) / 4000)
      rows.prc!.push((p + d) % 23 === 0 ? -price : price)
      rows.vol!.push(50000 + ((37 * h) % 90000))
      rows.shrout!.push(1000 + 37 * ((17 * p) % 41))
    }
  }
  return rows as unknown as PriceRows
}

/** Weekday number d from Monday 2023-01-02 on. */
function syntheticDay(d: number): number {
  return dayNumber('2023-01-02') + 7 * Math.floor(d / 5) + (d % 5)
}

function syntheticFundamentals(names: number): FundamentalRows {
  const fields = ['permno', 'datadate', 'ceq', 'ni', 'at', 'revt', 'cogs']
  const rows: Record<string, (number | null)[]> = Object.fromEntries(fields.map((field) => [field, []]))
  for (let p = 1; p <= names; p++) {
    for (let k = 0; k < 3; k++) {
      if (k === 1 && p % 11 === 0) continue
      rows.permno!.push(10000 + p)
      rows.datadate!.push(dayNumber(`${2021 + k}-12-31`))
      rows.ceq!.push(500 * (((29 * p + 7 * k) % 37) - 3))
      rows.ni!.push(p === 7 ? null : 10 * (((53 * p + 19 * k) % 97) - 30))
      rows.at!.push(20000 + 100 * ((43 * p + k) % 59))
      rows.revt!.push(5000 + 50 * ((61 * p + 5 * k) % 71))
      rows.cogs!.push(2000 + 30 * ((47 * p + 3 * k) % 67))
    }
  }
  return rows as unknown as FundamentalRows
}
