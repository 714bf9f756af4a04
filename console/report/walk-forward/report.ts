import { h, type JSX } from 'preact'
import { dateRangeText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { GLOSSARY } from '../../../core/metric-glossary.ts'
import { walkEvidence } from '../evidence.ts'
import type { Scalars } from '../model.ts'
import { DataSection } from '../sections/data.ts'
import { Evidence, Warnings } from '../sections/evidence-card.ts'
import { Header } from '../sections/header.ts'
import { CumulativeIcFigure, IcFigure } from '../sections/ic.ts'
import { NumbersSection } from '../sections/numbers.ts'
import { backtestQuestion, Provenance } from '../sections/provenance.ts'
import { ReturnFigure } from '../sections/returns.ts'
import { Definitions } from '../terms/definitions.ts'
import { allFacts, type Fact } from '../terms/facts.ts'
import type { WalkReportModel } from './model.ts'
import { ParameterFigures } from './parameters.ts'
import { RatioFigure } from './ratio.ts'
import { SearchSection } from './search.ts'
import { WalkTiles } from './tiles.ts'
import { WindowIcFigure } from './window-ics.ts'
import { TimelineFigure, WindowTable, walkSpan } from './windows.ts'

const EVIDENCE =
  'Weak: at least one test fails. Mixed: none fails, but some leave doubt. Strong: all pass. Each line says what ' +
  'passes and what would change it. It is called noise where neither the test days nor the train days, after ' +
  'taking off the luck of so many trials, show more than chance gives; not noise where both do, or where the test ' +
  'days alone reach the t of 3 that a new alpha needs. How many walks were made before this one, it cannot know.'

/** The report of a WalkForward: what it is, how far to believe it, the numbers, the pictures, where it comes from. */
export function WalkReport({ model }: { model: WalkReportModel }): JSX.Element {
  const { head, computation, provenance, metrics } = model
  const { backtest } = computation
  const [walk, stitched] = split(metrics)
  return h(
    'div',
    { class: 'walk' },
    h(Header, { head, dataset: backtest.dataset, snapshotId: backtest.snapshotId, size: sizeOf(model) }),
    h(Evidence, { card: walkEvidence(model) }),
    h(WalkTiles, { model }),
    h(Warnings, { warnings: model.warnings }),
    h(Figures, { model }),
    h(DataSection, { model }),
    h(NumbersSection, { facts: [...allFacts('walkForward', walk), ...allFacts('metrics', stitched)] }),
    h(Provenance, { head, provenance, computation, question: questionOf(model) }),
    h(Definitions, { evidence: EVIDENCE, whole: false, scalars: { walkForward: walk, metrics: stitched } }),
  )
}

/** The walk's own scalars, and those of the stitched series. */
function split(metrics: Scalars): [walk: Scalars, stitched: Scalars] {
  const own = (name: string) => Object.hasOwn(GLOSSARY.walkForward, name)
  const entries = Object.entries(metrics)
  return [
    Object.fromEntries(entries.filter(([name]) => own(name))),
    Object.fromEntries(entries.filter(([name]) => !own(name))),
  ]
}

function sizeOf({ computation, windows }: WalkReportModel): string[] {
  const { trainMonths, testMonths } = computation.windows
  const { startDate, endDate } = computation.backtest
  return [
    dateRangeText(dayNumber(startDate), dayNumber(endDate)),
    `${windows.length} ${windows.length === 1 ? 'window' : 'windows'} of ${trainMonths} + ${testMonths} months`,
  ]
}

function Figures({ model }: { model: WalkReportModel }): JSX.Element {
  const span = walkSpan(model.windows)
  if (span === null) return h('p', null, 'There is no window, so there is nothing to draw.')
  const { returns, computation, ic, metrics } = model
  return h(
    'div',
    { class: 'figures' },
    h(TimelineFigure, { model, span }),
    returns.dates.length > 0 &&
      h(ReturnFigure, {
        model: { returns, computation: computation.backtest },
        span,
        title: 'Return out of sample, test spans one after another',
      }),
    h(WindowTable, { model }),
    h('div', { class: 'two' }, h(WindowIcFigure, { model }), h(RatioFigure, { model })),
    h(SearchSection, { model }),
    h(ParameterFigures, { model, span }),
    ic.dates.length > 0 && [
      h(IcFigure, { model: { ic, metrics }, span }),
      h(CumulativeIcFigure, { model: { ic, metrics }, span }),
    ],
  )
}

function questionOf({ computation, provenance }: WalkReportModel): Fact[] {
  const { windows, search, overfittingThreshold } = computation
  const { trainMonths, testMonths, stepMonths, purgeDays, embargoDays } = windows
  const values = Object.entries(search.parameters).map(([name, tried]) => `${name} ${tried.join(', ')}`)
  const random = search.method === 'random' ? `, ${search.iterations} draws, seed ${search.seed}` : ''
  return [
    ...backtestQuestion(computation.backtest, provenance),
    [
      'Windows',
      `train ${trainMonths} months, test ${testMonths}, every ${stepMonths}; ` +
        `purge ${purgeDays} and embargo ${embargoDays} days`,
    ],
    ['Search', `${search.method}${random}, best by ${search.metric}: ${values.join('; ') || 'nothing'}`],
    ['Overfitting threshold', String(overfittingThreshold)],
  ]
}
