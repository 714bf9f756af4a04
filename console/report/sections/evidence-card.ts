import { h, type JSX } from 'preact'
import { weighEvidence } from '../evidence.ts'
import type { ReportModel } from '../model.ts'
import { definitionId } from '../terms/term.ts'

const VERDICTS = { weak: 'Weak evidence', mixed: 'Mixed evidence', strong: 'Strong evidence' } as const
const GRADES = { good: 'passes', caution: 'leaves doubt', bad: 'fails' } as const

/** How far to believe it, before any number. */
export function EvidenceCard({ model }: { model: ReportModel }): JSX.Element {
  const { verdict, findings } = weighEvidence(model)
  return h(
    'section',
    { class: `evidence ${verdict}`, 'aria-labelledby': 'verdict' },
    h(
      'h2',
      { id: 'verdict' },
      h(
        'button',
        { type: 'button', class: 'term', popovertarget: definitionId('page', 'evidence') },
        VERDICTS[verdict],
      ),
    ),
    h(
      'ul',
      null,
      findings.map(({ grade, text: [before, figure, after] }) =>
        h(
          'li',
          { class: grade },
          h('span', { class: 'unseen' }, `${GRADES[grade]}: `),
          before,
          h('b', null, figure),
          after,
        ),
      ),
    ),
  )
}

/** What the engine warned of. */
export function Warnings({ model }: { model: ReportModel }): JSX.Element | null {
  if (model.warnings.length === 0) return null
  return h(
    'section',
    { class: 'warnings', 'aria-labelledby': 'warnings' },
    h('h2', { id: 'warnings' }, model.warnings.length === 1 ? 'One warning' : `${model.warnings.length} warnings`),
    h(
      'ul',
      null,
      model.warnings.map(({ code, message }) => h('li', null, message, ' ', h('code', null, code))),
    ),
  )
}
