import type { Meanings } from './meaning.ts'

const TOO_SHORT = 'fewer than two days of returns, or returns that do not vary'
const NO_RETURNS = 'there are no portfolio returns'

/** Numbers about the book that the signal makes, before costs (engine.md 3.8, 3.9, 11.3). */
export const PORTFOLIO: Meanings = {
  average_turnover: {
    title: 'Turnover',
    unit: 'percent',
    digits: 1,
    definition:
      'Half the sum of absolute weight changes from one day to the next, mean over days without the first: one way, ' +
      'a day, of a book of gross one. Weights do not drift with returns in between.',
    absent: 'there are no weights',
  },
  annualized_turnover: {
    title: 'Turnover a year',
    unit: 'number',
    digits: 1,
    definition: 'Daily turnover times 252: how many times a year the book is replaced, one way.',
    absent: 'there are no weights',
  },
  cumulative_return: {
    title: 'Return, gross',
    unit: 'percent',
    digits: 1,
    signed: true,
    definition: 'Daily portfolio returns compounded over the period, before costs.',
    absent: NO_RETURNS,
  },
  gross_sharpe: {
    title: 'Gross Sharpe',
    unit: 'number',
    digits: 2,
    definition:
      'Mean daily return over its sample standard deviation, times the square root of 252, before costs; the ' +
      'risk-free rate is taken as zero because the book finances itself.',
    absent: TOO_SHORT,
  },
  net_sharpe: {
    title: 'Net Sharpe',
    unit: 'number',
    digits: 2,
    definition: 'The Sharpe ratio of returns after the costs of the cost model.',
    absent: 'no cost model was asked for, or the net returns do not vary',
  },
  psr: {
    title: 'Probabilistic Sharpe',
    unit: 'number',
    digits: 2,
    definition:
      'Probability that the true Sharpe ratio is above zero, given the number of days, the skewness and the fat ' +
      'tails of the returns: after costs where a cost model was asked for, before them otherwise. 0.95 is the usual ' +
      'bar. It does not know how many other alphas were tried.',
    absent: TOO_SHORT,
  },
  min_track_record_days: {
    title: 'Least track record',
    unit: 'count',
    digits: 0,
    definition:
      'Days of returns like these after which the probabilistic Sharpe ratio would reach 0.95, net where costs ran.',
    absent: 'the Sharpe ratio is not above zero, so no number of such days would do',
  },
  sharpe_low: {
    title: 'Sharpe, lower bound',
    unit: 'number',
    digits: 2,
    definition:
      'Lower end of the 90% interval of the annualised Sharpe ratio, net where costs ran. It allows for skewness and ' +
      'fat tails, and takes days as independent.',
    absent: TOO_SHORT,
  },
  sharpe_high: {
    title: 'Sharpe, upper bound',
    unit: 'number',
    digits: 2,
    definition: 'Upper end of the same interval of the annualised Sharpe ratio.',
    absent: TOO_SHORT,
  },
  volatility_ann: {
    title: 'Volatility a year',
    unit: 'percent',
    digits: 1,
    definition: 'Sample standard deviation of daily gross returns times the square root of 252.',
    absent: TOO_SHORT,
  },
  max_drawdown: {
    title: 'Max drawdown, gross',
    unit: 'percent',
    digits: 1,
    definition: 'Largest loss from an earlier peak of compounded gross wealth that starts at one.',
    absent: NO_RETURNS,
  },
  sortino: {
    title: 'Sortino',
    unit: 'number',
    digits: 2,
    definition:
      'Mean daily gross return over the root mean square of its losses (gains count as zero), times the square root ' +
      'of 252.',
    absent: 'fewer than two days of returns, or no losing day',
  },
  calmar: {
    title: 'Calmar',
    unit: 'number',
    digits: 2,
    definition: 'Compound annual gross return over the largest drawdown.',
    absent: 'there was no drawdown',
  },
  var_5: {
    title: 'Value at risk, 5%',
    unit: 'percent',
    digits: 2,
    definition: 'The daily gross return that one day in twenty falls short of, read from the days themselves.',
    absent: NO_RETURNS,
  },
  es_5: {
    title: 'Expected shortfall, 5%',
    unit: 'percent',
    digits: 2,
    definition: 'Mean daily gross return of the days at or below the value at risk.',
    absent: NO_RETURNS,
  },
  skewness: {
    title: 'Skewness',
    unit: 'number',
    digits: 2,
    definition: 'Third standardised moment of daily gross returns, population form.',
    absent: TOO_SHORT,
  },
  kurtosis: {
    title: 'Kurtosis',
    unit: 'number',
    digits: 2,
    definition: 'Fourth standardised moment of daily gross returns, population form; a normal distribution has 3.',
    absent: TOO_SHORT,
  },
  worst_month: {
    title: 'Worst month',
    unit: 'percent',
    digits: 1,
    signed: true,
    definition: 'Smallest gross return of a calendar month, its days compounded.',
    absent: NO_RETURNS,
  },
  positive_day_rate: {
    title: 'Days not lost',
    unit: 'percent',
    digits: 1,
    definition: 'Share of days whose gross return was zero or above.',
    absent: NO_RETURNS,
  },
  breakeven_bps: {
    title: 'Break-even cost',
    unit: 'bp',
    digits: 1,
    definition:
      'Sum of daily gross returns over everything traded (twice the one-way turnover): the cost per unit traded that ' +
      'would take the whole return.',
    absent: 'nothing was traded',
  },
  missing_return_weight: {
    title: 'Weight without a return',
    unit: 'percent',
    digits: 2,
    definition:
      'Mean share of gross weight on names that have no next-day return, such as names that delist. It earns zero.',
    absent: 'there are no weights',
  },
}
