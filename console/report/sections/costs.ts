import { h, type JSX } from 'preact'
import type { ReportModel } from '../model.ts'
import { type Fact, Facts, scalarFacts } from './facts.ts'

const SUMMARY = [
  'total_gross_return',
  'total_net_return',
  'total_cost_drag',
  'total_cost_usd',
  'commission_spread_cost_usd',
  'market_impact_cost_usd',
  'avg_trade_cost_bps',
  'num_trades',
  'gross_sharpe',
  'net_sharpe',
  'gross_max_drawdown',
  'net_max_drawdown',
  'adv_fallback_count',
  'volatility_fallback_count',
  'participation_violations',
]

const CAPACITY = [
  'implied_max_capacity',
  'impact_aum_5bps',
  'impact_aum_10bps',
  'participation_aum',
  'breakeven_aum',
  'gross_alpha_annualized',
  'avg_daily_turnover',
  'avg_holding_period_days',
  'portfolio_adv',
  'portfolio_sigma',
]

/** What binds first, in words. */
const LIMITS: Readonly<Record<string, string>> = {
  impact_5bps: 'at 5 bp of impact',
  participation: 'at the participation limit',
  breakeven: 'at break-even',
}

/** What trading costs, and how much money the alpha can carry. */
export function CostSection({ model }: { model: ReportModel }): JSX.Element {
  const { costs } = model
  if (costs === null) {
    return h(
      'section',
      { 'aria-labelledby': 'costs' },
      h('h2', { id: 'costs' }, 'Costs and capacity'),
      h(
        'p',
        null,
        'No cost model was asked for: every return on this page is before costs. Add ',
        h('code', null, 'costModel'),
        ' to the manifest.',
      ),
    )
  }
  return h(
    'section',
    { 'aria-labelledby': 'costs' },
    h('h2', { id: 'costs' }, 'Costs and capacity ', h('small', null, assumptions(model))),
    h(
      'div',
      { class: 'two' },
      h(Facts, { facts: scalarFacts('costs', costs.summary, SUMMARY) }),
      h(Facts, {
        facts: [...scalarFacts('costs', costs.capacity, CAPACITY), ...limiting(costs.capacity.limiting_factor)],
      }),
    ),
  )
}

function limiting(factor: number | string | null | undefined): Fact[] {
  return typeof factor === 'string' ? [['What binds first', LIMITS[factor] ?? factor]] : []
}

function assumptions({ computation }: ReportModel): string {
  const model = computation.costModel
  if (model === null) return ''
  return (
    `${model.bpsPerTrade} bp a trade, impact coefficient ${model.impactCoefficient}, at most ` +
    `${model.participationLimit * 100}% of daily volume, USD ${model.portfolioValueUsd.toLocaleString('en-US')} kept constant`
  )
}
