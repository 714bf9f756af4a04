import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { ErrorBars, LogCurve } from '../../charts/category-chart.ts'
import { Figure } from '../../charts/figure.ts'
import type { Interval } from '../../charts/scale.ts'
import { runningSum } from '../../charts/series.ts'
import { lastFinite, TimeChart, type TimeLayer } from '../../charts/time-chart.ts'
import type { QuantilePart, ReportModel } from '../model.ts'
import { Facts, scalarFacts } from '../terms/facts.ts'
import { Term } from '../terms/term.ts'

const IC: NumberStyle = { unit: 'number', digits: 4, signed: true }
const RETURN: NumberStyle = { unit: 'percent', digits: 2, signed: true }

/** How long the signal lasts: the rank IC against returns over longer and longer horizons. */
export function DecayFigure({ model }: { model: ReportModel }): JSX.Element {
  const { horizons, ic, rankIc } = model.decay
  const points = Array.from(horizons, (days, i) => `${numberText(rankIc[i]!, IC)} at ${days}`)
  return h(
    Figure,
    {
      id: 'decay',
      title: h(Term, { group: 'metrics', name: 'decay_half_life', title: 'Decay' }),
      note: 'rank IC by horizon in trading days, returns from the signal on',
      table: {
        caption: 'IC by horizon',
        rows: { id: 'horizon', name: 'days', texts: Array.from(horizons, String) },
        columns: [
          { id: 'rank_ic', name: 'rank IC', style: IC, values: rankIc },
          { id: 'ic', name: 'Pearson IC', style: IC, values: ic },
        ],
      },
    },
    h(LogCurve, {
      label: `Rank IC by horizon: ${points.join(', ')} days`,
      positions: horizons,
      values: rankIc,
      xText: String,
      style: { unit: 'number', digits: 2 },
      height: 150,
    }),
  )
}

/** Do better signals earn more, step by step? */
export function QuantileBarsFigure({ quantiles, holding }: { quantiles: QuantilePart; holding: number }): JSX.Element {
  const { returns, standardErrors, observations } = quantiles
  const names = bucketNames(returns.length)
  const values = Array.from(names, (name, i) => `${name} ${numberText(returns[i]!, RETURN)}`)
  return h(
    Figure,
    {
      id: 'quantiles',
      title: 'Return by quantile',
      note: `mean return over ${holding} days after the signal, ± one standard error (HAC)`,
      table: {
        caption: 'Return by quantile of the signal',
        rows: { id: 'quantile', name: 'quantile', texts: names },
        columns: [
          { id: 'mean_return', name: 'mean', style: RETURN, values: returns },
          { id: 'standard_error', name: 'standard error', style: { ...RETURN, signed: false }, values: standardErrors },
          { id: 'observations', name: 'observations', style: { unit: 'count', digits: 0 }, values: observations },
        ],
      },
    },
    h(ErrorBars, {
      label: `Mean return by quantile: ${values.join(', ')}`,
      names,
      values: returns,
      errors: standardErrors,
      style: RETURN,
      height: 150,
    }),
  )
}

/**
 * The same means over time: of each date's holding-period return one day's share is added, which is what a book of as
 * many overlapping sleeves as the holding period has days earns. Bars and lines are one series: they cannot disagree.
 */
export function QuantileLinesFigure(props: { quantiles: QuantilePart; holding: number; span: Interval }): JSX.Element {
  const { quantiles, holding, span } = props
  const count = quantiles.returns.length
  const names = bucketNames(count)
  const sums = names.map((_, bucket) => bucketPath(quantiles, bucket, holding))
  const ends = names.map((name, i) => `${name} ${numberText(lastFinite(sums[i]!), RETURN)}`)
  return h(
    Figure,
    {
      id: 'quantiles-cumulative',
      title: 'Cumulative return by quantile',
      note: `${holding} overlapping sleeves, summed, by date of the signal`,
      table: {
        caption: 'Cumulative return by quantile of the signal',
        rows: { id: 'date', days: quantiles.dates },
        columns: names.map((name, i) => ({ id: `quantile_${i + 1}`, name, style: RETURN, values: sums[i]! })),
      },
    },
    h(TimeChart, {
      label: `Cumulative return by quantile: ${ends.join(', ')}`,
      dates: quantiles.dates,
      span,
      layers: sums.map(
        (values, i): TimeLayer => ({
          mark: 'line',
          values,
          tone: i === 0 ? 'down' : i === count - 1 ? 'accent' : 'second',
          name: names[i]!,
          endValue: lastFinite(values) ?? NaN,
        }),
      ),
      style: { ...RETURN, digits: 1 },
      height: 190,
      zero: true,
      axis: true,
    }),
  )
}

/** Cumulative return of a bucket's sleeves by date. */
export function bucketPath({ daily, returns, dates }: QuantilePart, bucket: number, holding: number): Float64Array {
  const count = returns.length
  const means = Float64Array.from({ length: dates.length }, (_, k) => daily[k * count + bucket]!)
  return runningSum(means, 1 / holding)
}

/** The scalars of the analysis. */
export function QuantileFacts({ quantiles }: { quantiles: QuantilePart }): JSX.Element {
  const names = [
    'long_short_spread',
    'long_short_spread_t_newey_west',
    'mean_rank_ic',
    't_stat_newey_west',
    't_stat_disjoint',
    'rank_ic_positive_pct',
    'n_dates',
    'n_dates_skipped',
  ]
  return h(Facts, { facts: scalarFacts('quantiles', quantiles.summary, names), columns: true })
}

function bucketNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? 'low' : i === count - 1 ? 'high' : String(i + 1)))
}
