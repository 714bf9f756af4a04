import { h, type JSX } from 'preact'
import { dateRangeText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { numberText } from '../../../core/number-text.ts'
import { pathEvidence } from '../evidence.ts'
import { Evidence, Warnings } from '../sections/evidence-card.ts'
import { Header } from '../sections/header.ts'
import { NumbersSection } from '../sections/numbers.ts'
import { backtestQuestion, Provenance } from '../sections/provenance.ts'
import { Definitions } from '../terms/definitions.ts'
import { allFacts, type Fact } from '../terms/facts.ts'
import { DistributionFigure } from './distribution.ts'
import { DrawdownLawFigure } from './drawdown-law.ts'
import { FanFigure } from './fan.ts'
import type { PATH_METRICS, PathReportModel } from './model.ts'
import { ChanceTable, IntervalTable } from './tables.ts'
import { PathTiles } from './tiles.ts'

const EVIDENCE =
  'Weak: at least one test fails. Mixed: none fails, but some leave doubt. Strong: all pass. Each line says what ' +
  'passes and what would change it. Paths are made of the days that happened: what never happened in them, no path ' +
  'shows. How many alphas were tried before this one, they cannot know.'

/** The report of a MonteCarlo: what it is, how far to believe it, the numbers, the pictures, where it comes from. */
export function PathReport({ model }: { model: PathReportModel }): JSX.Element {
  const { head, source, provenance, computation, metrics } = model
  return h(
    'div',
    { class: 'paths' },
    h(Header, {
      head,
      dataset: source.backtest?.dataset ?? 'of its source',
      snapshotId: source.snapshotId,
      size: sizeOf(model),
    }),
    h(Evidence, { card: pathEvidence(model) }),
    h(PathTiles, { model }),
    h(Meaning, { model }),
    h(Warnings, { warnings: model.warnings }),
    h(
      'div',
      { class: 'figures' },
      h(FanFigure, { model }),
      h('div', { class: 'two' }, h(DrawdownLawFigure, { model }), figureOf(model, 'max_drawdown')),
      h('div', { class: 'two' }, figureOf(model, 'sharpe'), figureOf(model, 'mean_ic')),
      h('div', { class: 'two' }, figureOf(model, 'hit_rate'), h(ChanceTable, { model })),
      h(IntervalTable, { model }),
    ),
    h(NumbersSection, { facts: allFacts('monteCarlo', metrics) }),
    h(Provenance, { head, provenance, computation, question: questionOf(model) }),
    h(Definitions, { evidence: EVIDENCE, whole: true, scalars: { monteCarlo: metrics } }),
  )
}

function figureOf(model: PathReportModel, metric: (typeof PATH_METRICS)[number]): JSX.Element {
  return h(DistributionFigure, { model, metric })
}

/** What the figures mean, in sentences, before any of them is drawn. */
function Meaning({ model }: { model: PathReportModel }): JSX.Element | null {
  if (model.notes.length === 0) return null
  return h(
    'section',
    { class: 'warnings', 'aria-labelledby': 'meaning' },
    h('h2', { id: 'meaning' }, 'What these paths say'),
    h(
      'ul',
      null,
      model.notes.map(({ message }) => h('li', null, message)),
    ),
  )
}

function sizeOf({ computation, sample, source }: PathReportModel): string[] {
  const { simulations, method, seed, generator } = computation
  const count = (value: number) => numberText(value, { unit: 'count', digits: 0 })
  const period =
    source.backtest === null
      ? []
      : [dateRangeText(dayNumber(source.backtest.startDate), dayNumber(source.backtest.endDate))]
  return [
    ...period,
    `${count(simulations)} paths of ${count(sample.returns)} days by ${method}`,
    `seed ${seed}, generator ${generator}`,
  ]
}

function questionOf({ computation, source, provenance, blockLength, sample }: PathReportModel): Fact[] {
  const { method, simulations, seed, generator, basis, confidenceLevels } = computation
  const days = numberText(blockLength, { unit: 'number', digits: 2 })
  const block = Number.isNaN(blockLength) ? '' : `, blocks of ${days} days`
  const asked = computation.blockLength === null && block !== '' ? ' (Politis and White)' : ''
  return [
    ['Source', h('span', null, 'job ', h('code', null, source.jobId), `, ${basis} returns`)],
    ['Content of the source', h('code', null, computation.source.contentSha256)],
    ['Method', `${method}${block}${asked}`],
    ['Paths', `${simulations}, levels ${confidenceLevels.join(', ')}`],
    ['Seed', `${seed}, generator ${generator}`],
    [
      'Drawn from',
      `${sample.returns} returns and ${sample.ics} ICs, ` +
        (sample.drawnTogether ? 'those of a day together' : 'each on its own'),
    ],
    ...(source.backtest === null ? [] : backtestQuestion(source.backtest, provenance)),
  ]
}
