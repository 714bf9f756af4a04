import type { Meanings } from './meaning.ts'

/** Numbers of the quantile analysis: names sorted into equal buckets by signal, each date (engine.md 7). */
export const QUANTILES: Meanings = {
  mean_rank_ic: {
    title: 'Rank IC over the holding period',
    unit: 'number',
    digits: 4,
    definition: 'Mean over dates of the Spearman correlation between the signal and the holding-period return.',
    absent: 'no date had enough names',
  },
  rank_ic_std: {
    title: 'Its spread between dates',
    unit: 'number',
    digits: 4,
    definition: 'Sample standard deviation of that correlation over dates.',
    absent: 'no date had enough names',
  },
  t_stat_newey_west: {
    title: 'HAC t',
    unit: 'number',
    digits: 1,
    definition:
      'Mean of that correlation over its Newey-West standard error with as many lags as the holding periods overlap. ' +
      'The plain t takes overlapping periods for independent ones and is far too large.',
    absent: 'fewer than two dates',
  },
  t_stat_disjoint: {
    title: 'Disjoint t',
    unit: 'number',
    digits: 1,
    definition: 'Plain t of that correlation over dates so far apart that their holding periods do not overlap.',
    absent: 'fewer than two such dates',
  },
  t_stat: {
    title: 'Plain t',
    unit: 'number',
    digits: 1,
    definition: 'Plain t over all dates. Overlapping holding periods make it about the root of their length too large.',
    absent: 'fewer than two dates',
  },
  n_dates_disjoint: {
    title: 'Disjoint dates',
    unit: 'count',
    digits: 0,
    definition: 'Dates whose holding periods do not overlap.',
    absent: 'not counted',
  },
  long_short_spread_t_newey_west: {
    title: 'HAC t of top minus bottom',
    unit: 'number',
    digits: 1,
    definition: 'Mean of top minus bottom over its Newey-West standard error, lags as many as the periods overlap.',
    absent: 'fewer than two dates',
  },
  rank_ic_positive_pct: {
    title: 'Dates above zero',
    unit: 'percentage',
    digits: 1,
    definition: 'Share of dates on which that correlation was above zero.',
    absent: 'no date had enough names',
  },
  long_short_spread: {
    title: 'Top minus bottom',
    unit: 'percent',
    digits: 2,
    signed: true,
    definition: 'Mean holding-period return of the top bucket minus that of the bottom one.',
    absent: 'no date had enough names',
  },
  n_dates: {
    title: 'Dates',
    unit: 'count',
    digits: 0,
    definition: 'Signal dates with enough names and a whole holding period after them.',
    absent: 'not counted',
  },
  n_dates_skipped: {
    title: 'Dates left out',
    unit: 'count',
    digits: 0,
    definition: 'Signal dates without enough names, without returns, or on which one side did not vary.',
    absent: 'not counted',
  },
}
