import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { QuantilePart, ReportModel } from '../../console/report/model.ts'
import { dayNumber } from '../../core/dates.ts'
import { neweyWest, neweyWestLag } from '../../engine/metrics/newey-west.ts'
import { riskMetrics } from '../../engine/metrics/risk.ts'
import { COMPUTATION, HEAD } from '../contract/sample-report.ts'

const CASES = join(import.meta.dirname, '../golden/cases')
const BUCKETS = 5

interface Columns {
  readonly date: readonly string[]
}

interface BacktestCase {
  readonly expected: {
    readonly scalars: Readonly<Record<string, number | null>>
    readonly daily_ic: Columns & { readonly ic: number[]; readonly rank_ic: number[] }
    readonly decay_curve: { readonly horizon: number[]; readonly ic: number[]; readonly rank_ic: number[] }
    readonly weights: {
      readonly zscore: {
        readonly daily_turnover: Columns & { readonly turnover: number[] }
        readonly daily_portfolio_returns: Columns & { readonly return: number[] }
      }
    }
  }
}

interface CostCase {
  readonly runs: readonly {
    readonly cost_summary: Record<string, number | null>
    readonly capacity: Record<string, number | string | null>
    readonly net_returns: Columns & { gross_return: number[]; cost_drag: number[]; net_return: number[] }
  }[]
}

interface QuantileCase {
  readonly runs: readonly {
    readonly result: Record<string, number> & {
      readonly quantile_returns: Record<string, number>
      readonly n_observations_per_quantile: Record<string, number>
    }
  }[]
}

const read = <T>(name: string) => JSON.parse(readFileSync(join(CASES, `${name}.json`), 'utf8')) as T

/** The model of the golden case R_momentum_2015 with costs; what the case does not hold is made up, without chance. */
export function goldenModel(): ReportModel {
  const { expected } = read<BacktestCase>('R_momentum_2015')
  const cost = read<CostCase>('COST_R_momentum_2015').runs[0]!
  const dates = expected.daily_ic.date.map(dayNumber)
  const { rank_ic: rankIc, ic } = expected.daily_ic
  const hac = neweyWest(rankIc, neweyWestLag(rankIc.length, 1))
  const { net_returns: net } = cost
  const risk = riskMetrics({ dates: Int32Array.from(dates), values: Float64Array.from(net.gross_return) })
  return {
    head: { ...HEAD },
    computation: COMPUTATION,
    metrics: {
      ...expected.scalars,
      mean_ic_valid: expected.scalars.mean_ic!,
      icir_annualised: expected.scalars.icir! * Math.sqrt(252),
      ic_t_newey_west: hac.t,
      ic_positive_days: rankIc.filter((value) => value > 0).length / rankIc.length,
      n_ic_days: rankIc.length,
      n_ic_days_skipped: 0,
      n_days_processed: dates.length,
      universe_coverage: 0.9866,
      missing_return_weight: 0.0001,
      signal_autocorrelation_1: 0.983,
      ...risk.metrics,
      net_sharpe: cost.cost_summary.net_sharpe!,
    },
    ic: { dates, ic, rankIc },
    returns: { dates, gross: net.gross_return, net: net.net_return, drag: net.cost_drag },
    turnover: { dates, values: expected.weights.zscore.daily_turnover.turnover },
    book: {
      dates,
      long: dates.map((_, i) => 250 + Math.round(6 * Math.sin(i / 17))),
      short: dates.map((_, i) => 238 - Math.round(5 * Math.sin(i / 17))),
      gross: dates.map(() => 1),
      net: dates.map(() => 0),
    },
    decay: {
      horizons: expected.decay_curve.horizon,
      ic: expected.decay_curve.ic,
      rankIc: expected.decay_curve.rank_ic,
    },
    quantiles: quantiles(dates),
    costs: { summary: cost.cost_summary, capacity: cost.capacity },
    holdings: {
      date: dates.at(-1)!,
      longCount: 252,
      shortCount: 237,
      long: [holding(10344, 'NFLX', 0.0104), holding(10033, 'AMZN', 0.0093), holding(10004, 'AAPL', 0.0068)],
      short: [holding(10099, 'CHK', -0.0101), holding(10200, 'FCX', -0.0098), holding(10500, null, -0.0077)],
    },
    data: DATA,
    provenance: PROVENANCE,
    warnings: [{ code: 'survivors_only', message: 'The dataset has no delistings: names that left it are missing.' }],
  }
}

function holding(permno: number, ticker: string | null, weight: number) {
  return { permno, ticker, weight }
}

/** Daily bucket means that average to those of the golden analysis. */
function quantiles(dates: readonly number[]): QuantilePart {
  const { result } = read<QuantileCase>('QUANT_R_momentum_2015').runs[0]!
  const returns = Array.from({ length: BUCKETS }, (_, b) => result.quantile_returns[String(b + 1)]!)
  const swing = dates.map((_, i) => Math.sin(i / 9) + 0.5 * Math.sin(i / 3.1))
  const mean = swing.reduce((sum, value) => sum + value, 0) / swing.length
  return {
    summary: {
      long_short_spread: result.long_short_spread!,
      mean_rank_ic: result.mean_rank_ic!,
      rank_ic_std: result.rank_ic_std!,
      t_stat_newey_west: 1.62,
      rank_ic_positive_pct: result.rank_ic_positive_pct!,
      n_dates: result.n_dates!,
      n_dates_skipped: result.n_dates_skipped!,
    },
    returns,
    standardErrors: [0.0081, 0.0056, 0.0051, 0.0054, 0.0062],
    observations: Object.values(result.n_observations_per_quantile),
    dates,
    daily: dates.flatMap((_, i) => returns.map((value, b) => value + (swing[i]! - mean) * (0.03 - 0.003 * b))),
  }
}

const DATA: ReportModel['data'] = {
  rows: 619_040,
  securities: 505,
  startDate: '2013-02-08',
  endDate: '2018-02-07',
  hasDelistings: false,
  hasFundamentals: false,
  dropped: [
    { reason: 'first row of a name, so no return', rows: 505 },
    { reason: 'blank open, high or low, kept with its close', rows: 11 },
  ],
  findings: ['11 rows have a blank open, high or low.', 'shrout is the constant 1000.'],
}

const PROVENANCE: ReportModel['provenance'] = {
  datasetVersionIds: { crsp: '1' },
  snapshotSha256: '2f6c0a91'.repeat(8),
  configHash: '7d1f0c2a9be84c35a0c7f1e2d4b6a890'.repeat(2),
  contentSha256: '0f'.repeat(32),
  manifestSha256: '1e'.repeat(32),
  engineRevision: 1,
  engineVersion: '0.1.0',
  imageDigest: null,
  createdBy: 'namespace:default',
  completedAt: '2026-11-22T21:11:51Z',
  resultPath: 'default/7d1f0c2a9be84c35a0c7f1e2d4b6a890/1',
  again: 'hindcast run examples/momentum-sp500.yaml --verify',
}
