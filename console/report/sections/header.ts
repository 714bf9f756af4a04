import { h, type JSX } from 'preact'
import { dateRangeText, dateText, durationText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { numberText } from '../../../core/number-text.ts'
import { scalar } from '../figures.ts'
import type { ReportModel } from '../model.ts'

/** What this is: name, kind, period, size, data and job. */
export function Header({ model }: { model: ReportModel }): JSX.Element {
  const { head, computation } = model
  return h(
    'header',
    null,
    h('button', { type: 'button', class: 'theme', hidden: true }, 'Dark'),
    h('h1', null, head.name),
    h('p', null, sizeText(model), ' · snapshot ', h('code', null, computation.snapshotId)),
    h(
      'p',
      { class: 'ids' },
      `dataset ${computation.dataset} · namespace ${head.namespace} · job `,
      h('code', null, head.jobId),
      ` · attempt ${head.attempt}`,
    ),
  )
}

function sizeText({ head, computation, metrics }: ReportModel): string {
  const days = scalar(metrics, 'n_days_processed')
  const names = scalar(metrics, 'n_symbols_avg')
  const count = (value: number) => numberText(value, { unit: 'count', digits: 0 })
  return [
    head.kind,
    ...(head.durationMs === null ? [] : [`completed in ${durationText(head.durationMs)}`]),
    dateRangeText(dayNumber(computation.startDate), dayNumber(computation.endDate)),
    ...(head.stoppedEarly && head.lastProcessedDate !== null ? [`ended on ${dateText(head.lastProcessedDate)}`] : []),
    ...(Number.isNaN(days) ? [] : [`${count(days)} ${days === 1 ? 'day' : 'days'}, ${count(names)} names a day`]),
  ].join(' · ')
}
