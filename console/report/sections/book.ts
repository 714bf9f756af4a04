import { h, type JSX } from 'preact'
import { dateText } from '../../../core/date-text.ts'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import type { Interval, Numbers } from '../../charts/scale.ts'
import { ROLLING_DAYS, rollingMean } from '../../charts/series.ts'
import { TimeChart } from '../../charts/time-chart.ts'
import { scalar } from '../figures.ts'
import { type BookSeries, type Holding, type Holdings, type ReportModel, securityText } from '../model.ts'
import { Term } from '../terms/term.ts'

const SHARE: NumberStyle = { unit: 'percent', digits: 2 }
const EXPOSURE: NumberStyle = { unit: 'percent', digits: 1, signed: true }
const COUNT: NumberStyle = { unit: 'count', digits: 0 }

/** What trading it takes. */
export function TurnoverFigure({ model, span }: { model: ReportModel; span: Interval }): JSX.Element {
  const { dates } = model.turnover
  // The first day buys the whole book; drawn, it would press every other day against zero.
  const values = Float64Array.from(model.turnover.values, (value, i) => (i === 0 ? NaN : value))
  const mean = rollingMean(values)
  const average = numberText(scalar(model.metrics, 'average_turnover'), { unit: 'percent', digits: 1 })
  return h(
    Figure,
    {
      id: 'turnover',
      title: h(Term, { group: 'metrics', name: 'average_turnover' }),
      note: 'share of the book replaced each day, one way, without the first day',
      table: {
        caption: 'Daily turnover',
        rows: { id: 'date', days: dates },
        columns: [
          { id: 'turnover', name: 'turnover', style: SHARE, values: model.turnover.values },
          { id: 'turnover_21_day_mean', name: '21-day mean', style: SHARE, values: mean },
        ],
      },
    },
    h(TimeChart, {
      label: `Daily turnover: ${average} a day on average`,
      dates,
      span,
      layers: [
        { mark: 'line', values, tone: 'second' },
        { mark: 'line', values: mean, tone: 'accent', name: `${ROLLING_DAYS}-day` },
      ],
      style: SHARE,
      height: 110,
      zero: true,
      axis: true,
    }),
  )
}

interface BookProps {
  readonly book: BookSeries
  readonly span: Interval
}

/** How much is at stake, and whether the book leans. */
export function ExposureFigure({ book, span }: BookProps): JSX.Element {
  const lines = [
    { id: 'gross_exposure', name: 'gross', values: book.gross, tone: 'second' },
    { id: 'net_exposure', name: 'net', values: book.net, tone: 'accent' },
  ] as const
  const about = { id: 'exposure', title: 'Exposure', note: 'gross and net, share of capital', style: EXPOSURE }
  return twoLines({ ...about, caption: 'Exposure by day', label: 'Gross and net exposure by day', lines }, book, span)
}

/** How many names carry the book. */
export function NamesFigure({ book, span }: BookProps): JSX.Element {
  const lines = [
    { id: 'long_names', name: 'long', values: book.long, tone: 'accent' },
    { id: 'short_names', name: 'short', values: book.short, tone: 'down' },
  ] as const
  const about = { id: 'names', title: 'Names a day', note: 'held long and short', style: COUNT }
  return twoLines(
    { ...about, caption: 'Names held by day', label: 'Names held long and short by day', lines },
    book,
    span,
  )
}

interface TwoLines {
  readonly id: string
  readonly title: string
  readonly note: string
  /** Of the table. */
  readonly caption: string
  /** Of the chart. */
  readonly label: string
  readonly style: NumberStyle
  readonly lines: readonly {
    readonly id: string
    readonly name: string
    readonly values: Numbers
    readonly tone: 'second' | 'accent' | 'down'
  }[]
}

/** Two lines of the book by day, over the same table. */
function twoLines({ id, title, note, caption, label, style, lines }: TwoLines, { dates }: BookSeries, span: Interval) {
  const columns = lines.map(({ tone, ...column }) => ({ ...column, style }))
  const layers = lines.map(({ id: _, ...line }) => ({ mark: 'line' as const, ...line }))
  return h(
    Figure,
    { id, title, note, table: { caption, rows: { id: 'date', days: dates }, columns } },
    h(TimeChart, { label, dates, span, layers, style, height: 110, zero: true, axis: true }),
  )
}

/** The largest weights of the last day. */
export function HoldingsTable({ holdings }: { holdings: Holdings }): JSX.Element {
  const { long, short, longCount, shortCount } = holdings
  return h(
    'section',
    { 'aria-labelledby': 'holdings' },
    h(
      'h2',
      { id: 'holdings' },
      'Largest holdings ',
      h('small', null, `share of capital on ${dateText(holdings.date)}`),
    ),
    h(
      'div',
      { class: 'two' },
      holdingsOf(`Long, ${long.length} of ${longCount}`, long),
      holdingsOf(`Short, ${short.length} of ${shortCount}`, short),
    ),
  )
}

function holdingsOf(caption: string, holdings: readonly Holding[]): JSX.Element {
  const style: NumberStyle = { unit: 'percent', digits: 2, signed: true }
  return h(
    'table',
    { class: 'holdings' },
    h('caption', null, caption),
    h(
      'tbody',
      null,
      holdings.map((holding) =>
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, securityText(holding)),
          h('td', null, numberText(holding.weight, style)),
        ),
      ),
    ),
  )
}
