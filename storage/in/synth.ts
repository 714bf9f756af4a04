import { parseIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import { finishTables } from './import/finish-tables.ts'
import { securitiesOf } from './import/presets/names.ts'
import { FIRST_DAY, LAST_DAY } from './import/read/parse-cell.ts'
import { checkDatasetName } from './snapshot/layout.ts'
import { type Published, publishSnapshot } from './snapshot/publish.ts'
import { makeMarket, PLANTABLE, type Plantable } from './synth/market.ts'
import type { SnapshotTables } from './tables.ts'

/** What `hindcast dataset synth` is asked for. */
export interface SynthOptions {
  readonly datasetsDir: string
  readonly dataset: string
  /** 1 to 20,000. */
  readonly names: number
  /** Trading days, Monday to Friday: 2 to 20,000. */
  readonly days: number
  /** 0 to 2^53 - 1. */
  readonly seed: number
  /** The first trading day is the first weekday from here; absent: 2015-01-02. */
  readonly start?: string
  /** Alpha -> daily IC; absent: PLANTED. An empty object plants nothing. */
  readonly planted?: Readonly<Partial<Record<Plantable, number>>>
  readonly now: () => number
}

/** What a market rewards unless asked otherwise: enough to be found in three years, little enough to be believed. */
export const PLANTED = { momentum: 0.06, value: 0.04, quality: 0.03 } as const

const DEFAULT_START = '2015-01-02'
const SATURDAY = 6
const SUNDAY = 0
const MAX_SIDE = 20_000
const MAX_CELLS = 20_000_000

/**
 * Makes a dataset that depends on its options alone, bit for bit on every machine, and publishes it as an import does.
 * It holds late listings, delistings with their returns, splits, missing returns and rows, midpoint prices, tied
 * returns, statements with and without a first known day, restatements, and the planted alphas.
 * Throws `usage` on an option out of range, and what `publishSnapshot` throws.
 */
export async function synthesise(options: SynthOptions): Promise<Published> {
  checkDatasetName(options.dataset)
  const tables = synthTables(options)
  const rows = tables.prices.rows
  return publishSnapshot({
    datasetsDir: options.datasetsDir,
    dataset: options.dataset,
    tables,
    preset: 'synth',
    quality: { rowsRead: rows, rowsKept: rows, findings: [] },
    now: options.now,
  })
}

/** The tables of a synthetic dataset. Throws `usage` on an option out of range. */
export function synthTables(options: Omit<SynthOptions, 'datasetsDir' | 'dataset' | 'now'>): SnapshotTables {
  const { names, days, seed } = options
  const planted = options.planted ?? PLANTED
  checkWhole('names', names, 1, MAX_SIDE)
  checkWhole('days', days, 2, MAX_SIDE)
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER)
  if (names * days > MAX_CELLS) throw usage(`names × days is ${names * days}; allowed: up to ${MAX_CELLS}`)
  checkPlanted(planted)
  const calendar = weekdays(startOf(options.start ?? DEFAULT_START), days)
  if (calendar.at(-1)! > LAST_DAY) throw usage('the last day lies after 2199; allowed: fewer days or an earlier start')
  const { prices, statements } = makeMarket({ seed, names, days: calendar, planted })
  if (prices.rows === 0) throw usage(`${names} names on ${days} days leave no row; allowed: more of either`)
  const fundamentals = statements.table.rows === 0 ? null : statements.table
  const labels = new Map([...new Set(prices.permno)].map((permno) => [permno, labelOf(permno)]))
  return finishTables(prices, fundamentals, securitiesOf(prices, labels))
}

/** A ticker that nobody can take for a real one. */
function labelOf(permno: number): { ticker: string; name: string } {
  return { ticker: `SYN${permno - 10_000}`, name: `Synthetic ${permno - 10_000}` }
}

function startOf(text: string): number {
  const day = parseIsoDate(text)
  if (day !== null && day >= FIRST_DAY && day <= LAST_DAY) return day
  throw usage(`start ${JSON.stringify(text)}; allowed: YYYY-MM-DD from 1900 to 2199`)
}

function weekdays(start: number, count: number): Int32Array {
  const days = new Int32Array(count)
  for (let day = start, at = 0; at < count; day++) {
    // 1970-01-01 was a Thursday.
    const weekday = (((day + 4) % 7) + 7) % 7
    if (weekday !== SATURDAY && weekday !== SUNDAY) days[at++] = day
  }
  return days
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw usage(`${name} is ${value}; allowed: a whole number from ${least} to ${most}`)
}

function checkPlanted(planted: Readonly<Record<string, number | undefined>>): void {
  let total = 0
  for (const [alpha, ic] of Object.entries(planted)) {
    if (!(PLANTABLE as readonly string[]).includes(alpha)) {
      throw usage(`planted alpha "${alpha}"; allowed: ${PLANTABLE.join(', ')}`)
    }
    if (typeof ic !== 'number' || !(Math.abs(ic) <= 0.5)) throw usage(`planted ${alpha} is ${ic}; allowed: -0.5 to 0.5`)
    total += ic * ic
  }
  if (total > 0.9) throw usage('the planted ICs leave no noise; allowed: squares that add up to 0.9 at most')
}

function usage(message: string): HindcastError {
  return new HindcastError('usage', message)
}
