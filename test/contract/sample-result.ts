import type { BacktestPlan } from '../../core/plan.ts'
import { planBacktest } from '../../core/plan.ts'
import type { Backtest, BacktestRequest } from '../../core/request.ts'
import {
  type BacktestResult,
  CELL,
  type CostResult,
  type DenseTable,
  type QuantileResult,
} from '../../engine/result.ts'
import { RUN } from './sample-run.ts'

const FIRST_DAY = 16436
const SNAPSHOT = 'sp500-2f6c0a91'

const BACKTEST: Backtest = {
  dataset: 'sp500',
  snapshotId: SNAPSHOT,
  alpha: {
    name: 'momentum',
    parameters: { lookbackDays: 252, skipDays: 21, winsorizePct: 0.01, universeFilter: 'all' },
  },
  startDate: '2015-01-01',
  endDate: '2015-12-31',
  weightMethod: 'zscore',
  decayHorizons: [1, 2, 5],
  costModel: null,
  quantiles: null,
}

export const COST_MODEL = {
  bpsPerTrade: 5,
  impactCoefficient: 0.1,
  participationLimit: 0.05,
  portfolioValueUsd: 1_000_000,
} as const

export const QUANTILES = {
  count: 3,
  holdingPeriodDays: 20,
  skipDays: 1,
  minObservationsPerDate: 50,
  minTotalDates: 50,
} as const

/** A plan whose job id follows from its fields. */
export function samplePlan(change: Partial<Backtest> = {}, namespace = 'default'): BacktestPlan {
  const request: BacktestRequest = {
    kind: 'Backtest',
    name: 'sample',
    namespace,
    createdBy: null,
    run: RUN,
    backtest: { ...BACKTEST, ...change },
  }
  const snapshot = {
    snapshotId: SNAPSHOT,
    dataset: 'sp500',
    fullSha256: `2f6c0a91${'7'.repeat(56)}`,
    startDate: '2013-02-08',
    endDate: '2018-02-07',
    datasetVersionIds: { crsp: '3', compustat: '1' },
  }
  return planBacktest(request, {
    newest: new Map([['sp500', SNAPSHOT]]),
    snapshots: new Map([[SNAPSHOT, snapshot]]),
  })
}

export interface SampleOptions {
  readonly days?: number
  readonly names?: number
  readonly costs?: boolean
  readonly quantiles?: boolean
  readonly blend?: boolean
}

/**
 * A result with everything a file can be asked to hold: absent cells, null signals, NaN days, an infinity, a metric of
 * each sort. Deterministic, without the engine: what it says need not make sense together, but for book and turnover.
 */
export function sampleResult(options: SampleOptions = {}): BacktestResult {
  const { days = 12, names = 7 } = options
  const dates = Int32Array.from({ length: days }, (_, k) => FIRST_DAY + k + Math.floor(k / 5) * 2)
  const permnos = Float64Array.from({ length: names }, (_, i) => 10001 + 7 * i)
  const weights = sampleTable(days, names, { seed: 2, nulls: false })
  return {
    alphaName: 'momentum_252_21',
    dates,
    permnos,
    signals: sampleTable(days, names, { seed: 1, nulls: true }),
    weights,
    dailyIc: { dates, ic: numbers(days, 3), rankIc: numbers(days, 4, 2) },
    decay: { horizons: Int32Array.of(1, 2, 5), ic: Float64Array.of(0.01, 0.02, Number.NaN), rankIc: numbers(3, 5) },
    portfolioReturns: { dates: dates.slice(0, -1), values: numbers(days - 1, 6, 3) },
    ...bookOf(dates, names, weights),
    lastProcessedDate: dates[days - 1] as number,
    stoppedEarly: true,
    metrics: METRICS,
    costs: options.costs ? sampleCosts(dates) : null,
    quantiles: options.quantiles ? sampleQuantiles(dates) : null,
    blend: options.blend
      ? {
          names: ['momentum_252_21', 'reversal_5'],
          dates,
          weights: numbers(days * 2, 9),
          correlation: { pearson: 0.1, spearman: Number.NaN },
        }
      : null,
    warnings: [{ code: 'stopped_early', message: 'the snapshot ends before the run' }],
  }
}

const METRICS = {
  mean_ic: 0.012345678901234567,
  icir: Number.NaN,
  hit_rate: 0.5 + 2 ** -52,
  coverage: 1,
  long_short_spread: -1e-17,
  average_turnover: 1 / 3,
  decay_half_life: null,
  annualized_turnover: 84,
  n_days: 12,
  n_symbols_avg: 6.75,
  signal_autocorrelation_1: 0.9,
  signal_autocorrelation_5: Number.NaN,
  signal_autocorrelation_20: 0.2,
  gross_sharpe: Number.POSITIVE_INFINITY,
  calmar: Number.NEGATIVE_INFINITY,
} as const

/** Numbers in (-1, 1) that use the whole mantissa; every `nanEvery`-th is NaN, if that is not 0. */
export function numbers(length: number, seed: number, nanEvery = 0): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    if (nanEvery > 0 && i % nanEvery === nanEvery - 1) return Number.NaN
    const mixed = Math.imul((i + 1) * 2654435761 + seed * 40503, 2246822519) >>> 0
    return (mixed / 2 ** 31 - 1) * (1 - 2 ** -30)
  })
}

function sampleTable(days: number, names: number, { seed, nulls }: { seed: number; nulls: boolean }): DenseTable {
  const values = numbers(days * names, seed)
  const state = new Uint8Array(days * names).fill(CELL.value)
  for (let cell = 0; cell < state.length; cell++) {
    if (cell % 11 === 4) state[cell] = CELL.absent
    else if (nulls && cell % 13 === 6) state[cell] = CELL.null
    else if (nulls && cell % 17 === 8) values[cell] = Number.NaN
    else if (!nulls && cell % 5 === 0) values[cell] = 0
  }
  return { values, state }
}

/** engine.md 3.8 written the slow way: a full dates × names grid of zeros. */
function bookOf(
  dates: Int32Array,
  names: number,
  { values, state }: DenseTable,
): Pick<BacktestResult, 'book' | 'turnover'> {
  const days = dates.length
  const book = {
    dates,
    long: new Int32Array(days),
    short: new Int32Array(days),
    gross: new Float64Array(days),
    net: new Float64Array(days),
  }
  const turnover = new Float64Array(days)
  const weight = (k: number, i: number) =>
    k >= 0 && state[k * names + i] === CELL.value ? (values[k * names + i] as number) : 0
  for (let k = 0; k < days; k++) {
    let moved = 0
    for (let i = 0; i < names; i++) {
      const held = weight(k, i)
      if (held > 0) book.long[k] = (book.long[k] as number) + 1
      if (held < 0) book.short[k] = (book.short[k] as number) + 1
      book.gross[k] = (book.gross[k] as number) + Math.abs(held)
      book.net[k] = (book.net[k] as number) + held
      moved += Math.abs(held - weight(k - 1, i))
    }
    turnover[k] = moved / 2
  }
  return { book, turnover: { dates, values: turnover } }
}

function sampleCosts(dates: Int32Array): CostResult {
  const [gross, drag] = [numbers(dates.length, 10), numbers(dates.length, 11)]
  return {
    net: { dates, gross, drag, net: gross.map((value, k) => value - (drag[k] as number)) },
    summary: { total_gross_return: 0.1, gross_sharpe: Number.NaN, num_trades: 84, net_max_drawdown: null },
    capacity: { breakeven_aum: Number.POSITIVE_INFINITY, limiting_factor: 'impact' },
  }
}

function sampleQuantiles(dates: Int32Array): QuantileResult {
  return {
    summary: { mean_rank_ic: 0.02, t_stat: Number.NaN, period_start: '2015-01-01' },
    returns: Float64Array.of(-0.01, Number.NaN, 0.02),
    standardErrors: Float64Array.of(0.001, 0.002, Number.NaN),
    observations: Int32Array.of(100, 0, 90),
    dates,
    daily: numbers(dates.length * 3, 7, 4),
    dailyIc: numbers(dates.length, 8),
  }
}
