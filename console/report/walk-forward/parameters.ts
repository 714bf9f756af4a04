import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import { Frame, yScale } from '../../charts/frame.ts'
import { round } from '../../charts/path.ts'
import type { Interval } from '../../charts/scale.ts'
import { timeLabels, timeScale } from '../../charts/time-chart.ts'
import type { ParameterChoice, WalkReportModel, WalkWindow } from './model.ts'

const SHARE: NumberStyle = { unit: 'percent', digits: 0 }
/** Pixels of one value on the axis, and the most of them that are labelled. */
const VALUE_ROW = 24
const MOST_LABELS = 12
const [LOWEST, HIGHEST] = [64, 240]

/** How the choice of each parameter moved from window to window. */
export function ParameterFigures({ model, span }: { model: WalkReportModel; span: Interval }): JSX.Element | null {
  const { stability } = model
  if (stability.length === 0) return null
  return h(
    'div',
    { class: stability.length > 1 ? 'two' : '' },
    stability.map((choice) => h(ParameterFigure, { model, span, choice })),
  )
}

function ParameterFigure(props: {
  readonly model: WalkReportModel
  readonly span: Interval
  readonly choice: ParameterChoice
}): JSX.Element {
  const { model, span, choice } = props
  const { name, usual, usualShare, changeShare, distinct } = choice
  const chosen = model.windows.filter(({ bestScore }) => !Number.isNaN(bestScore))
  const values = model.search.ranges[name] ?? []
  const place = chosen.map(({ parameters }) => values.indexOf(parameters[name]!))
  const often = `${usual} in ${numberText(usualShare, SHARE)} of the windows`
  const moved = Number.isNaN(changeShare) ? '' : `, changed at ${numberText(changeShare, SHARE)} of the steps`
  return h(
    Figure,
    {
      id: `parameter-${name.replaceAll(/[^a-z0-9]/gi, '-')}`,
      title: `Chosen ${name}`,
      note: `over each test span; ${often}${moved}`,
      table: {
        caption: `Chosen ${name} by window`,
        rows: { id: 'window', name: 'window', texts: chosen.map(({ id }) => String(id)) },
        texts: [{ id: name, name, texts: chosen.map(({ parameters }) => String(parameters[name])) }],
        columns: [
          {
            id: 'position',
            name: 'place in the search',
            style: { unit: 'count', digits: 0 },
            values: place.map((at) => at + 1),
          },
        ],
      },
    },
    h(Steps, {
      label: `${name} chosen by window: ${often}, ${distinct} different values`,
      windows: chosen,
      values: values.map(String),
      place,
      span,
    }),
  )
}

interface StepsProps {
  readonly label: string
  readonly windows: readonly WalkWindow[]
  /** Values in the order in which they were searched. */
  readonly values: readonly string[]
  /** The chosen one of each window. */
  readonly place: readonly number[]
  readonly span: Interval
}

function Steps({ label, windows, values, place, span }: StepsProps): JSX.Element {
  const height = Math.min(HIGHEST, Math.max(LOWEST, values.length * VALUE_ROW))
  const domain: Interval = [-0.5, Math.max(1, values.length) - 0.5]
  const y = yScale(domain, height)
  const x = timeScale(span)
  const every = Math.ceil(values.length / MOST_LABELS)
  const steps = windows.map(({ testStart, testEnd }, i) => {
    const at = round(y(place[i]!))
    const before = windows[i - 1]
    const joint = before === undefined ? `M${round(x(testStart))} ${at}` : `L${round(x(testStart))} ${at}`
    return `${joint}H${round(x(testEnd))}`
  })
  const solid = windows.map(
    ({ testStart, testEnd }, i) => `M${round(x(testStart))} ${round(y(place[i]!))}H${round(x(testEnd))}`,
  )
  return h(
    Frame,
    {
      label,
      height,
      domain,
      style: SHARE,
      xLabels: timeLabels(span),
      yLabels: values.flatMap((value, i) => (i % every === 0 ? [{ value: i, label: value, line: true }] : [])),
    },
    h('path', { class: 'line second dotted', d: steps.join('') }),
    h('path', { class: 'line choice', d: solid.join('') }),
  )
}
