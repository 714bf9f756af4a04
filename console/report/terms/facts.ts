import { type ComponentChildren, h, type JSX } from 'preact'
import { GLOSSARY, type GlossaryGroup, meaningOf, metricText } from '../../../core/metric-glossary.ts'
import type { Scalars } from '../model.ts'
import { Term } from './term.ts'

export type Fact = readonly [name: ComponentChildren, value: ComponentChildren]

/** Names with their values; `columns` sets them in two columns where the page is wide. */
export function Facts({ facts, columns = false }: { facts: readonly Fact[]; columns?: boolean }): JSX.Element {
  return h(
    'dl',
    { class: columns ? 'facts columns' : 'facts' },
    facts.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  )
}

/** The facts of some scalars, in the order of the names; a name that the record does not have is left out. */
export function scalarFacts(group: GlossaryGroup, scalars: Scalars, names: readonly string[]): Fact[] {
  return names
    .filter((name) => Object.hasOwn(scalars, name))
    .map((name) => [h(Term, { group, name }), h(ScalarValue, { group, name, value: scalars[name] ?? null })])
}

/** All of some scalars: those that the glossary knows in its order, then the others. */
export function allFacts(group: GlossaryGroup, scalars: Scalars): Fact[] {
  const known = Object.keys(GLOSSARY[group])
  const names = [...known, ...Object.keys(scalars).filter((name) => !known.includes(name))]
  return scalarFacts(group, scalars, names)
}

/** A value, or `n/a` with the reason. */
export function ScalarValue(props: { group: GlossaryGroup; name: string; value: number | string | null }): JSX.Element {
  const { group, name, value } = props
  if (typeof value === 'string') return h('span', null, value)
  if (value !== null && !Number.isNaN(value)) return h('span', null, metricText(group, name, value))
  const reason = meaningOf(group, name)?.absent
  return h('span', { class: 'absent' }, reason === undefined ? 'n/a' : `n/a: ${reason}`)
}
