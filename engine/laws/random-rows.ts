import { dayNumber } from '../../core/dates.ts'
import type { FundamentalRows, PriceRows } from '../panel-from-rows.ts'

/** One price row; the laws rearrange, change and cut lists of them. */
export interface PriceRow {
  readonly permno: number
  readonly date: number
  readonly ret: number | null
  readonly prc: number | null
  readonly vol: number | null
  readonly shrout: number | null
}

export interface StatementRow {
  readonly permno: number
  readonly datadate: number
  readonly availableFrom: number | null
  readonly ceq: number | null
  readonly ni: number | null
  readonly at: number | null
  readonly revt: number | null
  readonly cogs: number | null
}

/** The rows of a small random market. */
export interface Market {
  readonly prices: readonly PriceRow[]
  readonly statements: readonly StatementRow[]
}

const FIRST_DAY = dayNumber('2020-01-06')
/** Steps from one trading day to the next: weekdays, now and then a gap. */
const STEPS = [1, 1, 1, 1, 3, 1, 1, 1, 2, 3] as const

/** Whole numbers below a bound, the same for one seed everywhere (a 32-bit mixing counter). */
export function counterRandom(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below
  }
}

/**
 * A market of so many names and trading days: absent rows, nulls in every column, equal returns, negative prices, late
 * listings, statements with and without a date of their own.
 */
export function randomMarket(seed: number, names: number, days: number): Market {
  const below = counterRandom(seed)
  const maybe = (value: number, oneIn: number) => (below(oneIn) === 0 ? null : value)
  const prices: PriceRow[] = []
  const statements: StatementRow[] = []
  for (let i = 0; i < names; i++) {
    const permno = 100 + 7 * i
    const listed = below(5) === 0 ? below(days) : 0
    let date = FIRST_DAY
    for (let t = 0; t < days; t++) {
      date += STEPS[t % STEPS.length]!
      if (t < listed || below(40) === 0) continue
      prices.push({
        permno,
        date,
        ret: maybe((below(81) - 40) / 1000, 50),
        prc: maybe((1 + below(900)) * (below(20) === 0 ? -1 : 1), 60),
        vol: maybe(1000 * (1 + below(500)), 60),
        shrout: maybe(100 + below(1000), 60),
      })
    }
    for (let k = 0; k < 4; k++) {
      const datadate = FIRST_DAY - 300 + 91 * k
      if (below(10) === 0) continue
      statements.push({
        permno,
        datadate,
        availableFrom: maybe(datadate + 20 + below(100), 2),
        ceq: maybe(below(1000) - 100, 20),
        ni: maybe(below(400) - 100, 20),
        at: maybe(below(5000) - 50, 20),
        revt: maybe(below(3000), 20),
        cogs: maybe(below(2000), 20),
      })
    }
  }
  return { prices, statements }
}

/** The rows as columns. */
export function columnsOf(market: Market): [PriceRows, FundamentalRows] {
  const price = <K extends keyof PriceRow>(key: K) => market.prices.map((row) => row[key])
  const statement = <K extends keyof StatementRow>(key: K) => market.statements.map((row) => row[key])
  return [
    {
      permno: price('permno'),
      date: price('date'),
      ret: price('ret'),
      prc: price('prc'),
      vol: price('vol'),
      shrout: price('shrout'),
    },
    {
      permno: statement('permno'),
      datadate: statement('datadate'),
      availableFrom: statement('availableFrom'),
      ceq: statement('ceq'),
      ni: statement('ni'),
      at: statement('at'),
      revt: statement('revt'),
      cogs: statement('cogs'),
    },
  ]
}
