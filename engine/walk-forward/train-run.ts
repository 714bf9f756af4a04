import type { Backtest } from '../../core/request.ts'
import { signalSource } from '../alphas/signal-source.ts'
import { createForwardTile } from '../kernels/forward-returns.ts'
import { hitRate } from '../metrics/hit-rate.ts'
import { icir, meanIc } from '../metrics/icir.ts'
import { MIN_PAIRS } from '../metrics/rank-ic.ts'
import { riskMetrics } from '../metrics/risk.ts'
import type { Panel } from '../panel.ts'
import { bookReturn } from '../portfolio/returns.ts'
import { DEFAULT_WEIGHTS, weightSignal } from '../portfolio/weights.ts'
import type { BacktestResult } from '../result.ts'
import { createSignal } from '../signal.ts'
import type { RowSpan } from './plan-walk.ts'
import { hitsOfLabels, joinRoom, type LabelRanks, rankIcOfLabels } from './scores/label-ranks.ts'

/** Dates whose next-day returns are computed together. */
const TILE_DATES = 64

/** The winner of a search on its train span, and the labels of those days. */
export interface TrainRun {
  readonly backtest: Backtest
  readonly panel: Panel
  readonly labels: LabelRanks
  readonly rows: RowSpan
}

/**
 * What the winner did in sample: the three search metrics and the risk of its book before costs, with the bits that a
 * whole Backtest of those days reports under the same names. Yields the day number after each date. The labels of all
 * rows must be known.
 */
export function* trainMetrics(run: TrainRun): Generator<number, BacktestResult['metrics']> {
  const { backtest, panel, labels, rows } = run
  const names = panel.permnos.length
  const source = signalSource(backtest.alpha, panel, rows.first + rows.count - 1)
  const signal = createSignal(names)
  const weights = { values: new Float64Array(names), state: new Uint8Array(names) }
  const room = joinRoom(names)
  const tile = createForwardTile(panel, [1], Math.min(TILE_DATES, rows.count))
  const ics: number[] = []
  const total = { pairs: 0, signed: 0, hits: 0 }
  const book = { dates: [] as number[], values: [] as number[] }
  for (let k = 0; k < rows.count; k++) {
    const row = rows.first + k
    const at = (k % TILE_DATES) * names
    if (at === 0) tile.fill(row, Math.min(TILE_DATES, rows.count - k))
    source.at(row, signal)
    const day = row - labels.rows.first
    if (signal.rows >= MIN_PAIRS) ics.push(rankIcOfLabels(signal, labels, day, room))
    const { pairs, signed, hits } = hitsOfLabels(signal, labels, day)
    total.pairs += pairs
    total.signed += signed
    total.hits += hits
    weightSignal(signal, { ...DEFAULT_WEIGHTS, method: backtest.weightMethod }, weights)
    const { earned } = bookReturn(weights, {
      values: tile.values.subarray(at, at + names),
      clear: tile.clear.subarray(at, at + names),
      horizon: 1,
    })
    if (earned !== null) {
      book.dates.push(panel.dates[row]!)
      book.values.push(earned)
    }
    yield panel.dates[row]!
  }
  const returns = { dates: Int32Array.from(book.dates), values: Float64Array.from(book.values) }
  return { mean_ic: meanIc(ics), icir: icir(ics), hit_rate: hitRate(total), ...riskMetrics(returns).metrics }
}
