import { h, type JSX } from 'preact'
import { type GlossaryGroup, meaningOf } from '../../../core/metric-glossary.ts'

/** Id of the definition of a metric on the page. */
export function definitionId(group: GlossaryGroup | 'page', name: string): string {
  return `def-${group}-${name.replaceAll(/[^a-z0-9_]/gi, '-')}`
}

/** The words for a metric, with its definition one key or click away. */
export function Term({ group, name, title }: { group: GlossaryGroup; name: string; title?: string }): JSX.Element {
  const meaning = meaningOf(group, name)
  const words = title ?? meaning?.title ?? name
  if (meaning === undefined) return h('span', null, words)
  return h(
    'button',
    { type: 'button', class: 'term', title: meaning.definition, popovertarget: definitionId(group, name) },
    words,
  )
}
