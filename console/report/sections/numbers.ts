import { h, type JSX } from 'preact'
import { type Fact, Facts } from '../terms/facts.ts'

/** Every number of the result, so that none of them is only in the artifacts. */
export function NumbersSection({ facts }: { facts: readonly Fact[] }): JSX.Element {
  return h(
    'section',
    { 'aria-labelledby': 'numbers' },
    h('h2', { id: 'numbers' }, 'All numbers ', h('small', null, 'each with its definition')),
    h(Facts, { facts, columns: true }),
  )
}
