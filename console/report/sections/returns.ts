import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import type { TableColumn } from '../../charts/data-table.ts'
import { Figure } from '../../charts/figure.ts'
import { extentOf, type Interval } from '../../charts/scale.ts'
import { compoundPath, drawdownPath } from '../../charts/series.ts'
import { lastFinite, TimeChart, type TimeLayer } from '../../charts/time-chart.ts'
import type { ReportModel } from '../model.ts'

const RETURN: NumberStyle = { unit: 'percent', digits: 2, signed: true }
const END: NumberStyle = { unit: 'percent', digits: 1, signed: true }

/** Daily returns, and the questions they answer: how the book was made and what it paid. */
export interface ReturnSource {
  readonly returns: ReportModel['returns']
  readonly computation: Pick<ReportModel['computation'], 'weightMethod' | 'costModel'>
}

/** Compounded return, gross and net, above the drawdown of what is left after costs. `title` replaces the usual one. */
export function ReturnFigure(props: {
  readonly model: ReturnSource
  readonly span: Interval
  readonly title?: string
}): JSX.Element {
  const { model, span, title = 'Return' } = props
  const { dates, gross, net } = model.returns
  const grossPath = compoundPath(gross)
  const netPath = net === null ? null : compoundPath(net)
  const drawdown = drawdownPath(netPath ?? grossPath)
  const columns: TableColumn[] = [
    { id: 'gross_return', name: 'gross that day', style: RETURN, values: gross },
    ...(net ? [{ id: 'net_return', name: 'net that day', style: RETURN, values: net }] : []),
    { id: 'gross_cumulative', name: 'gross', style: RETURN, values: grossPath },
    ...(netPath ? [{ id: 'net_cumulative', name: 'net', style: RETURN, values: netPath }] : []),
    { id: 'drawdown', name: 'drawdown', style: { unit: 'percent', digits: 2 }, values: drawdown },
  ]
  return h(
    Figure,
    {
      id: 'return',
      title,
      note: `compounded, ${bookText(model)}, ${costText(model)}; below it the drawdown${net ? ', net' : ''}`,
      table: { caption: 'Daily and compounded return, and drawdown', rows: { id: 'date', days: dates }, columns },
    },
    h(TimeChart, {
      label: `Cumulative return: ${ends(grossPath, netPath)}`,
      dates,
      span,
      layers: lines(grossPath, netPath),
      style: END,
      height: 200,
      zero: true,
      axis: false,
    }),
    h(TimeChart, {
      label: `Drawdown from the highest wealth so far: at worst ${worstText(drawdown)}`,
      dates,
      span,
      layers: [{ mark: 'area', values: drawdown, tone: 'down', name: `max ${worstText(drawdown)}` }],
      style: { unit: 'percent', digits: 1 },
      height: 76,
      zero: true,
      axis: true,
    }),
  )
}

function lines(gross: Float64Array, net: Float64Array | null): TimeLayer[] {
  const last = (path: Float64Array) => lastFinite(path) ?? NaN
  const before: TimeLayer = {
    mark: 'line',
    values: gross,
    tone: net === null ? 'accent' : 'second',
    name: 'gross',
    endValue: last(gross),
  }
  return net === null
    ? [before]
    : [before, { mark: 'line', values: net, tone: 'accent', name: 'net', endValue: last(net) }]
}

function ends(gross: Float64Array, net: Float64Array | null): string {
  const before = `gross ${numberText(lastFinite(gross), END)}`
  return net === null ? before : `${before}, net ${numberText(lastFinite(net), END)}`
}

function worstText(drawdown: Float64Array): string {
  return numberText(extentOf([drawdown])?.[0], { unit: 'percent', digits: 1 })
}

function bookText({ computation }: ReturnSource): string {
  return computation.weightMethod === 'quantile'
    ? 'long the top and short the bottom fifth, gross one'
    : 'half long and half short of one unit'
}

function costText({ computation }: ReturnSource): string {
  const model = computation.costModel
  return model === null
    ? 'before costs'
    : `costs ${numberText(model.bpsPerTrade, { unit: 'bp', digits: 1 })} and impact`
}
