import { h, type JSX } from 'preact'
import { MONTHS } from '../../../core/date-text.ts'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import { HeatMap } from '../../charts/heat-map.ts'
import { Histogram } from '../../charts/number-chart.ts'
import { extentOf, type Interval, ticksOf } from '../../charts/scale.ts'
import { histogram, monthMeans, ROLLING_DAYS, rollingMean, runningSum } from '../../charts/series.ts'
import { lastFinite, TimeChart } from '../../charts/time-chart.ts'
import { headlineIc, scalar } from '../figures.ts'
import type { ReportModel } from '../model.ts'
import { Term } from '../terms/term.ts'

const IC: NumberStyle = { unit: 'number', digits: 4, signed: true }
const BIN_WIDTH = 0.05
/** A month whose mean rank IC reaches this has the deepest colour. */
const DEEPEST = 0.12

/** Daily ICs and the scalars that sum them up. */
export type IcSource = Pick<ReportModel, 'ic' | 'metrics'>

interface SpanProps {
  readonly model: IcSource
  readonly span: Interval
}

/** Bars of each day with their mean of about a month. */
export function IcFigure({ model, span }: SpanProps): JSX.Element {
  const { dates, ic, rankIc } = model.ic
  const mean = rollingMean(rankIc)
  return h(
    Figure,
    {
      id: 'ic',
      title: h(Term, { group: 'metrics', name: headlineIc(model).name, title: 'Rank IC' }),
      note: 'Spearman of the signal with the next day’s return, at least 30 names',
      table: {
        caption: 'Daily IC',
        rows: { id: 'date', days: dates },
        columns: [
          { id: 'rank_ic', name: 'rank IC', style: IC, values: rankIc },
          { id: 'rank_ic_21_day_mean', name: '21-day mean', style: IC, values: mean },
          { id: 'ic', name: 'Pearson IC', style: IC, values: ic },
        ],
      },
    },
    h(TimeChart, {
      label: `Daily rank IC with its ${ROLLING_DAYS}-day mean: mean ${numberText(headlineIc(model).value, IC)}`,
      dates,
      span,
      layers: [
        { mark: 'bars', values: rankIc, tone: 'second' },
        { mark: 'line', values: mean, tone: 'accent', name: `${ROLLING_DAYS}-day` },
      ],
      style: IC,
      height: 170,
      zero: true,
      axis: true,
    }),
  )
}

/** The running sum: a straight line is an alpha that works all the time, a step one that worked once. */
export function CumulativeIcFigure({ model, span }: SpanProps): JSX.Element {
  const { dates, rankIc } = model.ic
  const sum = runningSum(rankIc)
  const style: NumberStyle = { unit: 'number', digits: 2, signed: true }
  return h(
    Figure,
    {
      id: 'cumulative-ic',
      title: 'Cumulative rank IC',
      note: 'running sum of the daily rank IC; a steady alpha is a straight line',
      table: {
        caption: 'Running sum of the daily rank IC',
        rows: { id: 'date', days: dates },
        columns: [{ id: 'rank_ic_sum', name: 'sum', style: IC, values: sum }],
      },
    },
    h(TimeChart, {
      label: `Cumulative rank IC: ${numberText(lastFinite(sum), style)} at the end`,
      dates,
      span,
      layers: [{ mark: 'line', values: sum, tone: 'accent', name: 'sum', endValue: lastFinite(sum) ?? NaN }],
      style,
      height: 130,
      zero: true,
      axis: true,
    }),
  )
}

/** How the days spread around their mean. */
export function IcDistributionFigure({ model }: { model: IcSource }): JSX.Element {
  const bins = histogram(model.ic.rankIc, BIN_WIDTH)
  const mean = headlineIc(model).value
  const positive = numberText(scalar(model.metrics, 'ic_positive_days'), { unit: 'percent', digits: 0 })
  const edge: NumberStyle = { unit: 'number', digits: 2, signed: true }
  const range = bins.length === 0 ? null : extentOf([[bins[0]!.low, bins.at(-1)!.high]])
  return h(
    Figure,
    {
      id: 'ic-distribution',
      title: 'Distribution of the rank IC',
      note: `days by rank IC, ${positive} above zero`,
      table: {
        caption: 'Days by rank IC',
        rows: { id: 'from', name: 'from', texts: bins.map((bin) => numberText(bin.low, edge)) },
        columns: [
          { id: 'days', name: 'days', style: { unit: 'count', digits: 0 }, values: bins.map((bin) => bin.count) },
        ],
      },
    },
    h(Histogram, {
      label: `Distribution of the daily rank IC around its mean ${numberText(mean, IC)}`,
      style: { unit: 'count', digits: 0 },
      height: 150,
      bins,
      marks: [{ value: mean, text: `mean ${numberText(mean, IC)}`, tone: 'accent', stroke: 'solid' }],
      xTicks: range === null ? [] : ticksOf(range),
      xText: (value) => (value === 0 ? '0' : numberText(value, { ...edge, digits: 1 })),
    }),
  )
}

/** Seasons and regimes at a glance: the mean of every month. */
export function IcMonthsFigure({ model }: { model: IcSource }): JSX.Element {
  const months = monthMeans(model.ic.dates, model.ic.rankIc)
  return h(
    Figure,
    {
      id: 'ic-months',
      title: 'Rank IC by month',
      note: 'mean of the month in hundredths',
      table: {
        caption: 'Mean rank IC by month',
        rows: { id: 'month', name: 'month', texts: months.map(({ year, month }) => `${MONTHS[month]} ${year}`) },
        columns: [
          { id: 'mean_rank_ic', name: 'mean', style: IC, values: months.map((month) => month.mean) },
          { id: 'days', name: 'days', style: { unit: 'count', digits: 0 }, values: months.map((month) => month.days) },
        ],
      },
    },
    h(HeatMap, {
      label: 'Mean rank IC by month and year, in hundredths',
      months,
      style: { unit: 'percent', digits: 0, signed: true },
      deepest: DEEPEST,
    }),
  )
}
