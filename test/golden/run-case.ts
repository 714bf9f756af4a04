import { dayNumber, formatIsoDate } from '../../core/dates.ts'
import type { Backtest, WeightMethod } from '../../core/request.ts'
import { type AlphaParameters, computeAll } from '../../engine/index.ts'
import { createForwardTile } from '../../engine/kernels/forward-returns.ts'
import type { Panel } from '../../engine/panel.ts'
import { type BacktestResult, CELL, type DenseTable, type Series } from '../../engine/result.ts'
import { type GoldenJson, goldenPanel } from './load.ts'

/** A Backtest with every default, of what a golden case names. */
export function backtestOf(asked: Partial<Backtest> & { alphaName: string; parameters?: AlphaParameters }): Backtest {
  const { alphaName, parameters, ...rest } = asked
  return {
    dataset: 'golden',
    snapshotId: null,
    alpha: { name: alphaName, parameters: parameters ?? {} },
    startDate: '2024-01-02',
    endDate: '2024-03-29',
    weightMethod: 'zscore',
    decayHorizons: [1, 2, 5, 10, 20, 60],
    costModel: null,
    quantiles: null,
    ...rest,
  }
}

/** The Backtest of a case file's header; its parameters are in snake_case there. */
export function caseBacktest(golden: GoldenJson, weightMethod: WeightMethod): Backtest {
  return backtestOf({
    alphaName: golden.alpha,
    parameters: camelKeys(golden.params),
    startDate: golden.start,
    endDate: golden.end,
    decayHorizons: golden.decay_horizons,
    weightMethod,
  })
}

/** The result of a case file under one weight method. */
export async function runCase(golden: GoldenJson, weightMethod: WeightMethod): Promise<BacktestResult> {
  const panel = await goldenPanel(golden.panel, golden.fundamentals)
  return computeAll(caseBacktest(golden, weightMethod), panel)
}

/** Parameters of a case under the names of a manifest. */
export function camelKeys<V>(parameters: Record<string, V>): Record<string, V> {
  const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [camel(key), value]))
}

/** A date's rows of a dense table as golden columns: ids ascending, null kept. */
export function crossSection(result: BacktestResult, table: DenseTable, date: string) {
  const names = result.permnos.length
  const k = result.dates.indexOf(dayNumber(date))
  const permno: number[] = []
  const value: (number | null)[] = []
  for (let i = 0; i < names; i++) {
    const state = table.state[k * names + i]
    if (state === CELL.absent || state === undefined) continue
    permno.push(result.permnos[i]!)
    value.push(state === CELL.null ? null : table.values[k * names + i]!)
  }
  return { permno, value }
}

/** A series as ISO dates and values. */
export function datedColumns({ dates, values }: Series): { date: string[]; value: number[] } {
  return { date: Array.from(dates, formatIsoDate), value: Array.from(values) }
}

/** The forward returns that a run joins its signals with, as golden columns. */
export function forwardReturns(panel: Panel, date: string, horizon: number) {
  const first = panel.dates.indexOf(dayNumber(date))
  const { values, clear, fill } = createForwardTile(panel, [horizon], 1)
  fill(first, 1)
  const kept = Array.from(panel.permnos.keys()).filter((i) => clear[i] === horizon)
  return { permno: kept.map((i) => panel.permnos[i]!), value: kept.map((i) => values[i]!) }
}
