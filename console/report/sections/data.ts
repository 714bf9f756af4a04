import { h, type JSX } from 'preact'
import { dateRangeText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { numberText } from '../../../core/number-text.ts'
import type { DataPart, ReportModel } from '../model.ts'
import { type Fact, Facts, scalarFacts } from '../terms/facts.ts'

/** What the data is, what it lacks, and what did not reach the engine. */
export function DataSection({ model }: { model: Pick<ReportModel, 'data' | 'metrics'> }): JSX.Element {
  const { data, metrics } = model
  const names = ['universe_coverage', 'n_ic_days', 'n_ic_days_skipped', 'missing_return_weight']
  return h(
    'section',
    { 'aria-labelledby': 'data' },
    h('h2', { id: 'data' }, 'Data quality'),
    h(
      'div',
      { class: 'two' },
      h(Facts, { facts: [...(data === null ? [] : dataFacts(data)), ...scalarFacts('metrics', metrics, names)] }),
      data === null
        ? h('p', null, 'The quality report of the import is not at hand.')
        : h('div', null, dropped(data), findings(data), survivorship(data)),
    ),
  )
}

function dataFacts(data: DataPart): Fact[] {
  return [
    ['Rows of prices', count(data.rows)],
    ['Securities', count(data.securities)],
    ['Dates', dateRangeText(dayNumber(data.startDate), dayNumber(data.endDate))],
    ['Delistings', known(data.hasDelistings)],
    ['Fundamentals', known(data.hasFundamentals)],
  ]
}

function dropped({ dropped: reasons }: DataPart): JSX.Element {
  if (reasons.length === 0) return h('p', null, 'No row was dropped.')
  return h(
    'table',
    { class: 'holdings' },
    h('caption', null, 'Dropped, by reason'),
    h(
      'tbody',
      null,
      reasons.map(({ reason, rows }) => h('tr', null, h('th', { scope: 'row' }, reason), h('td', null, count(rows)))),
    ),
  )
}

function findings({ findings: texts }: DataPart): JSX.Element | null {
  if (texts.length === 0) return null
  return h(
    'ul',
    { class: 'findings' },
    texts.map((text) => h('li', null, text)),
  )
}

function survivorship({ hasDelistings }: DataPart): JSX.Element | null {
  if (hasDelistings === true) return null
  return h(
    'p',
    { class: 'findings' },
    hasDelistings === false
      ? 'Survivors only: a name that left the market leaves this data without its last return, which flatters results.'
      : 'Whether names that left the market are in this data is not known.',
  )
}

function known(value: boolean | null): string {
  return value === null ? 'not known' : value ? 'included' : 'none'
}

function count(value: number): string {
  return numberText(value, { unit: 'count', digits: 0 })
}
