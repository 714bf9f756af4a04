import { type ComponentChildren, h, type JSX } from 'preact'
import { bareNumberText, type NumberStyle, numberText } from '../../core/number-text.ts'
import { MARK_ROW, type PlacedMark } from './marks.ts'
import { isDrawable, PLOT_WIDTH, round } from './path.ts'
import { type Interval, linearScale, MOST_TICKS, tickDigits, ticksOf } from './scale.ts'

export interface XLabel {
  /** Position in plot units, 0 to PLOT_WIDTH. */
  readonly x: number
  readonly label: string
  /** False: left out where the chart is narrow. */
  readonly main: boolean
}

/** A value of the y axis and what it is called; `line` draws the grid there. */
export interface YLabel {
  readonly value: number
  readonly label: string
  readonly line: boolean
}

export interface EndLabel {
  readonly y: number
  readonly text: string
  readonly tone: Tone
}

/** What a mark means: what matters, what it is compared with, what went down, or a mark without a judgement. */
export type Tone = 'accent' | 'second' | 'down' | 'ink'

export interface FrameProps {
  /** Accessible name: what is shown, and its message. */
  readonly label: string
  /** Pixels; widths follow the page. */
  readonly height: number
  readonly domain: Interval
  readonly style: NumberStyle
  readonly xLabels: readonly XLabel[]
  readonly endLabels?: readonly EndLabel[]
  /** Labels at heights of their own, without numbers: rows, values of a choice. Absent: a grid of round numbers. */
  readonly yLabels?: readonly YLabel[]
  /** Vertical lines that name a value of the x axis. */
  readonly marks?: readonly PlacedMark[]
  /** First and last day, of a chart whose x is time: it then takes part in the linked cursor. */
  readonly span?: Interval
  readonly children?: ComponentChildren
}

/** Room above the highest grid line, and for the labels under the plot. */
const TOP = 8
const X_LABEL_ROOM = 22
const LABEL_LINE = 15
/** Pixels that a grid line takes at least. */
const LEAST_GRID_GAP = 22
const TEXT_MIDDLE = 4

/** Heights of a domain inside a frame, in pixels from its top. */
export function yScale(domain: Interval, height: number): (value: number) => number {
  return linearScale(domain, [height - 1, TOP])
}

/** Axes, grid and labels around the marks of a chart. Marks are drawn in units of PLOT_WIDTH by pixels. */
export function Frame(props: FrameProps): JSX.Element {
  const { height, xLabels, span, endLabels: ends = [] } = props
  const tall = height + (xLabels.length > 0 ? X_LABEL_ROOM : 4)
  const time = span === undefined ? {} : { 'data-first': span[0], 'data-last': span[1] }
  return h(
    'div',
    {
      class: ['plot', ...(span === undefined ? [] : ['time']), ...(ends.length > 0 ? ['ends'] : [])].join(' '),
      ...time,
    },
    h(
      'svg',
      { class: 'chart', role: 'img', 'aria-label': props.label, width: '100%', height: tall },
      props.yLabels === undefined ? gridLines(props) : namedLines(props, props.yLabels),
      // Stretched to the page; strokes and text outside keep their size.
      h(
        'svg',
        {
          viewBox: `0 0 ${PLOT_WIDTH} ${height}`,
          preserveAspectRatio: 'none',
          width: '100%',
          height,
          class: 'marks',
        },
        props.children,
      ),
      xLabels.map(({ x, label, main }) =>
        h('text', { class: main ? 'tick x' : 'tick x minor', x: percent(x), y: height + X_LABEL_ROOM - 6 }, label),
      ),
      (props.marks ?? []).map((mark) => verticalMark(mark, height)),
      spread(ends, height).map(({ y, text, tone }) =>
        h('text', { class: `end ${tone}`, x: '100%', dx: 8, y: round(y + TEXT_MIDDLE) }, text),
      ),
      span && h('line', { class: 'cursor', x1: 0, x2: 0, y1: 0, y2: height }),
    ),
  )
}

/** A position along the plot as SVG takes it. */
export function percent(x: number): string {
  return `${round((x * 100) / PLOT_WIDTH)}%`
}

function gridLines({ domain, height, style }: FrameProps): JSX.Element[] {
  const y = yScale(domain, height)
  const ticks = ticksOf(domain, Math.min(MOST_TICKS, Math.floor(height / LEAST_GRID_GAP)))
  const shown = { ...style, digits: tickDigits(ticks, unitFactor(style)) }
  return ticks.flatMap((tick) => [
    h('line', { class: tick === 0 ? 'grid zero' : 'grid', x1: 0, x2: '100%', y1: round(y(tick)), y2: round(y(tick)) }),
    h('text', { class: 'tick y', x: 0, dx: -8, y: round(y(tick) + TEXT_MIDDLE) }, tickText(tick, shown)),
  ])
}

function namedLines({ domain, height }: FrameProps, labels: readonly YLabel[]): JSX.Element[] {
  const y = yScale(domain, height)
  return labels.flatMap(({ value, label, line }) => [
    ...(line ? [h('line', { class: 'grid', x1: 0, x2: '100%', y1: round(y(value)), y2: round(y(value)) })] : []),
    h('text', { class: 'tick y', x: 0, dx: -8, y: round(y(value) + TEXT_MIDDLE) }, label),
  ])
}

/** A line over the whole height under its label; labels near an end lean inwards. */
function verticalMark({ x, text, tone, stroke, row }: PlacedMark, height: number): JSX.Element[] {
  const at = percent(x)
  const y = TOP + (row + 1) * MARK_ROW - 4
  const anchor = x < PLOT_WIDTH * 0.12 ? 'start' : x > PLOT_WIDTH * 0.88 ? 'end' : 'middle'
  return [
    h('line', { class: `mark ${tone} ${stroke}`, x1: at, x2: at, y1: y + 3, y2: height - 1 }),
    h('text', { class: `mark ${tone}`, x: at, y, 'text-anchor': anchor }, text),
  ]
}

function tickText(tick: number, style: NumberStyle): string {
  if (tick === 0) return '0'
  return style.unit === 'days' ? bareNumberText(tick, style) : numberText(tick, style)
}

function unitFactor(style: NumberStyle): number {
  return style.unit === 'percent' ? 100 : style.unit === 'fractionBp' ? 10_000 : 1
}

/** Labels pushed apart until none covers another, as near to their lines as can be. */
function spread(labels: readonly EndLabel[], height: number): EndLabel[] {
  const placed = labels
    .filter((label) => isDrawable(label.y))
    .toSorted((a, b) => a.y - b.y)
    .map((label) => ({ ...label }))
  for (let i = 1; i < placed.length; i++) placed[i]!.y = Math.max(placed[i]!.y, placed[i - 1]!.y + LABEL_LINE)
  let ceiling = height - 2
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i]!.y = Math.min(placed[i]!.y, ceiling)
    ceiling = placed[i]!.y - LABEL_LINE
  }
  return placed
}
