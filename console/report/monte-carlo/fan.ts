import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import { NumberChart, type NumberLine } from '../../charts/number-chart.ts'
import { type Numbers, ticksOf } from '../../charts/scale.ts'
import type { PathFan, PathReportModel } from './model.ts'

const RETURN: NumberStyle = { unit: 'percent', digits: 1, signed: true }
const LINES: readonly Pick<NumberLine, 'stroke'>[] = [
  { stroke: 'dotted' },
  { stroke: 'dashed' },
  { stroke: 'solid' },
  { stroke: 'dashed' },
  { stroke: 'dotted' },
]
const LEVELS = ['5%', '25%', '50%', '75%', '95%']

/** How paths spread as days pass, with the source among them. */
export function FanFigure({ model }: { model: PathReportModel }): JSX.Element {
  const { fan } = model
  if (fan === null) {
    return h('p', null, 'The files of the source are not at hand, so its paths cannot be drawn.')
  }
  const gain = (line: Numbers) => Float64Array.from(line, (wealth) => wealth - 1)
  const observed = gain(fan.observed)
  const levels = fan.lines.map(gain)
  const ends = [observed, ...levels].map((line) => numberText(line.at(-1), RETURN))
  const [own, low, , middle, , high] = ends
  return h(
    Figure,
    {
      id: 'fan',
      title: 'Paths',
      note: `return after so many days: levels of ${fan.paths} paths at each day, and the source itself`,
      table: {
        caption: 'Return by days passed',
        rows: { id: 'days', name: 'days', texts: Array.from(fan.days, String) },
        columns: [
          { id: 'observed', name: 'source', style: RETURN, values: observed },
          ...levels.map((values, i) => ({
            id: `level_${LEVELS[i]!.replace('%', '')}`,
            name: LEVELS[i]!,
            style: RETURN,
            values,
          })),
        ],
      },
    },
    h(NumberChart, {
      label: `Return of the paths: at the end 5% below ${low}, half below ${middle}, 95% below ${high}; source ${own}`,
      style: RETURN,
      height: 220,
      zero: true,
      positions: fan.days,
      lines: [
        ...levels.map((values, i): NumberLine => {
          const name = { name: `${LEVELS[i]} ${ends[i + 1]}` }
          return { values, tone: 'second', ...LINES[i]!, ...name }
        }),
        { values: observed, tone: 'accent', stroke: 'solid', name: `source ${own}` },
      ],
      marks: [],
      xTicks: dayTicks(fan),
      xText: (days) => (days === 0 ? '0 days' : String(days)),
    }),
    h('p', { class: 'reading' }, sentence(model, ends)),
  )
}

function dayTicks({ days }: PathFan): number[] {
  return ticksOf([0, days[days.length - 1] ?? 1], 7)
}

function sentence({ computation, fan }: PathReportModel, ends: readonly string[]): string {
  const [own, low, , middle, , high] = ends
  const days = fan!.days[fan!.days.length - 1]
  if (computation.method === 'shuffle') {
    return `All paths end at ${own}, where the source ends: they hold the same days, and differ only in the way there.`
  }
  return (
    `After ${days} days nine paths in ten stand between ${low} and ${high}, half of them below ${middle}; the source ` +
    `stands at ${own}. What lies between is what the same days could have given in another draw.`
  )
}
