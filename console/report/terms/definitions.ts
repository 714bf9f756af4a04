import { h, type JSX } from 'preact'
import { GLOSSARY, type GlossaryGroup } from '../../../core/metric-glossary.ts'
import type { Scalars } from '../model.ts'
import { definitionId } from './term.ts'

export interface DefinitionsProps {
  /** What the verdict of this kind means, and how the intervals of the page are to be read. */
  readonly evidence: string
  /** The scalars of each group that the page speaks of. */
  readonly scalars: Readonly<Partial<Record<GlossaryGroup, Scalars>>>
  /** Whether a group's names without a value have a definition too. */
  readonly whole: boolean
}

/** The definitions: on a screen a footnote that its term opens, in print a list at the end. */
export function Definitions({ evidence, scalars, whole }: DefinitionsProps): JSX.Element {
  const groups = Object.keys(GLOSSARY) as GlossaryGroup[]
  return h(
    'section',
    { class: 'definitions', 'aria-labelledby': 'definitions' },
    h('h2', { id: 'definitions' }, 'Definitions'),
    h('div', { popover: 'auto', id: definitionId('page', 'evidence') }, h('b', null, 'Evidence'), ` ${evidence}`),
    groups.map((group) => definitionsOf(group, scalars[group] ?? null, whole)),
  )
}

function definitionsOf(group: GlossaryGroup, scalars: Scalars | null, whole: boolean): (JSX.Element | null)[] {
  return Object.entries(GLOSSARY[group]).map(([name, { title, definition, absent }]) => {
    if (scalars === null || !(whole || Object.hasOwn(scalars, name))) return null
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
