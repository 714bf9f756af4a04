import { h, type JSX } from 'preact'
import type { NumberStyle } from '../../core/number-text.ts'
import { Frame, type XLabel, yScale } from './frame.ts'
import { isDrawable, linePath, PLOT_WIDTH, round } from './path.ts'
import { extentOf, type Interval, including, logScale, type Numbers, padded } from './scale.ts'

/** What every chart of this kind is given. */
export interface CategoryProps {
  readonly label: string
  readonly style: NumberStyle
  readonly height: number
}

export interface ErrorBarsProps extends CategoryProps {
  readonly names: readonly string[]
  readonly values: Numbers
  /** Standard errors; NaN where not known, and then no error bar stands there. */
  readonly errors: Numbers
}

/** Share of its place that a bar fills. */
const BAR_SHARE = 0.62

/** One bar per category from zero, each with plus and minus one standard error. */
export function ErrorBars({ label, style, height, names, values, errors }: ErrorBarsProps): JSX.Element {
  const low = Float64Array.from(values, (value, i) => value - known(errors[i]!))
  const high = Float64Array.from(values, (value, i) => value + known(errors[i]!))
  const domain = padded(including(extentOf([low, high]) ?? [0, 0], 0))
  const y = yScale(domain, height)
  const slot = PLOT_WIDTH / Math.max(1, names.length)
  const middle = (i: number) => (i + 0.5) * slot
  const xLabels = names.map((name, i) => ({ x: middle(i), label: name, main: true }))
  return h(
    Frame,
    { label, height, domain, style, xLabels },
    Array.from(values, (value, i) => {
      if (!isDrawable(y(value))) return null
      const tone = value < 0 ? 'down' : 'second'
      const left = middle(i) - (slot * BAR_SHARE) / 2
      const bar = `M${round(left)} ${round(y(0))}V${round(y(value))}h${round(slot * BAR_SHARE)}V${round(y(0))}Z`
      const stem = `M${round(middle(i))} ${round(y(low[i]!))}V${round(y(high[i]!))}`
      return [
        h('path', { class: `bars ${tone}`, d: bar }),
        Number.isFinite(errors[i]!) &&
          isDrawable(y(low[i]!)) &&
          isDrawable(y(high[i]!)) &&
          h('path', { class: 'error', d: stem }),
      ]
    }),
  )
}

export interface LogCurveProps extends CategoryProps {
  /** Ascending, above zero: horizons in days, amounts of money. */
  readonly positions: Numbers
  readonly values: Numbers
  /** The label of a position; null: none. */
  readonly xText: (position: number) => string | null
}

/** Points joined by a line on a log axis, where equal ratios stand equally far apart. */
export function LogCurve({ label, style, height, positions, values, xText }: LogCurveProps): JSX.Element {
  const domain = padded(including(extentOf([values]) ?? [0, 0], 0))
  const y = yScale(domain, height)
  const ends: Interval = [positions[0] ?? 1, positions[positions.length - 1] ?? 1]
  // Room at both ends, so that no point is cut and no label hangs over.
  const x = logScale(ends, [PLOT_WIDTH * 0.02, PLOT_WIDTH * 0.96])
  const xs = Float64Array.from(positions, x)
  const ys = Float64Array.from(values, y)
  return h(
    Frame,
    { label, height, domain, style, xLabels: sparse(positions, xs, xText) },
    h('path', { class: 'line accent', d: linePath(xs, ys) }),
    // A stroke of no length with round ends is a dot that does not stretch with the plot.
    h('path', { class: 'dot', d: dots(xs, ys) }),
    h('path', { class: 'dot inner', d: dots(xs, ys) }),
  )
}

/** Plot units that a character of a label takes: in a chart of 480 pixels, and in the narrowest one. */
const UNITS_PER_CHARACTER = 12
const UNITS_PER_CHARACTER_NARROW = 20
const LABEL_GAP = 10

/** Labels that do not touch; those that would in a narrow chart are minor. */
function sparse(positions: Numbers, xs: Numbers, xText: LogCurveProps['xText']): XLabel[] {
  const labels: XLabel[] = []
  let last = -Infinity
  let lastMain = -Infinity
  for (let i = 0; i < positions.length; i++) {
    const label = xText(positions[i]!)
    const x = xs[i]!
    if (label === null || x - last < label.length * UNITS_PER_CHARACTER + LABEL_GAP) continue
    const main = x - lastMain >= label.length * UNITS_PER_CHARACTER_NARROW + LABEL_GAP
    labels.push({ x, label, main })
    last = x
    if (main) lastMain = x
  }
  return labels
}

function dots(xs: Numbers, ys: Numbers): string {
  let path = ''
  for (let i = 0; i < xs.length; i++) if (isDrawable(ys[i]!)) path += `M${round(xs[i]!)} ${round(ys[i]!)}h0`
  return path
}

function known(error: number): number {
  return Number.isFinite(error) ? error : 0
}
