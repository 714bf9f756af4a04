import { h, type JSX } from 'preact'
import { durationText } from '../../../core/date-text.ts'
import type { ResultHead } from '../model.ts'

export interface HeaderProps {
  readonly head: ResultHead
  readonly dataset: string
  readonly snapshotId: string
  /** Period and size, such as `2 Jan to 31 Dec 2015` and `252 days`. */
  readonly size: readonly string[]
}

/** What this is: name, kind, period, size, data and job. */
export function Header({ head, dataset, snapshotId, size }: HeaderProps): JSX.Element {
  const took = head.durationMs === null ? [] : [`completed in ${durationText(head.durationMs)}`]
  return h(
    'header',
    null,
    h('button', { type: 'button', class: 'theme', hidden: true }, 'Dark'),
    h('h1', null, head.name),
    h('p', null, [head.kind, ...took, ...size].join(' · '), ' · snapshot ', h('code', null, snapshotId)),
    h(
      'p',
      { class: 'ids' },
      `dataset ${dataset} · namespace ${head.namespace} · job `,
      h('code', null, head.jobId),
      ` · attempt ${head.attempt}`,
    ),
  )
}
