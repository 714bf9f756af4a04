import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { LogCurve } from '../../charts/category-chart.ts'
import { Figure } from '../../charts/figure.ts'
import { capacityCurve } from '../figures.ts'
import type { ReportModel, Scalars } from '../model.ts'
import { type Fact, Facts, scalarFacts } from '../terms/facts.ts'

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
  'unmatched_cost_usd',
]

const CAPACITY = [
  'implied_max_capacity',
  'impact_aum_5bps',
  'impact_aum_10bps',
  'participation_aum',
  'breakeven_aum',
  'repriced_max_capacity',
  'repriced_impact_aum_5bps',
  'repriced_participation_aum',
  'repriced_breakeven_aum',
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

/** A capacity says how large a trade may be, not that it pays: said where it does not. */
function HopelessNote({ model }: { model: ReportModel }): JSX.Element | null {
  const curve = capacityCurve(model)
  if (curve === null || curve.net[0]! > 0) return null
  return h(
    'p',
    { class: 'findings' },
    'Costs take the whole gross return at any size: capacity says only what could be traded.',
  )
}

const RETURN: NumberStyle = { unit: 'percent', digits: 2, signed: true }

/** Return a year after costs by portfolio value: where it bends and where it crosses zero. */
export function CapacityFigure({ model }: { model: ReportModel }): JSX.Element | null {
  const curve = capacityCurve(model)
  if (curve === null) return null
  const { amounts, net } = curve
  const texts = amounts.map(amountText)
  const ends = [0, -1].map((i) => `${numberText(net.at(i), RETURN)} at USD ${texts.at(i)}`)
  return h(
    Figure,
    {
      id: 'capacity',
      title: 'Net return by portfolio value',
      note: 'a year, in USD: commissions stay the same share, impact grows with the root of the value',
      table: {
        caption: 'Net return a year by portfolio value',
        rows: { id: 'portfolio_value_usd', name: 'USD', texts },
        columns: [{ id: 'net_return_a_year', name: 'net', style: RETURN, values: net }],
      },
    },
    h(LogCurve, {
      label: `Net return a year by portfolio value: ${ends.join(', ')}`,
      style: { ...RETURN, digits: 1 },
      height: 120,
      positions: amounts,
      values: net,
      xText: (amount) => (Number.isInteger(Math.log10(amount)) ? amountText(amount) : null),
    }),
  )
}

/** `100,000`, `1 million`, `3.2 billion`. */
function amountText(amount: number): string {
  const [size, word] =
    amount >= 1e9 ? [amount / 1e9, ' billion'] : amount >= 1e6 ? [amount / 1e6, ' million'] : [amount, '']
  return numberText(Number(size.toPrecision(2)), { unit: 'count', digits: size < 10 && size % 1 > 0.01 ? 1 : 0 }) + word
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
        facts: [...scalarFacts('costs', costs.capacity, CAPACITY), ...limiting(costs.capacity)],
      }),
    ),
    h(HopelessNote, { model }),
    h(CapacityFigure, { model }),
  )
}

function limiting(capacity: Scalars): Fact[] {
  const named: readonly [string, number | string | null | undefined][] = [
    ['What binds first', capacity.limiting_factor],
    ['What binds first, trades priced again', capacity.repriced_limiting_factor],
  ]
  return named.flatMap(([name, factor]): Fact[] =>
    typeof factor === 'string' ? [[name, LIMITS[factor] ?? factor]] : [],
  )
}

function assumptions({ computation }: ReportModel): string {
  const model = computation.costModel
  if (model === null) return ''
  return (
    `${model.bpsPerTrade} bp a trade, impact coefficient ${model.impactCoefficient}, at most ` +
    `${Number((model.participationLimit * 100).toPrecision(6))}% of daily volume, ` +
    `USD ${numberText(model.portfolioValueUsd, { unit: 'count', digits: 0 })} kept constant`
  )
}
