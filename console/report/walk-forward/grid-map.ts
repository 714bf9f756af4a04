import { h, type JSX } from 'preact'
import { bareNumberText, type NumberStyle } from '../../../core/number-text.ts'

export interface GridMapProps {
  readonly label: string
  /** What goes down and what goes across, with their values. */
  readonly rowName: string
  readonly columnName: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** Value and remark of a cell; null: it was not tried. */
  readonly cellOf: (row: number, column: number) => GridCell | null
  readonly style: NumberStyle
}

export interface GridCell {
  /** NaN: tried without a result. */
  readonly value: number
  /** Small print under the value; empty: none. */
  readonly remark: string
}

/** Depths of colour on each side of zero. */
const DEPTHS = 4

/** A value for each pair of two choices: a table whose cells are coloured by sign and size, and say both in figures. */
export function GridMap({ label, rowName, columnName, rows, columns, cellOf, style }: GridMapProps): JSX.Element {
  const cells = rows.map((_, row) => columns.map((_, column) => cellOf(row, column)))
  const sizes = cells.flat().map((cell) => Math.abs(cell?.value ?? 0))
  const deepest = Math.max(...sizes.filter(Number.isFinite), Number.MIN_VALUE)
  return h(
    'div',
    { class: 'scroll grid-scroll', tabIndex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      { class: 'heat grid-map' },
      h('caption', { class: 'unseen' }, label),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, `${rowName} ↓ ${columnName} →`),
          columns.map((column) => h('th', { scope: 'col' }, column)),
        ),
      ),
      h(
        'tbody',
        null,
        cells.map((line, row) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, rows[row]),
            line.map((cell) => gridCell(cell, style, deepest)),
          ),
        ),
      ),
    ),
  )
}

function gridCell(cell: GridCell | null, style: NumberStyle, deepest: number): JSX.Element {
  if (cell === null) return h('td', null)
  const { value, remark } = cell
  const depth = Number.isFinite(value) ? Math.ceil((Math.abs(value) / deepest) * DEPTHS) : 0
  const tone = depth === 0 ? '' : `${value < 0 ? 'down' : 'up'}${Math.min(DEPTHS, depth)}`
  const title = Number.isNaN(value) ? { title: 'no window gives it a score' } : {}
  return h('td', { class: tone, ...title }, bareNumberText(value, style), remark !== '' && h('small', null, remark))
}
