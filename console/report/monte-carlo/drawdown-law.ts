import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import { NumberChart } from '../../charts/number-chart.ts'
import { type Numbers, ticksOf } from '../../charts/scale.ts'
import { scalar } from '../figures.ts'
import type { PathReportModel } from './model.ts'

const LOSS: NumberStyle = { unit: 'percent', digits: 1 }
const SHARE: NumberStyle = { unit: 'percent', digits: 0 }
/** Points of the curve: as many as a chart can show apart. */
const POINTS = 101

/** How likely a fall of at least each depth is: the law that a plan for losses needs. */
export function DrawdownLawFigure({ model }: { model: PathReportModel }): JSX.Element {
  const { depths, shares } = drawdownLaw(model.distributions.max_drawdown)
  const observed = -scalar(model.metrics, 'max_drawdown')
  const tail = -scalar(model.metrics, 'max_drawdown_q05')
  const deeper = numberText(scalar(model.metrics, 'drawdown_deeper_share'), SHARE)
  return h(
    Figure,
    {
      id: 'drawdown-law',
      title: 'Drawdown law',
      note: 'share of the paths whose largest loss from a peak is at least so deep',
      table: {
        caption: 'Share of paths by depth of the largest drawdown',
        rows: { id: 'depth', name: 'depth', texts: Array.from(depths, (depth) => numberText(depth, LOSS)) },
        columns: [{ id: 'share_of_paths', name: 'share of paths', style: { ...SHARE, digits: 1 }, values: shares }],
      },
    },
    h(NumberChart, {
      label: `Share of paths by drawdown: ${deeper} fall at least ${numberText(observed, LOSS)}, as the source did`,
      style: SHARE,
      height: 150,
      zero: true,
      positions: depths,
      lines: [{ values: shares, tone: 'down', stroke: 'solid' }],
      marks: [
        { value: observed, text: `observed ${numberText(-observed, LOSS)}`, tone: 'accent', stroke: 'solid' },
        { value: tail, text: `1 in 20 ${numberText(-tail, LOSS)}`, tone: 'ink', stroke: 'dotted' },
      ],
      xTicks: ticksOf([0, depths[depths.length - 1] ?? 1]),
      xText: (depth) => numberText(-depth, { ...LOSS, digits: 0 }),
    }),
    h('p', { class: 'reading' }, sentence(model)),
  )
}

/** Share of the finite drawdowns at least as deep as each of evenly spread depths, from 0 on. */
export function drawdownLaw(drawdowns: Numbers): { readonly depths: Float64Array; readonly shares: Float64Array } {
  const sorted = Float64Array.from(Array.from(drawdowns).filter(Number.isFinite), (value) => -value).sort()
  const deepest = sorted.at(-1) ?? 0
  const depths = Float64Array.from({ length: POINTS }, (_, i) => (i * (deepest || 1)) / (POINTS - 1))
  let below = 0
  const shares = depths.map((depth) => {
    // A path as deep as the point but for rounding counts as reaching it.
    while (below < sorted.length && sorted[below]! < depth * (1 - 1e-12)) below++
    return (sorted.length - below) / Math.max(1, sorted.length)
  })
  return { depths, shares }
}

function sentence({ metrics }: PathReportModel): string {
  const lost = (name: string) => numberText(-scalar(metrics, name), LOSS)
  const deeper = numberText(scalar(metrics, 'drawdown_deeper_share'), SHARE)
  if (Number.isNaN(scalar(metrics, 'max_drawdown'))) return 'The source has no drawdown that is a number.'
  return (
    `Half of the paths lose ${lost('max_drawdown_q50')} or more from a peak, one in twenty ` +
    `${lost('max_drawdown_q05')} or more. The source lost ${lost('max_drawdown')}; ${deeper} of the paths fall at ` +
    'least as deep.'
  )
}
