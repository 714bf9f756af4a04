import { type ComponentChildren, h, type JSX } from 'preact'

/** A table of more columns than a small screen has room for: it scrolls by itself, by keys too. */
export function WideTable(props: {
  /** What it lists, for who cannot see it. */
  readonly label: string
  /** Heads of columns of words, then of numbers. */
  readonly words: readonly string[]
  readonly numbers: readonly string[]
  /** Its rows. */
  readonly children?: ComponentChildren
}): JSX.Element {
  return h(
    'div',
    { class: 'scroll whole', tabIndex: 0, role: 'region', 'aria-label': `Table: ${props.label}` },
    h(
      'table',
      { class: 'windows' },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          props.words.map((name) => h('th', { scope: 'col' }, name)),
          props.numbers.map((name) => h('th', { scope: 'col', class: 'number' }, name)),
        ),
      ),
      h('tbody', null, props.children),
    ),
  )
}
