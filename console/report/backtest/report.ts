import { h, type JSX } from 'preact'
import { dateRangeText, dateText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { numberText } from '../../../core/number-text.ts'
import { backtestEvidence } from '../evidence.ts'
import { breakEvenBp, scalar, spanOf } from '../figures.ts'
import type { ReportModel } from '../model.ts'
import { BlendSection } from '../sections/blend.ts'
import { ExposureFigure, HoldingsTable, NamesFigure, TurnoverFigure } from '../sections/book.ts'
import { CostSection } from '../sections/costs.ts'
import { DataSection } from '../sections/data.ts'
import { DecayFigure, QuantileBarsFigure, QuantileFacts, QuantileLinesFigure } from '../sections/decay-and-quantiles.ts'
import { Evidence, Warnings } from '../sections/evidence-card.ts'
import { Header } from '../sections/header.ts'
import { CumulativeIcFigure, IcDistributionFigure, IcFigure, IcMonthsFigure } from '../sections/ic.ts'
import { NumbersSection } from '../sections/numbers.ts'
import { backtestQuestion, Provenance } from '../sections/provenance.ts'
import { ReturnFigure } from '../sections/returns.ts'
import { Tiles } from '../sections/tiles.ts'
import { Definitions } from '../terms/definitions.ts'
import { allFacts } from '../terms/facts.ts'

const EVIDENCE =
  'Weak: at least one test fails. Mixed: none fails, but some leave doubt. Strong: all pass. Each line says what ' +
  'passes and what would change it. Luck among many trials is not measured here: a WalkForward counts them. ' +
  'Intervals on this page hold the true value nine times in ten if the model behind them is right: for the mean IC ' +
  'its HAC standard error, for the Sharpe ratio independent days.'

/** The report of a Backtest: what it is, how far to believe it, the numbers, the pictures, where it comes from. */
export function BacktestReport({ model }: { model: ReportModel }): JSX.Element {
  const { head, computation, provenance } = model
  return h(
    'div',
    { class: 'backtest' },
    h(Header, { head, dataset: computation.dataset, snapshotId: computation.snapshotId, size: sizeOf(model) }),
    h(Evidence, { card: backtestEvidence(model) }),
    h(Tiles, { model }),
    h(Warnings, { warnings: model.warnings }),
    h(Figures, { model }),
    h(CostSection, { model }),
    h(DataSection, { model }),
    h(NumbersSection, { facts: allFacts('metrics', model.metrics) }),
    h(Provenance, { head, provenance, computation, question: backtestQuestion(computation, provenance) }),
    h(Definitions, {
      evidence: EVIDENCE,
      whole: true,
      scalars: {
        metrics: { breakeven_bps: breakEvenBp(model), ...model.metrics },
        ...(model.costs === null ? {} : { costs: { ...model.costs.summary, ...model.costs.capacity } }),
        ...(model.quantiles === null ? {} : { quantiles: model.quantiles.summary }),
      },
    }),
  )
}

function sizeOf({ head, computation, metrics }: ReportModel): string[] {
  const days = scalar(metrics, 'n_days_processed')
  const names = scalar(metrics, 'n_symbols_avg')
  const count = (value: number) => numberText(value, { unit: 'count', digits: 0 })
  return [
    dateRangeText(dayNumber(computation.startDate), dayNumber(computation.endDate)),
    ...(head.stoppedEarly && head.lastProcessedDate !== null ? [`ended on ${dateText(head.lastProcessedDate)}`] : []),
    ...(Number.isNaN(days) ? [] : [`${count(days)} ${days === 1 ? 'day' : 'days'}, ${count(names)} names a day`]),
  ]
}

function Figures({ model }: { model: ReportModel }): JSX.Element {
  const span = spanOf(model)
  const { quantiles, computation, book, holdings } = model
  const holding = computation.quantiles?.holdingPeriodDays ?? 1
  const decay = model.decay.horizons.length > 0 && h(DecayFigure, { model })
  if (span === null) return h('p', null, 'No day has a result, so there is nothing to draw.')
  return h(
    'div',
    { class: 'figures' },
    model.returns.dates.length > 0 && h(ReturnFigure, { model, span }),
    model.ic.dates.length > 0
      ? [
          h(IcFigure, { model, span }),
          h(CumulativeIcFigure, { model, span }),
          h('div', { class: 'two' }, h(IcDistributionFigure, { model }), h(IcMonthsFigure, { model })),
        ]
      : h('p', null, 'No day had 30 names with a signal, so there is no IC to draw.'),
    quantiles === null
      ? decay
      : [
          h('div', { class: 'two' }, decay, h(QuantileBarsFigure, { quantiles, holding })),
          h(QuantileLinesFigure, { quantiles, holding, span }),
          h(QuantileFacts, { quantiles }),
        ],
    model.blend != null && model.blend.dates.length > 0 && h(BlendSection, { blend: model.blend, span }),
    model.turnover.dates.length > 0 && h(TurnoverFigure, { model, span }),
    book !== null &&
      book.dates.length > 0 &&
      h('div', { class: 'two' }, h(ExposureFigure, { book, span }), h(NamesFigure, { book, span })),
    holdings !== null && h(HoldingsTable, { holdings }),
  )
}
