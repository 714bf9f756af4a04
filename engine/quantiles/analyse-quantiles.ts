import { formatIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { QuantileSpec } from '../../core/request.ts'
import { neweyWest } from '../metrics/newey-west.ts'
import type { Panel } from '../panel.ts'
import type { QuantileResult } from '../result.ts'
import { isZeroSpread, maxAbs, mean, sampleSd } from '../stats.ts'
import { type BucketedDates, bucketDates, type SignalRows } from './bucket-dates.ts'
import { holdingReturns } from './holding-returns.ts'

/** What the analysis reads: the locked panel, and the signals of the run over its names. */
export interface QuantileInput extends Omit<SignalRows, 'names'> {
  readonly panel: Panel
  readonly spec: QuantileSpec
}

/**
 * Names sorted into buckets by signal each date, and what each bucket earned over the holding period.
 *
 * Holding periods of neighbouring dates overlap, so the plain t of the mean rank IC is about √hold too large. Beside it
 * stand a Newey-West t of lag hold - 1, a t over every hold-th date alone, and Newey-West errors of the bucket means.
 * Throws `insufficient_data` when fewer dates than `minTotalDates` can be analysed.
 *
 * Source: engine.md 7 and 11.3. Cost: two sorts of the names a date, and O(names · hold).
 */
export function analyseQuantiles({ panel, dates, signals, spec }: QuantileInput): QuantileResult {
  const rows = { dates, names: panel.permnos.length, signals }
  const bucketed = bucketDates(rows, holdingReturns(panel, spec), spec)
  requireDates(bucketed, spec)
  return summariseBuckets(bucketed, spec)
}

/** The result of dates that were bucketed, at least one. */
export function summariseBuckets(bucketed: BucketedDates, spec: QuantileSpec): QuantileResult {
  const { dates, rankIc, means, observations } = bucketed
  const { count } = spec
  const lag = spec.holdingPeriodDays - 1
  const buckets = Array.from({ length: count }, (_, b) =>
    neweyWest(
      means.map((day) => day[b]!),
      lag,
    ),
  )
  const returns = Float64Array.from(buckets, (bucket) => (bucket.n === 0 ? 0 : bucket.mean))
  const spread = neweyWest(
    means.map((day) => day[count - 1]! - day[0]!),
    lag,
  )
  const daily = new Float64Array(dates.length * count)
  means.forEach((day, k) => {
    daily.set(day, k * count)
  })
  return {
    summary: {
      ...icSummary(rankIc, spec),
      long_short_spread: returns[count - 1]! - returns[0]!,
      long_short_spread_t_newey_west: known(spread.t),
      n_dates: dates.length,
      n_dates_skipped: bucketed.skipped,
      period_start: formatIsoDate(dates[0]!),
      period_end: formatIsoDate(dates.at(-1)!),
    },
    returns,
    standardErrors: Float64Array.from(buckets, (bucket) => bucket.standardError),
    observations,
    dates: Int32Array.from(dates),
    daily,
    dailyIc: Float64Array.from(rankIc),
  }
}

function icSummary(rankIc: readonly number[], { holdingPeriodDays }: QuantileSpec) {
  const apart = rankIc.filter((_, k) => k % holdingPeriodDays === 0)
  return {
    mean_rank_ic: mean(rankIc),
    rank_ic_std: sampleSd(rankIc) ?? 0,
    t_stat: plainT(rankIc),
    t_stat_newey_west: known(neweyWest(rankIc, holdingPeriodDays - 1).t),
    t_stat_disjoint: plainT(apart),
    n_dates_disjoint: apart.length,
    rank_ic_positive_pct: (100 * rankIc.filter((ic) => ic > 0).length) / rankIc.length,
  }
}

/** Mean over its standard error as if every value were independent; 0 for one value or no spread (engine.md 7). */
function plainT(values: readonly number[]): number {
  const sd = sampleSd(values)
  if (sd === null || isZeroSpread(sd, maxAbs(values))) return 0
  return mean(values)! / (sd / Math.sqrt(values.length))
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

function requireDates({ dates, skipped, pairs }: BucketedDates, spec: QuantileSpec): void {
  const { minTotalDates, minObservationsPerDate, holdingPeriodDays, skipDays } = spec
  if (dates.length >= minTotalDates && dates.length > 0) return
  const why =
    dates.length + skipped === 0
      ? 'no date has a signal'
      : pairs === 0
        ? `no signal has a return over the ${holdingPeriodDays} sessions after it (skipDays ${skipDays})`
        : `${dates.length} of ${dates.length + skipped} signal dates have ${minObservationsPerDate} names ` +
          'with a signal and a return'
  throw new HindcastError(
    'insufficient_data',
    `the quantile analysis needs ${minTotalDates} dates: ${why}; ask for a longer period or lower ` +
      'quantiles.minTotalDates or quantiles.minObservationsPerDate',
    { field: '/spec/quantiles' },
  )
}
