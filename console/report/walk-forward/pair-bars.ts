import { h, type JSX } from 'preact'
import type { CategoryProps } from '../../charts/category-chart.ts'
import { Frame, yScale } from '../../charts/frame.ts'
import { isDrawable, PLOT_WIDTH, round } from '../../charts/path.ts'
import { extentOf, including, type Numbers, padded } from '../../charts/scale.ts'

export interface PairBarsProps extends CategoryProps {
  readonly names: readonly string[]
  /** What the bars stand for; NaN: none. */
  readonly values: Numbers
  /** What the dashes stand for, on the same scale. */
  readonly marks: Numbers
}

const BAR_SHARE = 0.4
/** Plot units that a bar is wide at most: few bars stay bars. */
const WIDEST_BAR = 70
const DASH_SHARE = 0.8
const WIDEST_DASH = 130
/** Labels that a narrow chart has room for. */
const MOST_LABELS = 24
const MOST_MAIN = 8

/** A bar and a dash per category: what came, and what it is compared with. */
export function PairBars({ label, style, height, names, values, marks }: PairBarsProps): JSX.Element {
  const domain = padded(including(extentOf([values, marks]) ?? [0, 0], 0))
  const y = yScale(domain, height)
  const slot = PLOT_WIDTH / Math.max(1, names.length)
  const middle = (i: number) => (i + 0.5) * slot
  const every = Math.ceil(names.length / MOST_LABELS)
  const mainEvery = Math.ceil(names.length / MOST_MAIN)
  const xLabels = names.flatMap((name, i) =>
    i % every === 0 ? [{ x: middle(i), label: name, main: i % mainEvery === 0 }] : [],
  )
  const halfBar = Math.min(slot * BAR_SHARE, WIDEST_BAR) / 2
  const dash = Math.min(slot * DASH_SHARE, WIDEST_DASH)
  const bars = (negative: boolean) =>
    Array.from(values, (value, i) => {
      if (!isDrawable(y(value)) || value < 0 !== negative) return ''
      const left = round(middle(i) - halfBar)
      return `M${left} ${round(y(0))}V${round(y(value))}h${round(2 * halfBar)}V${round(y(0))}Z`
    }).join('')
  const dashes = Array.from(marks, (value, i) => {
    if (!isDrawable(y(value))) return ''
    return `M${round(middle(i) - dash / 2)} ${round(y(value))}h${round(dash)}`
  }).join('')
  return h(
    Frame,
    { label, height, domain, style, xLabels },
    h('path', { class: 'bars second', d: bars(false) }),
    h('path', { class: 'bars down', d: bars(true) }),
    h('path', { class: 'line ink', d: dashes }),
  )
}
