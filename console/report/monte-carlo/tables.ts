import { h, type JSX } from 'preact'
import { metricText } from '../../../core/metric-glossary.ts'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import type { Numbers } from '../../charts/scale.ts'
import { scalar } from '../figures.ts'
import { WideTable } from '../sections/wide-table.ts'
import { Term } from '../terms/term.ts'
import { PATH_METRICS, type PathReportModel } from './model.ts'

const SHARE: NumberStyle = { unit: 'percent', digits: 1 }
const LOSSES = [0.05, 0.1, 0.2, 0.3, 0.5]

/** Chances that a decision needs, counted over the paths. */
export function ChanceTable({ model }: { model: PathReportModel }): JSX.Element {
  const { sharpe, max_drawdown: drawdown, mean_ic: ic } = model.distributions
  const rows: [string, string][] = [
    ['Loses money on average (Sharpe below 0)', shareText(sharpe, (value) => value < 0)],
    ['Sharpe of 1 or more', shareText(sharpe, (value) => value >= 1)],
    ['Mean rank IC of 0 or below', shareText(ic, (value) => value <= 0)],
    ...LOSSES.map((loss): [string, string] => [
      `Loses ${numberText(loss, { unit: 'percent', digits: 0 })} or more from a peak`,
      shareText(drawdown, (value) => value <= -loss),
    ]),
  ]
  return h(
    'section',
    { 'aria-labelledby': 'chances', class: 'beside' },
    h('h2', { id: 'chances' }, 'Chances ', h('small', null, 'share of the paths')),
    h(
      'table',
      { class: 'holdings' },
      h('caption', { class: 'unseen' }, 'Share of the paths for which something holds'),
      h(
        'tbody',
        null,
        rows.map(([name, share]) => h('tr', null, h('th', { scope: 'row' }, name), h('td', null, share))),
      ),
    ),
    model.computation.method === 'shuffle' &&
      h('p', { class: 'reading' }, 'Paths of one set of days share their Sharpe ratio and IC: only the losses differ.'),
  )
}

function shareText(values: Numbers, holds: (value: number) => boolean): string {
  const known = Array.from(values).filter((value) => !Number.isNaN(value))
  return numberText(known.length === 0 ? NaN : known.filter(holds).length / known.length, SHARE)
}

/** The four intervals in figures. */
export function IntervalTable({ model }: { model: PathReportModel }): JSX.Element {
  const columns = ['', '_q05', '_q50', '_q95']
  return h(
    'section',
    { 'aria-labelledby': 'intervals' },
    h('h2', { id: 'intervals' }, 'Intervals ', h('small', null, 'observed, and the levels of the paths')),
    h(
      WideTable,
      { label: 'intervals', words: ['figure'], numbers: ['observed', '5%', '50%', '95%'] },
      PATH_METRICS.map((metric) =>
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, h(Term, { group: 'monteCarlo', name: metric })),
          columns.map((column) => {
            const value = scalar(model.metrics, `${metric}${column}`)
            return h('td', { class: 'number' }, metricText('monteCarlo', `${metric}${column}`, value))
          }),
        ),
      ),
    ),
  )
}
