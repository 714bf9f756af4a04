import type { CostModel } from '../../core/request.ts'
import { CELL, type DenseTable } from '../result.ts'
import type { Liquidity } from './liquidity.ts'

/** Stand in for an ADV or volatility that is unknown or not above zero (engine.md 0.4). */
const ADV_FALLBACK_USD = 100_000
const VOLATILITY_FALLBACK = 0.01
/** A trade of this much or less is not one (engine.md 0.4). */
const SMALLEST_TRADE_USD = 0.01
export const BPS = 10_000

/** Target weights by date; rows of `weights` are `dates`. */
export interface Book {
  /** Day numbers, ascending. */
  readonly dates: Int32Array
  /** Number of names, the row length of `weights`. */
  readonly names: number
  readonly weights: DenseTable
}

/** What the trades of a book cost. */
export interface Trades {
  /** Dates with a weight row, day numbers. */
  readonly dates: Int32Array
  /** Cost of the trades of a date, USD. [dates] */
  readonly costUsd: Float64Array
  readonly totals: TradeTotals
}

/** Sums over trades. */
export interface TradeTotals {
  /** Absolute weight changes, two-sided, the first date from cash; also those too small to be a trade. */
  readonly turnover: number
  readonly count: number
  /** Trade values V. */
  readonly tradedUsd: number
  readonly commissionUsd: number
  readonly impactUsd: number
  readonly advFallbacks: number
  readonly volatilityFallbacks: number
  /** Trades above the participation limit. */
  readonly violations: number
  /** V times ADV, V times volatility and V times participation, with fallbacks in place. */
  readonly valueTimesAdv: number
  readonly valueTimesVolatility: number
  readonly valueTimesParticipation: number
}

/**
 * Market impact as a share of the trade: coefficient · volatility · √participation (times 10⁴ in basis points); 0 when
 * the participation (trade over ADV) or the volatility is not above zero or not known.
 */
export function impactRate(participation: number, volatility: number, coefficient: number): number {
  if (!(isUsable(participation) && isUsable(volatility))) return 0
  return coefficient * volatility * Math.sqrt(participation)
}

/** Finite and above zero: fit to divide by. */
export function isUsable(value: number): boolean {
  return value > 0 && value < Number.POSITIVE_INFINITY
}

/** The sums of no trade at all. */
export const NO_TRADES: TradeTotals = {
  turnover: 0,
  count: 0,
  tradedUsd: 0,
  commissionUsd: 0,
  impactUsd: 0,
  advFallbacks: 0,
  volatilityFallbacks: 0,
  violations: 0,
  valueTimesAdv: 0,
  valueTimesVolatility: 0,
  valueTimesParticipation: 0,
}

/**
 * Prices the trades that carry a book from one date with weights to the next, the first from cash. Names without a
 * weight count as 0, weights do not drift, nothing is sold at the end. A name whose ADV or volatility is not usable
 * takes the fallback and is counted. Sums run by date, then by permno. `liquidityOn` is asked in date order.
 *
 * Source: engine.md 6.3 and 6.4. Cost: O(dates · names).
 */
export function priceTrades(book: Book, liquidityOn: (day: number) => Liquidity, model: CostModel): Trades {
  const rows = rowsWithWeights(book)
  const dates = rows.map((row) => book.dates[row]!)
  const costUsd = new Float64Array(rows.length)
  const held = new Float64Array(book.names)
  let totals = NO_TRADES
  for (let k = 0; k < rows.length; k++) {
    const day = priceDate({ book, row: rows[k]!, held }, liquidityOn(dates[k]!), model)
    costUsd[k] = day.commissionUsd + day.impactUsd
    totals = add(totals, day)
  }
  return { dates, costUsd, totals }
}

interface Rebalance {
  readonly book: Book
  readonly row: number
  /** Weights before, by name; those of the row afterwards. */
  readonly held: Float64Array
}

/** The sums over the trades that carry what is held to the weights of a row, 0 where a name has none. */
function priceDate({ book, row, held }: Rebalance, liquidity: Liquidity, model: CostModel): TradeTotals {
  const { values, state } = book.weights
  const { advUsd: advs, volatility: volatilities } = liquidity
  const { portfolioValueUsd, impactCoefficient, participationLimit, bpsPerTrade } = model
  // Locals, because a sum kept in an object is stored again for every name.
  let turnover = 0
  let count = 0
  let tradedUsd = 0
  let impactUsd = 0
  let advFallbacks = 0
  let volatilityFallbacks = 0
  let violations = 0
  let valueTimesAdv = 0
  let valueTimesVolatility = 0
  let valueTimesParticipation = 0
  for (let i = 0; i < held.length; i++) {
    const cell = row * held.length + i
    const target = state[cell] === CELL.value ? values[cell]! : 0
    const change = Math.abs(target - held[i]!)
    held[i] = target
    if (change === 0) continue
    turnover += change
    const valueUsd = change * portfolioValueUsd
    if (!(valueUsd > SMALLEST_TRADE_USD)) continue

    let advUsd = advs[i]!
    if (!isUsable(advUsd)) {
      advUsd = ADV_FALLBACK_USD
      advFallbacks++
    }
    let volatility = volatilities[i]!
    if (!isUsable(volatility)) {
      volatility = VOLATILITY_FALLBACK
      volatilityFallbacks++
    }
    const participation = valueUsd / advUsd
    if (participation > participationLimit) violations++
    count++
    tradedUsd += valueUsd
    impactUsd += impactRate(participation, volatility, impactCoefficient) * valueUsd
    valueTimesAdv += valueUsd * advUsd
    valueTimesVolatility += valueUsd * volatility
    valueTimesParticipation += valueUsd * participation
  }
  const commissionUsd = (bpsPerTrade * tradedUsd) / BPS
  return {
    ...{ turnover, count, tradedUsd, commissionUsd, impactUsd, advFallbacks, volatilityFallbacks, violations },
    ...{ valueTimesAdv, valueTimesVolatility, valueTimesParticipation },
  }
}

function add(total: TradeTotals, day: TradeTotals): TradeTotals {
  const keys = Object.keys(NO_TRADES) as (keyof TradeTotals)[]
  return Object.fromEntries(keys.map((key) => [key, total[key] + day[key]])) as unknown as TradeTotals
}

/** Rows of the book with at least one weight: others do not exist (engine.md 3.8, T14). */
function rowsWithWeights({ dates, names, weights }: Book): Int32Array {
  const rows: number[] = []
  for (let row = 0; row < dates.length; row++) {
    const states = weights.state.subarray(row * names, (row + 1) * names)
    if (states.some((state) => state !== CELL.absent)) rows.push(row)
  }
  return Int32Array.from(rows)
}
