import { type ComponentChildren, h, type JSX } from 'preact'
import { DataTable, type DataTableProps } from './data-table.ts'

export interface FigureProps {
  /** Unique on the page. */
  readonly id: string
  /** Words, or a term with its definition at hand. */
  readonly title: ComponentChildren
  /** What is drawn, in grey beside the title. */
  readonly note: string
  readonly table: DataTableProps
  readonly children?: ComponentChildren
}

/** A chart under its heading, with its numbers one key away and a copy of them as CSV. */
export function Figure({ id, title, note, table, children }: FigureProps): JSX.Element {
  return h(
    'figure',
    { id, 'aria-labelledby': `${id}-title` },
    h('figcaption', null, h('h2', { id: `${id}-title` }, title), h('small', null, note)),
    children,
    h(
      'div',
      { class: 'tools' },
      h(
        'details',
        { class: 'table' },
        h('summary', null, 'Table'),
        h(
          'div',
          { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `Table: ${table.caption}` },
          h(DataTable, table),
        ),
      ),
      h('button', { type: 'button', class: 'copy', hidden: true }, 'Copy CSV'),
      // Filled by the page's script as the cursor moves over time.
      'days' in table.rows && h('output', { class: 'readout', hidden: true, 'aria-live': 'polite' }),
    ),
  )
}
