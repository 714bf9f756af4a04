import { h, type JSX } from 'preact'
import { spanOf } from './figures.ts'
import { PAGE_ASSETS } from './generated/page-assets.ts'
import type { ReportModel } from './model.ts'
import { BlendSection } from './sections/blend.ts'
import { ExposureFigure, HoldingsTable, NamesFigure, TurnoverFigure } from './sections/book.ts'
import { CostSection } from './sections/costs.ts'
import { DataSection } from './sections/data.ts'
import { DecayFigure, QuantileBarsFigure, QuantileFacts, QuantileLinesFigure } from './sections/decay-and-quantiles.ts'
import { EvidenceCard, Warnings } from './sections/evidence-card.ts'
import { Header } from './sections/header.ts'
import { CumulativeIcFigure, IcDistributionFigure, IcFigure, IcMonthsFigure } from './sections/ic.ts'
import { NumbersSection } from './sections/numbers.ts'
import { Provenance } from './sections/provenance.ts'
import { ReturnFigure } from './sections/returns.ts'
import { Tiles } from './sections/tiles.ts'
import { Definitions } from './terms/definitions.ts'

/** Nothing but this page's own style, script and drawn icon: no request leaves it, from a server or from a file. */
const POLICY = [
  "default-src 'none'",
  `style-src '${PAGE_ASSETS.styleHash}'`,
  `script-src '${PAGE_ASSETS.scriptHash}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The whole document of a report. */
export function Page({ model }: { model: ReportModel }): JSX.Element {
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('title', null, `${model.head.name} · Hindcast`),
      h('link', { rel: 'icon', href: 'data:,' }),
      h('style', { dangerouslySetInnerHTML: { __html: PAGE_ASSETS.style } }),
    ),
    h('body', null, h(Report, { model }), h('script', { dangerouslySetInnerHTML: { __html: PAGE_ASSETS.script } })),
  )
}

/** What it is, how far to believe it, the numbers, the pictures, where it comes from. */
export function Report({ model }: { model: ReportModel }): JSX.Element {
  return h(
    'main',
    null,
    h(Header, { model }),
    h(EvidenceCard, { model }),
    h(Tiles, { model }),
    h(Warnings, { model }),
    h(Figures, { model }),
    h(CostSection, { model }),
    h(DataSection, { model }),
    h(NumbersSection, { model }),
    h(Provenance, { model }),
    h(Definitions, { model }),
    h(
      'footer',
      null,
      'Point at a chart, or focus it and use the arrow keys, to read a day on all of them. ',
      h('kbd', null, 't'),
      ' opens the table of a chart, ',
      h('kbd', null, 'c'),
      ' copies its numbers as CSV.',
    ),
  )
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
