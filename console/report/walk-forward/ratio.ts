import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import { Frame, yScale } from '../../charts/frame.ts'
import { placeMarks } from '../../charts/marks.ts'
import { PLOT_WIDTH, round } from '../../charts/path.ts'
import { type Interval, linearScale, ticksOf } from '../../charts/scale.ts'
import { scalar } from '../figures.ts'
import { Term } from '../terms/term.ts'
import type { WalkReportModel } from './model.ts'
import { OverfitBadge, overfitWords } from './tiles.ts'

const RATIO: NumberStyle = { unit: 'number', digits: 2 }
const IC: NumberStyle = { unit: 'number', digits: 4, signed: true }
const HEIGHT = 64
/** A ratio beyond so many thresholds ends at the edge. */
const MOST = 4

/** The overfitting ratio against its threshold, with the flag in words. */
export function RatioFigure({ model }: { model: WalkReportModel }): JSX.Element {
  const ratio = scalar(model.metrics, 'overfitting_ratio')
  const threshold = model.computation.overfittingThreshold
  const [train, test] = ['train_ic', 'test_ic'].map((name) => scalar(model.metrics, name))
  return h(
    Figure,
    {
      id: 'overfitting',
      title: [h(Term, { group: 'walkForward', name: 'overfitting_ratio' }), ' ', h(OverfitBadge, { model })],
      note: 'size of the mean train IC over that of the mean test IC',
      table: {
        caption: 'Overfitting ratio',
        rows: { id: 'figure', name: 'figure', texts: ['overfitting_ratio', 'threshold', 'train_ic', 'test_ic'] },
        columns: [{ id: 'value', name: 'value', style: IC, values: [ratio, threshold, train!, test!] }],
      },
    },
    h(Bar, { ratio, threshold, words: overfitWords(model) }),
    h('p', { class: 'reading' }, sentence(model, ratio)),
  )
}

function Bar({ ratio, threshold, words }: { ratio: number; threshold: number; words: string }): JSX.Element {
  const known = Number.isFinite(ratio) ? ratio : 0
  const right = Math.min(Math.max(known, threshold) * 1.25, threshold * MOST)
  const domain: Interval = [0, 1]
  const x = linearScale([0, right], [0, PLOT_WIDTH])
  const y = yScale(domain, HEIGHT)
  const marks = placeMarks(
    [
      { value: threshold, text: `threshold ${threshold}`, tone: 'ink', stroke: 'dashed' },
      { value: Math.min(ratio, right), text: numberText(ratio, RATIO), tone: 'accent', stroke: 'solid' },
    ],
    x,
  )
  const end = round(Math.min(PLOT_WIDTH, x(known)))
  return h(
    Frame,
    {
      label: `Overfitting ratio ${numberText(ratio, RATIO)}, threshold ${threshold}: ${words}`,
      height: HEIGHT,
      domain,
      style: RATIO,
      yLabels: [],
      xLabels: ticksOf([0, right]).map((tick, i) => ({ x: x(tick), label: String(tick), main: i % 2 === 0 })),
      marks,
    },
    h('path', {
      class: `bars ${ratio > threshold ? 'down' : 'accent'}`,
      d: `M0 ${round(y(0.5))}H${end}V${round(y(0))}H0Z`,
    }),
  )
}

function sentence({ metrics, computation }: WalkReportModel, ratio: number): string {
  if (Number.isNaN(ratio)) return 'The ratio is not a number, so whether the walk overfits is undetermined.'
  const flipped = scalar(metrics, 'train_ic') * scalar(metrics, 'test_ic') < 0
  const blind = flipped ? ' The two have opposite signs, which the ratio cannot see.' : ''
  const times = numberText(ratio, RATIO)
  return ratio > computation.overfittingThreshold
    ? `In sample the choices looked ${times} times as good as they proved: more than the threshold allows.${blind}`
    : `In sample the choices looked ${times} times as good as they proved, which is within the threshold.${blind}`
}
