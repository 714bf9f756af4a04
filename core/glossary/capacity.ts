import type { Meanings } from './meaning.ts'

const NO_SCALE = 'the impact coefficient is zero, nothing was traded, or no volume is known'
const NEVER = 'the limit is never reached'

/** How much money the alpha can carry (engine.md 6.8 and T18). */
export const CAPACITY: Meanings = {
  avg_daily_turnover: {
    title: 'Turnover, two way',
    unit: 'percent',
    digits: 1,
    definition: 'Sum of absolute weight changes a day, the first day included: both sides of each trade.',
    absent: 'there are no weights',
  },
  avg_holding_period_days: {
    title: 'Holding period',
    unit: 'days',
    digits: 1,
    definition: 'One over the two-way turnover.',
    absent: 'nothing was traded',
  },
  portfolio_adv: {
    title: 'Volume of what is traded',
    unit: 'usd',
    digits: 0,
    definition: 'Mean 20-day dollar volume of the traded names, each weighted by what was traded.',
    absent: 'nothing was traded',
  },
  portfolio_sigma: {
    title: 'Volatility of what is traded',
    unit: 'percent',
    digits: 2,
    definition: 'Mean 20-day daily volatility of the traded names, each weighted by what was traded.',
    absent: 'nothing was traded',
  },
  gross_alpha_annualized: {
    title: 'Return a year, gross',
    unit: 'percent',
    digits: 1,
    signed: true,
    definition: 'The gross return, compounded to 252 days.',
    absent: 'the gross return is not known or lost everything',
  },
  impact_aum_5bps: {
    title: 'Capacity at 5 bp of impact',
    unit: 'usd',
    digits: 0,
    definition:
      'Portfolio value at which impact reaches 5 bp, comparing the whole book’s trade with one name’s volume: a ' +
      'careful, low figure.',
    absent: NO_SCALE,
  },
  impact_aum_10bps: {
    title: 'Capacity at 10 bp of impact',
    unit: 'usd',
    digits: 0,
    definition: 'The same at 10 bp.',
    absent: NO_SCALE,
  },
  participation_aum: {
    title: 'Capacity at the participation limit',
    unit: 'usd',
    digits: 0,
    definition: 'Portfolio value at which the book’s daily trade reaches the allowed share of volume.',
    absent: NO_SCALE,
  },
  breakeven_aum: {
    title: 'Capacity at break-even',
    unit: 'usd',
    digits: 0,
    definition: 'Portfolio value at which costs take the whole gross return.',
    absent: 'the gross return is not above zero, costs exceed it at once, or it holds above USD 10 billion',
  },
  implied_max_capacity: {
    title: 'Capacity',
    unit: 'usd',
    digits: 0,
    definition: 'The smallest of the capacities at 5 bp of impact, at the participation limit and at break-even.',
    absent: 'none of its three parts is known',
  },
  breakeven_aum_closed_form: {
    title: 'Capacity at break-even, exact',
    unit: 'usd',
    digits: 0,
    definition: 'Capacity at break-even from its formula, where the other is found by search up to USD 10 billion.',
    absent: 'the gross return is not above zero, or commissions alone exceed it',
  },
  repriced_max_capacity: {
    title: 'Capacity, trades priced again',
    unit: 'usd',
    digits: 0,
    definition: 'The smallest of the three capacities from trades priced again.',
    absent: 'none of its three parts is known',
  },
  repriced_impact_aum_5bps: {
    title: 'Priced again: 5 bp of impact',
    unit: 'usd',
    digits: 0,
    definition:
      'Portfolio value at which the mean traded dollar pays 5 bp of impact, every trade priced at its own name.',
    absent: NEVER,
  },
  repriced_impact_aum_10bps: {
    title: 'Priced again: 10 bp of impact',
    unit: 'usd',
    digits: 0,
    definition: 'The same at 10 bp.',
    absent: NEVER,
  },
  repriced_participation_aum: {
    title: 'Priced again: participation',
    unit: 'usd',
    digits: 0,
    definition: 'Portfolio value at which the mean traded dollar is the allowed share of its own name’s daily volume.',
    absent: NEVER,
  },
  repriced_breakeven_aum: {
    title: 'Priced again: break-even',
    unit: 'usd',
    digits: 0,
    definition: 'Portfolio value at which the costs of all trades, priced again, take the whole gross return.',
    absent: 'the gross return is not above zero, or commissions alone exceed it',
  },
}
