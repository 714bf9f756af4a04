import { h, type JSX } from 'preact'
import { meaningOf } from '../../../core/metric-glossary.ts'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import type { Mark } from '../../charts/marks.ts'
import { Histogram } from '../../charts/number-chart.ts'
import { extentOf, ticksOf } from '../../charts/scale.ts'
import { type Bin, histogram } from '../../charts/series.ts'
import { scalar } from '../figures.ts'
import { Term } from '../terms/term.ts'
import type { PathMetric, PathReportModel } from './model.ts'
import { type Centre, centreOf } from './path-bins.ts'

const COUNT: NumberStyle = { unit: 'count', digits: 0 }

/** What the paths say of one figure, with the observed value and the levels of 5, 50 and 95 %. */
export function DistributionFigure(props: {
  readonly model: PathReportModel
  readonly metric: PathMetric
}): JSX.Element {
  const { model, metric } = props
  const style = meaningOf('monteCarlo', metric)!
  const centre = centreOf(model.distributions[metric])
  const bins = centre.width === 0 ? [] : histogram(centre.values, centre.width)
  return h(
    Figure,
    {
      id: `paths-${metric.replace('_', '-')}`,
      title: h(Term, { group: 'monteCarlo', name: metric }),
      note: noteOf(centre),
      table: {
        caption: `Paths by ${style.title}`,
        rows: { id: 'from', name: 'from', texts: bins.map((bin) => numberText(bin.low, edge(style, centre.width))) },
        columns: [{ id: 'paths', name: 'paths', style: COUNT, values: bins.map((bin) => bin.count) }],
      },
    },
    bins.length === 0 ? h('p', { class: 'one-point' }, onePoint(model, metric)) : drawn(props, { bins, centre }),
    h('p', { class: 'reading' }, sentence(model, metric)),
  )
}

function drawn(
  { model, metric }: { readonly model: PathReportModel; readonly metric: PathMetric },
  { bins, centre }: { readonly bins: readonly Bin[]; readonly centre: Centre },
): JSX.Element {
  const style = meaningOf('monteCarlo', metric)!
  const range = extentOf([[bins[0]!.low, bins.at(-1)!.high]])
  const words = (name: string) => numberText(scalar(model.metrics, name), style)
  return h(Histogram, {
    label:
      `${style.title} over ${centre.values.length} paths: observed ${words(metric)}, ` +
      `5% below ${words(`${metric}_q05`)}, half below ${words(`${metric}_q50`)}, 95% below ${words(`${metric}_q95`)}`,
    style: COUNT,
    height: 168,
    bins,
    marks: marksOf(model, metric),
    xTicks: range === null ? [] : ticksOf(range),
    xText: (value) => (value === 0 ? '0' : numberText(value, edge(style, centre.width))),
  })
}

/** Observed value and levels; levels that are missing have no mark. */
export function marksOf({ metrics }: PathReportModel, metric: PathMetric): Mark[] {
  const style = meaningOf('monteCarlo', metric)!
  const marks: Mark[] = [
    { value: scalar(metrics, metric), text: 'observed', tone: 'accent', stroke: 'solid' },
    { value: scalar(metrics, `${metric}_q05`), text: '5%', tone: 'ink', stroke: 'dotted' },
    { value: scalar(metrics, `${metric}_q50`), text: '50%', tone: 'ink', stroke: 'dashed' },
    { value: scalar(metrics, `${metric}_q95`), text: '95%', tone: 'ink', stroke: 'dotted' },
  ]
  return marks
    .filter(({ value }) => Number.isFinite(value))
    .map((mark) => ({ ...mark, text: `${mark.text} ${numberText(mark.value, style)}` }))
}

/** Enough digits to tell the edges of bins apart. */
function edge(style: NumberStyle, width: number): NumberStyle {
  const factor = style.unit === 'percent' ? 100 : 1
  const digits = Math.min(6, Math.max(0, -Math.floor(Math.log10(width * factor) + 1e-9)))
  return { unit: style.unit, digits: Number.isFinite(digits) ? digits : style.digits }
}

function noteOf({ values, outside }: Centre): string {
  const beyond = outside === 0 ? '' : `; ${outside} paths lie further out`
  return `paths by value${beyond}${values.length === 0 ? '; none has a value' : ''}`
}

function onePoint({ metrics, distributions }: PathReportModel, metric: PathMetric): string {
  const style = meaningOf('monteCarlo', metric)!
  const some = Array.from(distributions[metric]).some(Number.isFinite)
  if (!some) return `No path has a value: ${style.absent}.`
  return `Every path has the same value, ${numberText(scalar(metrics, metric), style)}.`
}

function sentence({ computation, metrics }: PathReportModel, metric: PathMetric): string {
  const style = meaningOf('monteCarlo', metric)!
  const at = (column: string) => scalar(metrics, `${metric}${column}`)
  const [low, high] = [at('_q05'), at('_q95')]
  if (computation.method === 'shuffle' && metric !== 'max_drawdown') {
    return 'It does not depend on the order of days, so these paths say nothing of it.'
  }
  if (Number.isNaN(low) || Number.isNaN(high)) return 'The levels of 5% and 95% were not asked for, or do not exist.'
  const range = `Nine paths in ten lie between ${numberText(low, style)} and ${numberText(high, style)}`
  return `${range}${MEANINGS[metric](low, high)}`
}

const MEANINGS: Readonly<Record<PathMetric, (low: number, high: number) => string>> = {
  sharpe: (low, high) =>
    low < 0 && high > 0 ? ': on both sides of zero, so its sign is not settled.' : ': its sign is settled.',
  mean_ic: (low, high) =>
    low < 0 && high > 0 ? ': on both sides of zero, so its sign is not settled.' : ': its sign is settled.',
  max_drawdown: () => ': plan for the left end, not for the past.',
  hit_rate: (low) =>
    low >= 0.5 ? ': more days won than lost, also by bad luck.' : ': days won and lost are near even.',
}
