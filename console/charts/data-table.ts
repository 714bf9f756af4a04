import { h, type JSX } from 'preact'
import { formatIsoDate } from '../../core/dates.ts'
import { bareNumberText, type NumberStyle, unitText } from '../../core/number-text.ts'
import type { Numbers } from './scale.ts'
import { thin } from './thin.ts'

export interface TableColumn {
  /** Head of the column in CSV, snake_case. */
  readonly id: string
  /** Words for people. */
  readonly name: string
  readonly style: NumberStyle
  readonly values: Numbers
}

export interface DataTableProps {
  readonly caption: string
  /** What a row is: a date of the run, or a text. */
  readonly rows:
    | { readonly id: 'date'; readonly days: Numbers }
    | { readonly id: string; readonly name: string; readonly texts: readonly string[] }
  /** Columns of words, before those of numbers. */
  readonly texts?: readonly { readonly id: string; readonly name: string; readonly texts: readonly string[] }[]
  readonly columns: readonly TableColumn[]
}

/**
 * The numbers behind a chart. People read rounded cells; `data-v` carries every digit for CSV and for the cursor, so
 * that a chart, its table and its copy are one set of numbers.
 */
export function DataTable({ caption, rows, texts = [], columns }: DataTableProps): JSX.Element {
  const length = 'days' in rows ? rows.days.length : rows.texts.length
  const shown = thin(
    length,
    columns.map((column) => column.values),
  )
  const head = 'days' in rows ? 'date' : rows.name
  return h(
    'table',
    { class: 'numbers' },
    h('caption', null, shown.length < length ? `${caption}. ${thinned(shown.length, length)}` : caption),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('th', { scope: 'col', 'data-id': rows.id }, head),
        texts.map(({ id, name }) => h('th', { scope: 'col', 'data-id': id, 'data-name': name, 'data-unit': '' }, name)),
        columns.map((column) => headCell(column)),
      ),
    ),
    h(
      'tbody',
      null,
      shown.map((i) =>
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, 'days' in rows ? formatIsoDate(rows.days[i]!) : rows.texts[i]),
          texts.map((column) => h('td', null, column.texts[i])),
          columns.map((column) => numberCell(column.values[i]!, column.style)),
        ),
      ),
    ),
  )
}

function headCell({ id, name, style }: TableColumn): JSX.Element {
  const unit = unitText(style.unit)
  return h(
    'th',
    { scope: 'col', 'data-id': id, 'data-name': name, 'data-unit': unit },
    unit ? `${name}, ${unit}` : name,
  )
}

function numberCell(value: number, style: NumberStyle): JSX.Element {
  return h('td', { 'data-v': String(value) }, bareNumberText(value, style))
}

function thinned(shown: number, length: number): string {
  return `${shown} of ${length} days, with every extreme; all of them are in the artifacts`
}
