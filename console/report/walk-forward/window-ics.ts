import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import { scalar } from '../figures.ts'
import type { WalkReportModel } from './model.ts'
import { PairBars } from './pair-bars.ts'

const IC: NumberStyle = { unit: 'number', digits: 4, signed: true }

/** What each choice promised on its train span beside what it kept on its test span. */
export function WindowIcFigure({ model }: { model: WalkReportModel }): JSX.Element {
  const { windows, metrics } = model
  const [train, test] = [windows.map(({ trainIc }) => trainIc), windows.map(({ testIc }) => testIc)]
  const [promised, kept] = ['train_ic', 'test_ic'].map((name) => numberText(scalar(metrics, name), IC))
  return h(
    Figure,
    {
      id: 'window-ic',
      title: 'Promised and kept',
      note: 'by window: the dash is the IC of the choice on its train span, the bar that on its test span',
      table: {
        caption: 'Train and test IC by window',
        rows: { id: 'window', name: 'window', texts: windows.map(({ id }) => String(id)) },
        columns: [
          { id: 'train_ic', name: 'train IC', style: IC, values: train },
          { id: 'test_ic', name: 'test IC', style: IC, values: test },
        ],
      },
    },
    h(PairBars, {
      label: `Train and test IC by window: on average ${promised} in train and ${kept} in test`,
      names: windows.map(({ id }) => String(id)),
      values: test,
      marks: train,
      style: { unit: 'number', digits: 2, signed: true },
      height: 140,
    }),
    h('p', { class: 'reading' }, signSentence(model)),
  )
}

function signSentence({ metrics }: WalkReportModel): string {
  const share = scalar(metrics, 'sign_flip_share')
  const flips = numberText(share, { unit: 'percent', digits: 0 })
  if (Number.isNaN(share)) return 'No window has both ICs, so nothing can be compared.'
  const flipped = scalar(metrics, 'train_ic') * scalar(metrics, 'test_ic') < 0
  return flipped
    ? `The mean IC changes its sign out of sample, which the overfitting ratio cannot see; ${flips} of windows flip.`
    : `In ${flips} of the windows the test IC has the opposite sign of the train IC.`
}
