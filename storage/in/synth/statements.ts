import { dayNumber } from '../../../core/dates.ts'
import { FUNDAMENTAL, NO_DATE } from '../../../engine/panel.ts'
import { cutFundamentals, emptyFundamentals } from '../import/presets/fundamentals.ts'
import { FUNDAMENTAL_VALUES, type FundamentalTable } from '../tables.ts'
import { createStream, type Stream } from './splitmix64.ts'

/** engine.md 1.4: when nothing says otherwise a statement is known 90 days after its period. */
const FILING_LAG_DAYS = 90
const DRAWS = 16
const STREAM = 100
const ALL_PRESENT = FUNDAMENTAL_VALUES.reduce((flags, name) => flags | FUNDAMENTAL[name], 0)

/** A statement as the market sees it: the day it is known from, and the two ratios that alphas read. */
export interface KnownStatement {
  readonly from: number
  readonly ceq: number
  readonly returnOnEquity: number
}

/** Yearly statements of every name, and for each name what is known when, in the order it becomes known. */
export interface Statements {
  readonly table: FundamentalTable
  readonly known: readonly (readonly KnownStatement[])[]
}

/** The market at its first day, from which book values are drawn. */
export interface Companies {
  readonly seed: number
  readonly firstDay: number
  readonly lastDay: number
  readonly permnos: Float64Array
  /** Price × shares in thousands. */
  readonly cap: Float64Array
}

/**
 * Statements with gaps: some report months are their own (`available_from`), one in ten is restated later, some book
 * values are missing, some reports never came.
 */
export function makeStatements(companies: Companies): Statements {
  const { firstDay, lastDay, permnos } = companies
  const years = yearEnds(firstDay, lastDay)
  const draws = createStream(companies.seed, STREAM)
  const table = emptyFundamentals(permnos.length * years.length * 2)
  const known: KnownStatement[][] = []
  let rows = 0
  for (let name = 0; name < permnos.length; name++) {
    const seen: KnownStatement[] = []
    for (const [year, datadate] of years.entries()) {
      const at = (name * years.length + year) * DRAWS
      if (draws.uniform(at) < 0.02) continue
      const own = draws.uniform(at + 1) < 0.5
      const first = own ? datadate + 45 + Math.floor(60 * draws.uniform(at + 2)) : NO_DATE
      const size = companies.cap[name]! / 1000
      seen.push(
        writeStatement(table, rows++, { permno: permnos[name]!, datadate, from: first, size, draws, at: at + 3 }),
      )
      if (draws.uniform(at + 9) >= 0.1) continue
      const later = datadate + 200 + Math.floor(100 * draws.uniform(at + 10))
      const factor = 0.9 + 0.2 * draws.uniform(at + 11)
      seen.push(
        writeStatement(table, rows++, {
          permno: permnos[name]!,
          datadate,
          from: later,
          size: size * factor,
          draws,
          at: at + 3,
        }),
      )
    }
    known.push(seen.sort((a, b) => a.from - b.from))
  }
  return { table: cutFundamentals(table, rows), known }
}

interface Statement {
  readonly permno: number
  readonly datadate: number
  readonly from: number
  /** Market value at the first day, millions. */
  readonly size: number
  readonly draws: Stream
  readonly at: number
}

function writeStatement(
  table: ReturnType<typeof emptyFundamentals>,
  row: number,
  statement: Statement,
): KnownStatement {
  const { draws, at } = statement
  const ceq = cents(statement.size * (0.2 + 1.2 * draws.uniform(at)))
  const returnOnEquity = 0.3 * draws.uniform(at + 1) - 0.05
  const assets = cents(ceq * (1.5 + 2 * draws.uniform(at + 2)))
  const revt = cents(assets * (0.2 + draws.uniform(at + 3)))
  const values = {
    ceq,
    ni: cents(ceq * returnOnEquity),
    at: assets,
    revt,
    cogs: cents(revt * (0.3 + 0.6 * draws.uniform(at + 4))),
  }
  const lacksBook = draws.uniform(at + 5) < 0.02
  table.permno[row] = statement.permno
  table.datadate[row] = statement.datadate
  table.availableFrom[row] = statement.from
  table.present[row] = lacksBook ? ALL_PRESENT - FUNDAMENTAL.ceq : ALL_PRESENT
  for (const name of FUNDAMENTAL_VALUES) table[name][row] = values[name]
  if (lacksBook) table.ceq[row] = NaN
  const from = statement.from === NO_DATE ? statement.datadate + FILING_LAG_DAYS : statement.from
  return { from, ceq: lacksBook ? NaN : ceq, returnOnEquity: lacksBook ? NaN : returnOnEquity }
}

/** Ends of the years that can be known within the calendar, from two years before its first day. */
function yearEnds(firstDay: number, lastDay: number): number[] {
  const first = new Date(firstDay * 86_400_000).getUTCFullYear() - 2
  const last = new Date(lastDay * 86_400_000).getUTCFullYear()
  const ends = Array.from({ length: last - first }, (_, year) => dayNumber(`${first + year}-12-31`))
  return ends.filter((day) => day < lastDay)
}

function cents(value: number): number {
  return Math.floor(value * 100 + 0.5) / 100
}
