import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import type { DataTableProps } from '../../charts/data-table.ts'
import { Figure } from '../../charts/figure.ts'
import { Scatter } from '../../charts/number-chart.ts'
import { ticksOf } from '../../charts/scale.ts'
import { type Combination, combinationsOf, keyOf, persistence, scorePairs } from './combinations.ts'
import { GridMap } from './grid-map.ts'
import type { WalkReportModel } from './model.ts'
import { PairBars } from './pair-bars.ts'
import { parametersText } from './windows.ts'

/** Combinations that the table of a search in three or more parameters names. */
const NAMED = 20
/** Points of the scatter: more are seen as one cloud anyway. */
const MOST_POINTS = 1500
const STYLES: Readonly<Record<string, NumberStyle>> = {
  mean_ic: { unit: 'number', digits: 4, signed: true },
  icir: { unit: 'number', digits: 3, signed: true },
  hit_rate: { unit: 'percent', digits: 1 },
}

/** What was tried: a map of two parameters, bars of one, a table of more; then whether better stayed better. */
export function SearchSection({ model }: { model: WalkReportModel }): JSX.Element | null {
  const { names, tries } = model.search
  if (names.length === 0 || tries.length < 2) {
    return h('p', null, 'Nothing was searched: every window ran the parameters as they were given.')
  }
  const combinations = combinationsOf(model)
  const Shown = names.length === 1 ? OneParameter : names.length === 2 ? TwoParameters : ManyParameters
  return h('div', null, h(Shown, { model, combinations }), h(PersistenceFigure, { model }))
}

interface SearchProps {
  readonly model: WalkReportModel
  readonly combinations: readonly Combination[]
}

function styleOf({ computation }: WalkReportModel): NumberStyle {
  return STYLES[computation.search.metric]!
}

function tableOf({ model, combinations }: SearchProps): DataTableProps {
  const style = styleOf(model)
  return {
    caption: 'Combinations: mean score over the windows, and how often each was chosen',
    rows: { id: 'parameters', name: 'parameters', texts: combinations.map((one) => parametersText(one.parameters)) },
    columns: [
      { id: 'train_score', name: 'train', style, values: combinations.map((one) => one.train) },
      { id: 'test_score', name: 'test', style, values: combinations.map((one) => one.test) },
      {
        id: 'windows_chosen',
        name: 'windows that chose it',
        style: { unit: 'count', digits: 0 },
        values: combinations.map((one) => one.chosen),
      },
    ],
  }
}

function OneParameter(props: SearchProps): JSX.Element {
  const { model, combinations } = props
  const [name] = model.search.names
  const metric = model.computation.search.metric
  return h(
    Figure,
    {
      id: 'search',
      title: `Search over ${name}`,
      note: `mean over the windows of ${metric}: the dash in train, which chose, the bar in test`,
      table: tableOf(props),
    },
    h(PairBars, {
      label: `Mean ${metric} by ${name}: ${bestText(props)}`,
      names: combinations.map((one) => String(one.parameters[name!])),
      values: combinations.map((one) => one.test),
      marks: combinations.map((one) => one.train),
      style: styleOf(model),
      height: 150,
    }),
    h('p', { class: 'reading' }, `${bestText(props)}.`),
  )
}

function TwoParameters(props: SearchProps): JSX.Element {
  const { model, combinations } = props
  const { names, ranges } = model.search
  const [down, across] = names as [string, string]
  const metric = model.computation.search.metric
  const cells = new Map(combinations.map((one) => [keyOf(one.parameters, names), one]))
  const rows = ranges[down] ?? []
  const columns = ranges[across] ?? []
  const map = (side: 'train' | 'test') =>
    h(GridMap, {
      label: `Mean ${metric} in ${side} by ${down} and ${across}`,
      rowName: down,
      columnName: across,
      rows: rows.map(String),
      columns: columns.map(String),
      style: styleOf(model),
      cellOf: (row, column) => {
        const one = cells.get(JSON.stringify([rows[row], columns[column]]))
        if (one === undefined) return null
        return { value: one[side], remark: side === 'train' && one.chosen > 0 ? `chosen ${one.chosen}×` : '' }
      },
    })
  return h(
    Figure,
    {
      id: 'search',
      title: `Search over ${down} and ${across}`,
      note: `mean over the windows of ${metric}; a lone peak is luck, a plateau may not be`,
      table: tableOf(props),
    },
    h(
      'div',
      { class: 'two' },
      h('div', null, h('p', { class: 'side' }, 'on the train spans, which chose'), map('train')),
      h('div', null, h('p', { class: 'side' }, 'on the test spans, which nothing was chosen by'), map('test')),
    ),
    h('p', { class: 'reading' }, `${bestText(props)}.`),
  )
}

function ManyParameters(props: SearchProps): JSX.Element {
  const { model, combinations } = props
  const style = styleOf(model)
  const best = combinations.toSorted((a, b) => orLast(b.train) - orLast(a.train)).slice(0, NAMED)
  const { names } = model.search
  const metric = model.computation.search.metric
  return h(
    Figure,
    {
      id: 'search',
      title: `Search over ${names.length} parameters`,
      note: `the ${best.length} best of ${combinations.length} combinations by mean of ${metric} in train`,
      table: tableOf(props),
    },
    h(
      'div',
      { class: 'scroll whole', tabIndex: 0, role: 'region', 'aria-label': 'Table: best combinations' },
      h(
        'table',
        { class: 'windows' },
        h('caption', { class: 'unseen' }, 'Best combinations by mean score in train'),
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            names.map((name) => h('th', { scope: 'col' }, name)),
            ['train', 'test', 'chosen'].map((name) => h('th', { scope: 'col', class: 'number' }, name)),
          ),
        ),
        h(
          'tbody',
          null,
          best.map((one) =>
            h(
              'tr',
              null,
              names.map((name) => h('td', null, String(one.parameters[name]))),
              [one.train, one.test].map((value) => h('td', { class: 'number' }, numberText(value, style))),
              h('td', { class: 'number' }, `${one.chosen}×`),
            ),
          ),
        ),
      ),
    ),
    h('p', { class: 'reading' }, `${bestText(props)}.`),
  )
}

function orLast(value: number): number {
  return Number.isNaN(value) ? -Infinity : value
}

/** `Best in train on average: lookbackDays 63, −0.0012 there and 0.0080 in test`. */
function bestText({ model, combinations }: SearchProps): string {
  const style = styleOf(model)
  const best = combinations.reduce((most, one) => (orLast(one.train) > orLast(most.train) ? one : most))
  const [train, test] = [numberText(best.train, style), numberText(best.test, style)]
  return `Best in train on average: ${parametersText(best.parameters)}, with ${train} there and ${test} in test`
}

/** Every combination in every window: was what did better in train better in test? */
function PersistenceFigure({ model }: { model: WalkReportModel }): JSX.Element {
  const { chosen, other } = scorePairs(model)
  const { search, windows, computation } = model
  const { metric } = computation.search
  const style = styleOf(model)
  const shown = spaced(other.train.length, MOST_POINTS)
  const stays = persistence(search.tries, windows.length)
  const count = chosen.train.length + other.train.length
  return h(
    Figure,
    {
      id: 'persistence',
      title: 'Does better stay better?',
      note: `${metric} of each combination in each window: train across, test up; the large were chosen`,
      table: {
        caption: 'Scores of the chosen combinations',
        rows: { id: 'window', name: 'window', texts: windows.map(({ id }) => String(id)) },
        texts: [{ id: 'chosen', name: 'chosen', texts: windows.map(({ parameters }) => parametersText(parameters)) }],
        columns: [{ id: 'train_score', name: 'train', style, values: windows.map(({ bestScore }) => bestScore) }],
      },
    },
    h(Scatter, {
      label: `Score in train against score in test of ${count} combinations and windows: ${persistenceText(stays)}`,
      style: { ...style, digits: 2 },
      height: 190,
      xStyle: { ...style, digits: 2 },
      xName: 'train',
      ticksOf: (domain) => ticksOf(domain),
      points: [
        { x: shown.map((i) => other.train[i]!), y: shown.map((i) => other.test[i]!), look: 'other' },
        { x: chosen.train, y: chosen.test, look: 'chosen' },
      ],
    }),
    h('p', { class: 'reading' }, `${persistenceText(stays)}.`),
  )
}

/** Up to `most` whole numbers below `count`, evenly spaced. */
function spaced(count: number, most: number): number[] {
  const step = Math.max(1, count / most)
  return Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor(i * step))
}

/** A correlation below this over so few windows is no sign of lasting skill. */
const LASTS = 0.3

function persistenceText(stays: number): string {
  if (Number.isNaN(stays)) return 'Too few combinations have scores to compare'
  const figure = numberText(stays, { unit: 'number', digits: 2, signed: true })
  const words =
    stays >= LASTS
      ? 'what was better in train tended to be better in test'
      : stays > -LASTS
        ? 'what was better in train was hardly better in test'
        : 'what was better in train tended to be worse in test'
  return `Within a window the scores in train and in test correlate by ${figure} on average: ${words}`
}
