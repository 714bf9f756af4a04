import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../core/number-text.ts'
import type { CategoryProps } from './category-chart.ts'
import { Frame, type Tone, yScale } from './frame.ts'
import { type Mark, marksHeight, placeMarks } from './marks.ts'
import { linePath, PLOT_WIDTH, round } from './path.ts'
import { extentOf, type Interval, including, linearScale, type Numbers, padded } from './scale.ts'
import type { Bin } from './series.ts'

/** The x axis of a chart of numbers. */
interface NumberAxis extends CategoryProps {
  readonly xTicks: readonly number[]
  readonly xText: (value: number) => string
  readonly marks: readonly Mark[]
}

export interface HistogramProps extends NumberAxis {
  readonly bins: readonly Bin[]
}

/** Counts in bins of equal width, those below zero told apart, with values marked. */
export function Histogram({ label, style, height, bins, marks, xTicks, xText }: HistogramProps): JSX.Element {
  const first = bins[0]?.low ?? 0
  const x = linearScale([first, bins.at(-1)?.high ?? first + 1], [0, PLOT_WIDTH])
  const placed = placeMarks(marks, x)
  const domain = below([0, Math.max(1, ...bins.map((bin) => bin.count)) * 1.04], marksHeight(placed) / height)
  const y = yScale(domain, height)
  const gap = PLOT_WIDTH / Math.max(1, bins.length) / 10
  const bars = (negative: boolean) =>
    bins
      .filter((bin) => bin.count > 0 && bin.low < 0 === negative)
      .map((bin) => {
        const right = x(bin.high) - gap
        return `M${round(x(bin.low) + gap)} ${round(y(0))}V${round(y(bin.count))}H${round(right)}V${round(y(0))}Z`
      })
      .join('')
  return h(
    Frame,
    { label, height, domain, style, xLabels: xLabels({ xTicks, xText }, x), marks: placed },
    h('path', { class: 'bars second', d: bars(false) }),
    h('path', { class: 'bars down', d: bars(true) }),
  )
}

/** One line of a chart; its name stands at its end. */
export interface NumberLine {
  readonly values: Numbers
  readonly tone: Tone
  readonly stroke: 'solid' | 'dashed' | 'dotted'
  readonly name?: string
}

export interface NumberChartProps extends NumberAxis {
  /** Ascending. */
  readonly positions: Numbers
  readonly lines: readonly NumberLine[]
  /** Whether zero belongs to the picture even where no value comes near it. */
  readonly zero: boolean
}

/** Lines over an axis of numbers. */
export function NumberChart(props: NumberChartProps): JSX.Element {
  const { label, style, height, positions, lines, marks, zero } = props
  const x = linearScale([positions[0] ?? 0, positions[positions.length - 1] ?? 1], [0, PLOT_WIDTH])
  const placed = placeMarks(marks, x)
  const extent = extentOf(lines.map((line) => line.values)) ?? [0, 0]
  const domain = below(padded(zero ? including(extent, 0) : extent), marksHeight(placed) / height)
  const y = yScale(domain, height)
  const xs = Float64Array.from(positions, x)
  const endLabels = lines.flatMap(({ name, values, tone }) =>
    name === undefined ? [] : [{ y: y(values[values.length - 1]!), text: name, tone }],
  )
  return h(
    Frame,
    { label, height, domain, style, xLabels: xLabels(props, x), endLabels, marks: placed },
    lines.map(({ values, tone, stroke }) =>
      h('path', { class: `line ${tone} ${stroke}`, d: linePath(xs, Float64Array.from(values, y)) }),
    ),
  )
}

/** One set of points; two numbers each. */
export interface PointSet {
  readonly x: Numbers
  readonly y: Numbers
  /** What stands out, and what it is seen against. */
  readonly look: 'chosen' | 'other'
}

export interface ScatterProps extends Omit<NumberAxis, 'marks' | 'xTicks' | 'xText'> {
  readonly points: readonly PointSet[]
  readonly xStyle: NumberStyle
  /** Words at the end of the x axis. */
  readonly xName: string
  readonly ticksOf: (domain: Interval) => readonly number[]
}

/** Points of two numbers each, with both zeros. */
export function Scatter({ label, style, height, points, xStyle, xName, ticksOf }: ScatterProps): JSX.Element {
  const xDomain = padded(including(extentOf(points.map((set) => set.x)) ?? [0, 0], 0))
  const domain = padded(including(extentOf(points.map((set) => set.y)) ?? [0, 0], 0))
  const [x, y] = [linearScale(xDomain, [0, PLOT_WIDTH]), yScale(domain, height)]
  const ticks = ticksOf(xDomain)
  const labels = ticks.map((tick, i) => ({
    x: x(tick),
    label: `${tick === 0 ? '0' : numberText(tick, xStyle)}${i === ticks.length - 1 ? ` ${xName}` : ''}`,
    main: i === ticks.length - 1 || tick === 0,
  }))
  return h(
    Frame,
    { label, height, domain, style, xLabels: labels },
    h('path', { class: 'line zero', d: `M${round(x(0))} ${round(y(domain[0]))}V${round(y(domain[1]))}` }),
    points.map((set) => h('path', { class: `point ${set.look}`, d: dots(set, x, y) })),
  )
}

function dots({ x: xs, y: ys }: PointSet, x: (value: number) => number, y: (value: number) => number): string {
  let path = ''
  for (let i = 0; i < xs.length; i++) {
    if (Number.isFinite(xs[i]!) && Number.isFinite(ys[i]!)) path += `M${round(x(xs[i]!))} ${round(y(ys[i]!))}h0`
  }
  return path
}

function xLabels({ xTicks, xText }: Pick<NumberAxis, 'xTicks' | 'xText'>, x: (value: number) => number) {
  return xTicks.map((value, i) => ({ x: x(value), label: xText(value), main: i % 2 === 0 }))
}

/** The domain with free room at its top: a share of the height, for the labels of marks. */
function below([low, high]: Interval, share: number): Interval {
  return [low, low + (high - low) / (1 - Math.min(0.6, share))]
}
