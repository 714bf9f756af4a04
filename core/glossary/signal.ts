import type { Meanings } from './meaning.ts'

const NO_IC = 'no day had 30 names with both a signal and a next-day return, or one day had 30 signals but fewer pairs'
const NO_VALID_IC = 'no day had 30 names with both a signal and a next-day return'

/** Numbers about the signal alone: did it rank the names rightly (engine.md 3)? */
export const SIGNAL: Meanings = {
  mean_ic: {
    title: 'Rank IC',
    unit: 'number',
    digits: 4,
    definition:
      'Mean over days of the Spearman correlation between the signal and the next day’s return, for days with at ' +
      'least 30 names. A day that cannot be computed makes the whole mean n/a; see rank IC of valid days.',
    absent: NO_IC,
  },
  mean_ic_valid: {
    title: 'Rank IC, valid days',
    unit: 'number',
    digits: 4,
    definition: 'The same mean over the days on which a rank IC could be computed.',
    absent: NO_VALID_IC,
  },
  mean_ic_pearson: {
    title: 'IC',
    unit: 'number',
    digits: 4,
    definition: 'Mean over days of the Pearson correlation between the signal and the next day’s return.',
    absent: NO_IC,
  },
  icir: {
    title: 'ICIR',
    unit: 'number',
    digits: 2,
    definition: 'Mean of the daily rank IC over its sample standard deviation, per day, not annualised.',
    absent: 'fewer than 20 days of IC, a day without one, or no spread between days',
  },
  icir_valid: {
    title: 'ICIR, valid days',
    unit: 'number',
    digits: 2,
    definition: 'ICIR over the days on which a rank IC could be computed.',
    absent: 'fewer than 20 valid days, or no spread between days',
  },
  icir_annualised: {
    title: 'ICIR a year',
    unit: 'number',
    digits: 2,
    definition: 'ICIR times the square root of 252 trading days.',
    absent: 'the ICIR is not known',
  },
  ic_t_newey_west: {
    title: 'HAC t of the IC',
    unit: 'number',
    digits: 1,
    definition:
      'Mean daily rank IC over its Newey-West standard error, which allows for days that resemble their neighbours ' +
      '(Newey and West 1987). A new alpha needs 3.0 (Harvey, Liu and Zhu 2016); 2.0 is the usual reference.',
    absent: 'fewer than two valid days, or no spread between days',
  },
  ic_positive_days: {
    title: 'Days with IC above zero',
    unit: 'percent',
    digits: 1,
    definition: 'Share of the valid days on which the rank IC was above zero.',
    absent: NO_VALID_IC,
  },
  n_ic_days: {
    title: 'Days with an IC',
    unit: 'count',
    digits: 0,
    definition: 'Days on which at least 30 names had both a signal and a next-day return that vary.',
    absent: 'not counted',
  },
  n_ic_days_skipped: {
    title: 'Days without an IC',
    unit: 'count',
    digits: 0,
    definition: 'Days with at least 30 signals on which no rank IC could be computed.',
    absent: 'not counted',
  },
  hit_rate: {
    title: 'Hit rate',
    unit: 'percent',
    digits: 1,
    definition:
      'Share of all (name, day) pairs whose signal and next-day return have the same sign; zeros are left out.',
    absent: 'fewer than 30 pairs',
  },
  coverage: {
    title: 'Coverage of the signal',
    unit: 'percent',
    digits: 1,
    definition:
      'Names with a signal over the names the alpha returned, mean over days. By construction nearly always 100%; ' +
      'coverage of the universe says more.',
    absent: 'a day had no signal at all',
  },
  universe_coverage: {
    title: 'Coverage of the universe',
    unit: 'percent',
    digits: 1,
    definition: 'Names with a signal over names with a price row that day, mean over days.',
    absent: 'no day had a price row',
  },
  long_short_spread: {
    title: 'Long-short spread',
    unit: 'fractionBp',
    digits: 1,
    signed: true,
    definition: 'Mean next-day return of the top tenth of the signal minus that of the bottom tenth, mean over days.',
    absent: 'no day had two names with a return',
  },
  decay_half_life: {
    title: 'Decay half-life',
    unit: 'days',
    digits: 1,
    definition:
      'Horizon in trading days at which the rank IC has fallen to half its value at the shortest horizon, ' +
      'interpolated between the horizons that were asked for.',
    absent: 'the rank IC never falls to half of its first value, or the first is not above zero',
  },
  decay_rate: {
    title: 'Decay rate',
    unit: 'number',
    digits: 4,
    definition: 'Slope of the log of the rank IC on the horizon, sign changed; zero where the IC grows.',
    absent: 'fewer than two horizons with an IC above zero',
  },
  signal_autocorrelation_1: {
    title: 'Signal autocorrelation, 1 day',
    unit: 'number',
    digits: 3,
    definition: 'Mean over days of the Spearman correlation of the signal with itself one trading day before.',
    absent: 'no two days share 30 names',
  },
  signal_autocorrelation_5: {
    title: 'Signal autocorrelation, 5 days',
    unit: 'number',
    digits: 3,
    definition: 'The same, five trading days before.',
    absent: 'no two days that far apart share 30 names',
  },
  signal_autocorrelation_20: {
    title: 'Signal autocorrelation, 20 days',
    unit: 'number',
    digits: 3,
    definition: 'The same, twenty trading days before.',
    absent: 'no two days that far apart share 30 names',
  },
  n_days: {
    title: 'Days in the period',
    unit: 'count',
    digits: 0,
    definition: 'Trading days of the data between the start and the end that were asked for.',
    absent: 'not counted',
  },
  n_days_processed: {
    title: 'Days computed',
    unit: 'count',
    digits: 0,
    definition: 'Trading days that have a next-day return and so count.',
    absent: 'not counted',
  },
  n_symbols_avg: {
    title: 'Names a day',
    unit: 'count',
    digits: 0,
    definition: 'Mean number of names that the alpha returned, with and without a signal.',
    absent: 'not counted',
  },
}
