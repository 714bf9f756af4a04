import type { CostModel } from '../../core/request.ts'
import { compounded, finiteReturns, maxDrawdown, sharpe } from '../metrics/risk.ts'
import type { Panel } from '../panel.ts'
import type { CostResult, DenseTable, Series } from '../result.ts'
import { capacity } from './capacity.ts'
import { liquidityByDay } from './liquidity.ts'
import { repricedCapacity } from './repriced-capacity.ts'
import { BPS, priceTrades, type Trades } from './trades.ts'

/** What costs are computed from: the locked panel and the book of a finished run. */
export interface CostInput {
  readonly panel: Panel
  /** The requested start, day number: volume and volatility read prices from 40 calendar days before it on. */
  readonly startDay: number
  /** Day numbers of the rows of `weights`, ascending; each is a date of the panel. */
  readonly dates: Int32Array
  /** Target weights. [dates × panel names] */
  readonly weights: DenseTable
  /** Gross returns by decision date (engine.md 3.9). */
  readonly portfolioReturns: Series
  readonly model: CostModel
}

/**
 * Net returns, cost summary and capacity of a run. A pure function of its input: all prices come from the panel.
 *
 * Source: engine.md 6. Cost: O(days from 40 before the start × names).
 */
export function computeCosts(input: CostInput): CostResult {
  const { panel, model, portfolioReturns } = input
  const book = { dates: input.dates, names: panel.permnos.length, weights: input.weights }
  const trades = priceTrades(book, liquidityByDay(panel, input.startDay), model)
  return summariseCosts(trades, portfolioReturns, model)
}

/** The result of priced trades; dates of the net series are those of the portfolio returns (engine.md 6.5, T30). */
export function summariseCosts(trades: Trades, portfolioReturns: Series, model: CostModel): CostResult {
  const { dates, values: gross } = portfolioReturns
  const drag = alignedDrag(trades, dates, model.portfolioValueUsd)
  const net = gross.map((r, k) => r - drag[k]!)
  const grossReturns = finiteReturns(portfolioReturns).values
  const grossReturn = compounded(grossReturns)
  return {
    net: { dates, gross, drag, net },
    summary: {
      ...returnSummary(grossReturns, finiteReturns({ dates, values: net }).values),
      ...costSummary(trades, model),
      unmatched_cost_usd: unmatchedCost(trades, dates),
    },
    capacity: { ...capacity(trades, grossReturn, model), ...repricedCapacity(trades, grossReturn, model) },
  }
}

/** Cost of each return's date as a share of the portfolio value; 0 where nothing was traded. */
function alignedDrag(trades: Trades, dates: Int32Array, portfolioValueUsd: number): Float64Array {
  const costOn = new Map(Array.from(trades.dates, (day, k) => [day, trades.costUsd[k]!]))
  return Float64Array.from(dates, (day) => (costOn.get(day) ?? 0) / portfolioValueUsd)
}

/** Costs on dates without a portfolio return: part of the totals, of no net return (T30). */
function unmatchedCost(trades: Trades, dates: Int32Array): number {
  const known = new Set(dates)
  return trades.costUsd.reduce((sum, cost, k) => (known.has(trades.dates[k]!) ? sum : sum + cost), 0)
}

function returnSummary(gross: Float64Array, net: Float64Array) {
  const grossFall = maxDrawdown(gross)
  const netFall = maxDrawdown(net)
  return {
    total_gross_return: compounded(gross),
    total_net_return: compounded(net),
    gross_sharpe: sharpe(gross),
    net_sharpe: sharpe(net),
    gross_max_drawdown: grossFall?.depth ?? null,
    net_max_drawdown: netFall?.depth ?? null,
    // 1: the wealth curve reached zero, after which a drawdown means nothing (engine.md 6.6).
    gross_ruined: Number(grossFall?.ruined ?? false),
    net_ruined: Number(netFall?.ruined ?? false),
  }
}

function costSummary({ totals }: Trades, model: CostModel) {
  const costUsd = totals.commissionUsd + totals.impactUsd
  return {
    total_cost_drag: costUsd / model.portfolioValueUsd,
    total_cost_usd: costUsd,
    commission_spread_cost_usd: totals.commissionUsd,
    market_impact_cost_usd: totals.impactUsd,
    num_trades: totals.count,
    avg_trade_cost_bps: totals.count === 0 ? 0 : (costUsd / totals.tradedUsd) * BPS,
    adv_fallback_count: totals.advFallbacks,
    volatility_fallback_count: totals.volatilityFallbacks,
    participation_violations: totals.violations,
  }
}
