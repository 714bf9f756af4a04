import { h, type JSX } from 'preact'
import { GLOSSARY } from '../../../core/metric-glossary.ts'
import type { ReportModel } from '../model.ts'
import { Facts, scalarFacts } from '../terms/facts.ts'

/** Every number of the result in the order of the glossary, so that none of them is only in the artifacts. */
export function NumbersSection({ model }: { model: ReportModel }): JSX.Element {
  const known = Object.keys(GLOSSARY.metrics)
  const names = [...known, ...Object.keys(model.metrics).filter((name) => !known.includes(name))]
  return h(
    'section',
    { 'aria-labelledby': 'numbers' },
    h('h2', { id: 'numbers' }, 'All numbers ', h('small', null, 'each with its definition')),
    h(Facts, { facts: scalarFacts('metrics', model.metrics, names), columns: true }),
  )
}
