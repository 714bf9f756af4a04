import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../core/number-text.ts'
import { type EndLabel, Frame, type Tone, type XLabel, yScale } from './frame.ts'
import { areaPath, barsPath, linePath, PLOT_WIDTH } from './path.ts'
import { extentOf, type Interval, including, linearScale, type Numbers, padded } from './scale.ts'
import { pick, thin } from './thin.ts'
import { timeTicks } from './time-axis.ts'

export interface TimeLayer {
  /** `area` is for drawdowns only: an area claims that its size means something. */
  readonly mark: 'line' | 'area' | 'bars'
  readonly values: Numbers
  readonly tone: Tone
  /** Tells lines of one tone apart. */
  readonly stroke?: 'solid' | 'dashed' | 'dotted'
  /** Words at the end of the line, such as `net`. */
  readonly name?: string
  /** The value written after the name; absent: none. */
  readonly endValue?: number
}

export interface TimeChartProps {
  readonly label: string
  /** Day numbers, ascending; every layer has one value for each. */
  readonly dates: Numbers
  /** First and last day of the axis: the same for all charts of a page, so that they line up. */
  readonly span: Interval
  readonly layers: readonly TimeLayer[]
  readonly style: NumberStyle
  readonly height: number
  /** Whether zero belongs to the picture even where no value comes near it. */
  readonly zero: boolean
  /** False: the chart below carries the labels of the shared axis. */
  readonly axis: boolean
}

/** Share of a calendar day that a bar fills: weekends leave gaps, days do not touch. */
const BAR_SHARE = 0.86
/** Thinnest bar in plot units, about a pixel: thinner ones fade into the page. */
const THINNEST_BAR = 1.1

/** Lines, bars or a drawdown area over time; the parts of one chart share one axis of values. */
export function TimeChart(props: TimeChartProps): JSX.Element {
  const { dates, span, height, style } = props
  const values = props.layers.map((layer) => layer.values)
  const extent = extentOf(values) ?? [0, 0]
  const domain = padded(props.zero ? including(extent, 0) : extent)
  const x = timeScale(span)
  const y = yScale(domain, height)
  const shown = thin(dates.length, values)
  const place = {
    x: Float64Array.from(shown, (i) => x(dates[i]!)),
    y,
    shown,
    dayWidth: PLOT_WIDTH / (span[1] - span[0] + 1),
  }
  return h(
    Frame,
    {
      label: props.label,
      height,
      domain,
      style,
      span,
      xLabels: props.axis ? timeLabels(span) : [],
      endLabels: endLabels(props.layers, y, style),
    },
    props.layers.map((layer) => marks(layer, place)),
  )
}

/** Plot units of a day: the middle of its share of the axis. */
export function timeScale([first, last]: Interval): (day: number) => number {
  return linearScale([first - 0.5, last + 0.5], [0, PLOT_WIDTH])
}

/** The labels of a time axis, in plot units. */
export function timeLabels(span: Interval): XLabel[] {
  const x = timeScale(span)
  return timeTicks(span[0], span[1]).map(({ day, label, main }) => ({ x: x(day), label, main }))
}

interface Place {
  readonly x: Numbers
  readonly y: (value: number) => number
  readonly shown: readonly number[]
  readonly dayWidth: number
}

function marks(layer: TimeLayer, { x, y, shown, dayWidth }: Place): JSX.Element | JSX.Element[] {
  const heights = pick(layer.values, shown).map(y)
  if (layer.mark === 'line')
    return h('path', { class: `line ${layer.tone} ${layer.stroke ?? 'solid'}`, d: linePath(x, heights) })
  if (layer.mark === 'area') return h('path', { class: `area ${layer.tone}`, d: areaPath(x, heights, y(0)) })
  const bars = { x, y: heights, base: y(0), width: Math.max(dayWidth * BAR_SHARE, THINNEST_BAR) }
  return [
    h('path', { class: `bars ${layer.tone}`, d: barsPath(bars, 'above') }),
    h('path', { class: 'bars down', d: barsPath(bars, 'below') }),
  ]
}

function endLabels(layers: readonly TimeLayer[], y: (value: number) => number, style: NumberStyle): EndLabel[] {
  return layers.flatMap(({ name, values, tone, endValue }) => {
    const last = lastFinite(values)
    if (name === undefined || last === null) return []
    const text = endValue === undefined ? name : `${name} ${numberText(endValue, style)}`
    return [{ y: y(last), text, tone }]
  })
}

/** The last finite value; null when there is none. */
export function lastFinite(values: Numbers): number | null {
  for (let i = values.length - 1; i >= 0; i--) if (Number.isFinite(values[i]!)) return values[i]!
  return null
}
