import { h, type JSX } from 'preact'
import { GLOSSARY, type GlossaryGroup } from '../../../core/metric-glossary.ts'
import { breakEvenBp } from '../figures.ts'
import type { ReportModel, Scalars } from '../model.ts'
import { definitionId } from './term.ts'

const EVIDENCE =
  'Weak: at least one test fails. Mixed: none fails, but some leave doubt. Strong: all pass. The tests: the HAC t of ' +
  'the daily rank IC against 3.0 (2.0 leaves doubt, less fails); the break-even cost against what is paid (twice ' +
  'as much passes); days with an IC (756 pass, fewer than 60 fail); gaps; a signal for at least 80% of the names; ' +
  'and whether names that left the market are in the data. Luck among many trials is not measured here.'
const INTERVAL =
  'Intervals on this page hold the true value nine times in ten if the model behind them is right: for the mean IC ' +
  'its HAC standard error, for the Sharpe ratio independent normal days (Lo 2002).'

/** The definitions: on a screen a footnote that its term opens, in print a list at the end. */
export function Definitions({ model }: { model: ReportModel }): JSX.Element {
  const scalars: Readonly<Record<GlossaryGroup, Scalars | null>> = {
    metrics: { breakeven_bps: breakEvenBp(model), ...model.metrics },
    costs: model.costs && { ...model.costs.summary, ...model.costs.capacity },
    quantiles: model.quantiles?.summary ?? null,
  }
  return h(
    'section',
    { class: 'definitions', 'aria-labelledby': 'definitions' },
    h('h2', { id: 'definitions' }, 'Definitions'),
    note('evidence', 'Evidence', `${EVIDENCE} ${INTERVAL}`),
    (Object.keys(GLOSSARY) as GlossaryGroup[]).map((group) => definitionsOf(group, scalars[group])),
  )
}

function definitionsOf(group: GlossaryGroup, scalars: Scalars | null): (JSX.Element | null)[] {
  return Object.entries(GLOSSARY[group]).map(([name, { title, definition, absent }]) => {
    if (scalars === null) return null
    const value = Object.hasOwn(scalars, name) ? (scalars[name] ?? NaN) : null
    const missing = typeof value === 'number' && Number.isNaN(value)
    return h(
      'div',
      { popover: 'auto', id: definitionId(group, name) },
      h('b', null, title),
      ` ${definition}`,
      value !== null &&
        h('span', null, missing ? ` Here n/a: ${absent}.` : [' Here ', h('code', null, String(value)), '.']),
      ' ',
      h('code', { class: 'name' }, name),
    )
  })
}

function note(name: string, title: string, text: string): JSX.Element {
  return h('div', { popover: 'auto', id: definitionId('page', name) }, h('b', null, title), ` ${text}`)
}
