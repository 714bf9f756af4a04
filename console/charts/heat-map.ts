import { h, type JSX } from 'preact'
import { MONTHS } from '../../core/date-text.ts'
import { bareNumberText, type NumberStyle, numberText } from '../../core/number-text.ts'
import type { MonthMean } from './series.ts'

export interface HeatMapProps {
  readonly label: string
  readonly months: readonly MonthMean[]
  /** How a cell is written; its unit is named in the caption. */
  readonly style: NumberStyle
  /** The value from which on a cell has the deepest colour. */
  readonly deepest: number
}

/** Depths of colour on each side of zero. */
const DEPTHS = 4

/** Months across, years down: a table whose cells are coloured by sign and size, and say both in figures. */
export function HeatMap({ label, months, style, deepest }: HeatMapProps): JSX.Element {
  const years = [...new Set(months.map((month) => month.year))].sort((a, b) => a - b)
  const cells = new Map(months.map((month) => [month.year * 12 + month.month, month]))
  return h(
    'table',
    { class: 'heat' },
    h('caption', { class: 'unseen' }, label),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('td', null),
        MONTHS.map((month) => h('th', { scope: 'col' }, month)),
      ),
    ),
    h(
      'tbody',
      null,
      years.map((year) =>
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, year),
          MONTHS.map((_, month) => cell(cells.get(year * 12 + month), style, deepest)),
        ),
      ),
    ),
  )
}

function cell(month: MonthMean | undefined, style: NumberStyle, deepest: number): JSX.Element {
  if (month === undefined) return h('td', null)
  if (month.days === 0) return h('td', { title: 'no valid day' }, '–')
  const depth = Math.min(DEPTHS, Math.ceil((Math.abs(month.mean) / deepest) * DEPTHS))
  const tone = depth === 0 ? '' : `${month.mean < 0 ? 'down' : 'up'}${depth}`
  const exact = numberText(month.mean, { ...style, unit: 'number', digits: 4 })
  const title = `${MONTHS[month.month]} ${month.year}: ${exact}, ${month.days} days`
  return h('td', { class: tone, title }, bareNumberText(month.mean, style))
}
