import { type ComponentChildren, h, type JSX } from 'preact'
import { dateParts, dateText, MONTHS } from '../../../core/date-text.ts'
import { type GlossaryGroup, meaningOf, metricText } from '../../../core/metric-glossary.ts'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import type { Interval } from '../../charts/scale.ts'
import { compoundPath, worstDrawdown } from '../../charts/series.ts'
import { breakEvenBp, headlineIc, meanInterval, scalar, sharpeInterval } from '../figures.ts'
import type { ReportModel } from '../model.ts'
import { Term } from '../terms/term.ts'

/** One number: its name, itself, and what it must be read against. */
export interface Tile {
  readonly term: ComponentChildren
  readonly value: ComponentChildren
  readonly note: ComponentChildren
}

/** The numbers that are asked for first. */
export function TileList({ tiles }: { tiles: readonly Tile[] }): JSX.Element {
  return h(
    'dl',
    { class: 'tiles' },
    tiles.map(({ term, value, note }) =>
      h('div', null, h('dt', null, term), h('dd', null, value), h('dd', { class: 'note' }, note)),
    ),
  )
}

const TWO_DIGITS: NumberStyle = { unit: 'number', digits: 2 }

/** The eight numbers that are asked for first, each with what it must be read against. */
export function Tiles({ model }: { model: ReportModel }): JSX.Element {
  const tiles = [
    ic(model),
    icir(model),
    hitRate(model),
    sharpe(model),
    drawdown(model),
    turnover(model),
    breakEven(model),
    decay(model),
  ]
  return h(TileList, { tiles })
}

/** `0.005 to 0.045`. */
export function intervalText(interval: Interval | null, style: NumberStyle): string {
  return interval === null ? '' : `${numberText(interval[0], style)} to ${numberText(interval[1], style)}`
}

function ic(model: ReportModel): Tile {
  const { name, value } = headlineIc(model)
  const t = scalar(model.metrics, 'ic_t_newey_west')
  const interval = intervalText(meanInterval(value, t), { unit: 'number', digits: 3 })
  return tile(name, value, `t ${metricText('metrics', 'ic_t_newey_west', t)} HAC${interval && ` · ${interval}`}`)
}

function icir(model: ReportModel): Tile {
  const name = Number.isNaN(scalar(model.metrics, 'icir')) ? 'icir_valid' : 'icir'
  const year = metricText('metrics', 'icir_annualised', scalar(model.metrics, 'icir_annualised'))
  return tile(name, scalar(model.metrics, name), `${year} a year`)
}

function hitRate({ metrics }: ReportModel): Tile {
  return tile('hit_rate', scalar(metrics, 'hit_rate'), 'signs that agreed')
}

function sharpe(model: ReportModel): Tile {
  const net = model.returns.net !== null
  const name = net ? 'net_sharpe' : 'gross_sharpe'
  const value = net ? netSharpe(model) : scalar(model.metrics, name)
  const interval = intervalText(ownInterval(model) ?? sharpeInterval(value, model.returns.dates.length), TWO_DIGITS)
  return tile(name, value, net ? interval : `${interval} · no costs`)
}

/** The interval that the result carries, which knows skewness and tails; null in a result from before there was one. */
function ownInterval({ metrics }: ReportModel): Interval | null {
  const [low, high] = [scalar(metrics, 'sharpe_low'), scalar(metrics, 'sharpe_high')]
  return Number.isNaN(low) || Number.isNaN(high) ? null : [low, high]
}

function netSharpe({ metrics, costs }: ReportModel): number {
  const value = scalar(metrics, 'net_sharpe')
  return Number.isNaN(value) ? scalar(costs?.summary, 'net_sharpe') : value
}

function drawdown({ returns }: ReportModel): Tile {
  const worst = worstDrawdown(returns.dates, compoundPath(returns.net ?? returns.gross))
  const term = h(Term, {
    group: 'metrics',
    name: 'max_drawdown',
    title: returns.net ? 'Max drawdown, net' : 'Max drawdown',
  })
  if (worst === null) return { term, value: returns.dates.length === 0 ? 'n/a' : '0%', note: 'never below a peak' }
  const from = worst.peak === null ? 'the start' : shortDate(worst.peak, worst.trough)
  return {
    term,
    value: numberText(worst.depth, { unit: 'percent', digits: 1 }),
    note: `${from} to ${dateText(worst.trough)}`,
  }
}

function shortDate(day: number, other: number): string {
  const { year, month, date } = dateParts(day)
  return year === dateParts(other).year ? `${date} ${MONTHS[month]}` : dateText(day)
}

function turnover({ metrics }: ReportModel): Tile {
  return tile('average_turnover', scalar(metrics, 'average_turnover'), 'a day, one way')
}

function breakEven(model: ReportModel): Tile {
  const paid = scalar(model.costs?.summary, 'avg_trade_cost_bps')
  const note = Number.isNaN(paid) ? 'no costs asked for' : `you pay ${numberText(paid, { unit: 'bp', digits: 1 })}`
  return tile('breakeven_bps', breakEvenBp(model), note)
}

function decay({ metrics, decay: { horizons, rankIc } }: ReportModel): Tile {
  const value = scalar(metrics, 'decay_half_life')
  if (!Number.isNaN(value)) return tile('decay_half_life', value, 'to half of the IC')
  const last = rankIc.length - 1
  const grows = last > 0 && rankIc[last]! > rankIc[0]! && rankIc[0]! > 0
  const note = grows ? `IC grows to ${horizons[last]} days` : rankIc[0]! > 0 ? 'never falls to half' : 'no IC to decay'
  return { term: h(Term, { group: 'metrics', name: 'decay_half_life' }), value: 'none', note }
}

function tile(name: string, value: number, note: string): Tile {
  return tileOf('metrics', name, value, note)
}

/** The tile of a metric; a value that is not there gives way to its reason. */
export function tileOf(group: GlossaryGroup, name: string, value: number, note: ComponentChildren): Tile {
  const absent = Number.isNaN(value) ? meaningOf(group, name)?.absent : undefined
  return { term: h(Term, { group, name }), value: metricText(group, name, value), note: absent ?? note }
}
