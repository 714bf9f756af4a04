import { h, type JSX } from 'preact'
import { type EvidenceCard, type EvidenceTest, GRADE_WORDS } from '../../../core/evidence/card.ts'
import { definitionId } from '../terms/term.ts'

const VERDICTS = { weak: 'Weak evidence', mixed: 'Mixed evidence', strong: 'Strong evidence' } as const

/** How far to believe it, before any number: the verdict in words, then every test with what would change it. */
export function Evidence({ card }: { card: EvidenceCard }): JSX.Element {
  const { verdict, says, tests } = card
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
    h('p', { class: 'says' }, says),
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, 'Tests of the evidence'),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ['test', 'value', 'passes at', 'what would change it'].map((title) => h('th', { scope: 'col' }, title)),
        ),
      ),
      h('tbody', null, tests.map(row)),
    ),
  )
}

function row({ grade, title, shown, threshold, fails, finding, change }: EvidenceTest): JSX.Element {
  return h(
    'tr',
    { class: grade },
    h('th', { scope: 'row' }, h('span', { class: 'unseen' }, `${GRADE_WORDS[grade]}: `), title),
    h('td', null, h('b', null, shown), h('small', null, finding)),
    h('td', null, threshold, fails !== '' && h('small', null, `fails ${fails}`)),
    h('td', null, change),
  )
}

/** What the engine warned of. */
export function Warnings(props: {
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}): JSX.Element | null {
  const { warnings } = props
  if (warnings.length === 0) return null
  return h(
    'section',
    { class: 'warnings', 'aria-labelledby': 'warnings' },
    h('h2', { id: 'warnings' }, warnings.length === 1 ? 'One warning' : `${warnings.length} warnings`),
    h(
      'ul',
      null,
      warnings.map(({ code, message }) => h('li', null, message, ' ', h('code', null, code))),
    ),
  )
}
