import { dayNumber } from '../core/dates.ts'
import type { Backtest } from '../core/request.ts'
import { bindAlpha } from './alphas/index.ts'
import { alphaSource } from './alphas/signal-source.ts'
import { describeBlend } from './blend/blend-result.ts'
import type { Progress, Run } from './compute-dates.ts'
import { computeCosts } from './costs/compute-costs.ts'
import { AUTOCORRELATION_LAGS } from './metrics/autocorrelation.ts'
import { coverage, symbolsPerDate, universeCoverage } from './metrics/coverage.ts'
import { decayRate, halfLife, meanOfValid } from './metrics/decay.ts'
import { hitRate } from './metrics/hit-rate.ts'
import { icir, meanIc, validIc } from './metrics/icir.ts'
import { neweyWest, neweyWestLag } from './metrics/newey-west.ts'
import { MIN_PAIRS } from './metrics/rank-ic.ts'
import { riskMetrics } from './metrics/risk.ts'
import { longShortSpread } from './metrics/spread.ts'
import { annualizedTurnover, averageTurnover, dailyTurnover } from './portfolio/turnover.ts'
import { analyseQuantiles } from './quantiles/analyse-quantiles.ts'
import type { BacktestResult, CostResult, DenseTable, Series } from './result.ts'
import { trackRecord } from './statistics/track-record.ts'
import { sum } from './stats.ts'
import { runWarnings } from './warnings.ts'

type Metrics = Record<string, number | null>

/** The result of a run all of whose days are computed; yields between its parts. */
export function* summarise(run: Run): Generator<Progress, BacktestResult> {
  const { backtest, panel, days, daily } = run
  const dates = panel.dates.slice(days.first, days.first + days.count)
  const lastProcessedDate = dates[dates.length - 1]!
  const total = 5
  const step = (done: number): Progress => ({ done, total, date: lastProcessedDate, step: 'summary' })
  const signals: DenseTable = { values: daily.signals, state: daily.signalState }
  const weights: DenseTable = { values: daily.weights, state: daily.weightState }
  const dailyIc = dailyIcTable(run, dates)
  const decay = decayCurve(run)
  const portfolioReturns = keptSeries(dates, daily.portfolioReturn, daily.hasReturn)
  const turnover = dailyTurnover(weights, dates)
  yield step(1)
  const costs = runCosts(run, { dates, weights, portfolioReturns })
  yield step(2)
  const quantiles = backtest.quantiles && analyseQuantiles({ panel, dates, signals, spec: backtest.quantiles })
  yield step(3)
  const blend = runBlend(run, dates)
  yield step(4)
  const metrics: Metrics = {
    ...signalMetrics(run, dailyIc.rankIc, dailyIc.ic),
    ...decayMetrics(decay),
    ...bookMetrics(run, turnover, portfolioReturns),
    ...trackRecord(costs === null ? portfolioReturns : { dates: costs.net.dates, values: costs.net.net }),
  }
  if (costs !== null) metrics.net_sharpe = costs.summary.net_sharpe ?? null
  const stoppedEarly = days.count < days.requested
  yield step(5)
  return {
    alphaName: alphaName(backtest),
    dates,
    permnos: panel.permnos,
    signals,
    weights,
    dailyIc,
    decay,
    portfolioReturns,
    turnover,
    book: { dates, long: daily.long, short: daily.short, gross: daily.gross, net: daily.net },
    lastProcessedDate,
    stoppedEarly,
    metrics,
    costs,
    quantiles,
    blend: blend?.blend ?? null,
    warnings: [...runWarnings(run, dailyIc.rankIc), ...(blend?.warnings ?? [])],
  }
}

function alphaName({ alpha }: Backtest): string {
  return 'blend' in alpha ? 'blend' : bindAlpha(alpha).label
}

/** One row for every date with at least 30 signal rows, nulls included (engine.md 3.4). */
function dailyIcTable({ daily, days }: Run, dates: Int32Array): BacktestResult['dailyIc'] {
  const kept = rowsWhere(days.count, (k) => daily.signalRows[k]! >= MIN_PAIRS)
  return { dates: pick(dates, kept), ic: pick(daily.ic, kept), rankIc: pick(daily.rankIc, kept) }
}

function decayCurve({ daily, days }: Run): BacktestResult['decay'] {
  const { horizons, count } = days
  const mean = (by: Float64Array) =>
    Float64Array.from(horizons, (_, h) => meanOfValid(by.subarray(h * count, (h + 1) * count)))
  return { horizons, ic: mean(daily.decayIc), rankIc: mean(daily.decayRankIc) }
}

function decayMetrics({ horizons, rankIc }: BacktestResult['decay']): Metrics {
  return { decay_half_life: halfLife(horizons, rankIc), decay_rate: decayRate(horizons, rankIc) }
}

function signalMetrics({ daily, days }: Run, rankIc: Float64Array, ic: Float64Array): Metrics {
  const valid = validIc(rankIc)
  const metrics: Metrics = {
    mean_ic: meanIc(rankIc),
    icir: icir(rankIc),
    hit_rate: hitRate({ pairs: sum(daily.pairs), signed: sum(daily.signedPairs), hits: sum(daily.hits) }),
    coverage: coverage(daily.signalRows, daily.signalCount),
    long_short_spread: longShortSpread(
      pick(
        daily.spread,
        rowsWhere(days.count, (k) => daily.hasSpread[k] === 1),
      ),
    ),
    n_days: days.requested,
    n_days_processed: days.count,
    n_symbols_avg: symbolsPerDate(daily.signalRows),
    mean_ic_pearson: meanIc(ic),
    mean_ic_valid: valid.mean,
    icir_valid: valid.icir,
    icir_annualised: valid.icirAnnualised,
    n_ic_days: valid.days,
    n_ic_days_skipped: valid.skipped,
    ic_t_newey_west: neweyWest(rankIc, neweyWestLag(valid.days, 1)).t,
    ic_positive_days: valid.positiveDays,
    universe_coverage: universeCoverage(daily.signalCount, daily.priceRows),
  }
  AUTOCORRELATION_LAGS.forEach((lag, at) => {
    const series = daily.autocorrelation.subarray(at * days.count, (at + 1) * days.count)
    metrics[`signal_autocorrelation_${lag}`] = meanOfValid(series)
  })
  return metrics
}

function bookMetrics({ daily, days }: Run, turnover: Series, portfolioReturns: Series): Metrics {
  const average = averageTurnover(turnover.values)
  const withBook = rowsWhere(days.count, (k) => daily.signalCount[k]! > 0)
  return {
    average_turnover: average,
    annualized_turnover: annualizedTurnover(average),
    missing_return_weight: sum(pick(daily.missingWeight, withBook)) / withBook.length,
    ...riskMetrics(portfolioReturns).metrics,
  }
}

/** How the parts of a blend weighed, and how alike they are; null for a single alpha. */
function runBlend({ backtest, panel, days, daily }: Run, dates: Int32Array): ReturnType<typeof describeBlend> | null {
  if (!('blend' in backtest.alpha)) return null
  const { blend: spec } = backtest.alpha
  const lastRow = days.first + days.count - 1
  const parts = spec.of.map((part) => alphaSource(part, panel, lastRow))
  return describeBlend({ panel, spec, parts, lastRow, dates, weights: daily.blendWeights })
}

interface FinishedBook {
  readonly dates: Int32Array
  readonly weights: DenseTable
  readonly portfolioReturns: Series
}

/** Costs are charged only where a model is given and there is a book (engine.md 6.9). */
function runCosts({ backtest, panel, daily }: Run, book: FinishedBook): CostResult | null {
  const { costModel: model } = backtest
  if (model === null || sum(daily.signalCount) === 0) return null
  return computeCosts({ panel, startDay: dayNumber(backtest.startDate), ...book, model })
}

function keptSeries(dates: Int32Array, values: Float64Array, flags: Uint8Array): Series {
  const kept = rowsWhere(flags.length, (k) => flags[k] === 1)
  return { dates: pick(dates, kept), values: pick(values, kept) }
}

function rowsWhere(count: number, holds: (k: number) => boolean): number[] {
  return Array.from({ length: count }, (_, k) => k).filter(holds)
}

function pick<A extends Int32Array | Float64Array>(column: A, rows: readonly number[]): A {
  const kept = new (column.constructor as new (length: number) => A)(rows.length)
  rows.forEach((row, at) => {
    kept[at] = column[row]!
  })
  return kept
}
