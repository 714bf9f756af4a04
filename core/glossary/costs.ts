import type { Meanings } from './meaning.ts'

const NO_RETURNS = 'there are no portfolio returns'

/** Numbers of the cost model (engine.md 6.7). */
export const COSTS: Meanings = {
  total_gross_return: {
    title: 'Return, gross',
    unit: 'percent',
    digits: 1,
    signed: true,
    definition: 'Daily returns before costs, compounded over the period.',
    absent: NO_RETURNS,
  },
  total_net_return: {
    title: 'Return, net',
    unit: 'percent',
    digits: 1,
    signed: true,
    definition: 'Daily returns after costs, compounded over the period.',
    absent: NO_RETURNS,
  },
  total_cost_drag: {
    title: 'Cost drag',
    unit: 'percent',
    digits: 2,
    definition: 'All costs over the portfolio value, a plain sum over days.',
    absent: 'costs were not computed',
  },
  total_cost_usd: {
    title: 'Costs',
    unit: 'usd',
    digits: 0,
    definition: 'Commission, half spread and market impact of every trade.',
    absent: 'costs were not computed',
  },
  commission_spread_cost_usd: {
    title: 'Commission and spread',
    unit: 'usd',
    digits: 0,
    definition: 'Traded notional times the basis points per trade of the cost model.',
    absent: 'costs were not computed',
  },
  market_impact_cost_usd: {
    title: 'Market impact',
    unit: 'usd',
    digits: 0,
    definition:
      'For each trade: coefficient times 20-day volatility times the square root of its share of 20-day dollar ' +
      'volume, times its notional.',
    absent: 'costs were not computed',
  },
  gross_sharpe: {
    title: 'Sharpe, gross',
    unit: 'number',
    digits: 2,
    definition: 'Mean over sample standard deviation of daily gross returns, times the square root of 252.',
    absent: 'fewer than two days of returns, or returns that do not vary',
  },
  net_sharpe: {
    title: 'Sharpe, net',
    unit: 'number',
    digits: 2,
    definition: 'The same of daily returns after costs.',
    absent: 'fewer than two days of returns, or returns that do not vary',
  },
  gross_max_drawdown: {
    title: 'Max drawdown, gross',
    unit: 'percent',
    digits: 1,
    definition: 'Largest loss from an earlier peak of compounded gross wealth that starts at one.',
    absent: NO_RETURNS,
  },
  net_max_drawdown: {
    title: 'Max drawdown, net',
    unit: 'percent',
    digits: 1,
    definition: 'The same of wealth after costs.',
    absent: NO_RETURNS,
  },
  num_trades: {
    title: 'Trades',
    unit: 'count',
    digits: 0,
    definition: 'Weight changes worth more than one cent.',
    absent: 'costs were not computed',
  },
  avg_trade_cost_bps: {
    title: 'Cost of a trade',
    unit: 'bp',
    digits: 2,
    definition: 'All costs over all traded notional, so large trades count for more.',
    absent: 'nothing was traded',
  },
  adv_fallback_count: {
    title: 'Trades without a known volume',
    unit: 'count',
    digits: 0,
    definition: 'Trades priced with USD 100,000 of daily volume because 20 days of it were not known.',
    absent: 'costs were not computed',
  },
  volatility_fallback_count: {
    title: 'Trades without a known volatility',
    unit: 'count',
    digits: 0,
    definition: 'Trades priced with 1% of daily volatility because 20 returns were not known.',
    absent: 'costs were not computed',
  },
  participation_violations: {
    title: 'Trades above the participation limit',
    unit: 'count',
    digits: 0,
    definition: 'Trades larger than the allowed share of 20-day dollar volume. They are counted, not cut.',
    absent: 'costs were not computed',
  },
  gross_ruined: {
    title: 'Ruined, gross',
    unit: 'count',
    digits: 0,
    definition: 'One when a day before costs took wealth to zero or below: nothing after it has a meaning.',
    absent: 'not looked at',
  },
  net_ruined: {
    title: 'Ruined, net',
    unit: 'count',
    digits: 0,
    definition: 'One when a day after costs took wealth to zero or below.',
    absent: 'not looked at',
  },
  unmatched_cost_usd: {
    title: 'Costs on days without a return',
    unit: 'usd',
    digits: 0,
    definition: 'Costs of days that have no portfolio return: in the total, but in no net return.',
    absent: 'costs were not computed',
  },
}
