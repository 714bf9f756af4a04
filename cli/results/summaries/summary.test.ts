import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ReportModel } from '../../../console/report/model.ts'
import { dayNumber } from '../../../core/dates.ts'
import { COMPUTATION, HEAD } from '../../../test/contract/sample-report.ts'
import { plainStyle } from '../../terminal.ts'
import { renderSummary, type Summary } from './summary.ts'

const days = Float64Array.from({ length: 252 }, (_, i) => dayNumber('2015-01-02') + i)

/** A completed momentum backtest of a year, with costs. Each case changes one fact. */
const model: ReportModel = {
  head: HEAD,
  computation: { ...COMPUTATION, decayHorizons: [1, 2, 5], quantiles: null },
  metrics: {
    mean_ic: 0.0252,
    icir: 0.12,
    icir_annualised: 1.9,
    ic_t_newey_west: 1.93,
    ic_positive_days: 0.532,
    n_ic_days: 252,
    n_ic_days_skipped: 0,
    hit_rate: 0.507,
    universe_coverage: 0.981,
    long_short_spread: -0.00012,
    decay_half_life: null,
    signal_autocorrelation_1: 0.991,
    signal_autocorrelation_20: 0.87,
    cumulative_return: 0.067,
    gross_sharpe: 1.21,
    volatility_ann: 0.055,
    max_drawdown: 0.049,
    average_turnover: 0.048,
    annualized_turnover: 12.1,
    n_days_processed: 252,
    n_symbols_avg: 488.4,
  },
  ic: { dates: days, ic: days, rankIc: days },
  returns: { dates: days, gross: days.map(() => 0.0003), net: null, drag: null },
  turnover: { dates: days, values: days.map(() => 0.048) },
  book: null,
  decay: { horizons: [1, 2, 5], ic: [0.02, 0.02, 0.02], rankIc: [0.02, 0.02, 0.02] },
  quantiles: null,
  costs: {
    summary: {
      total_net_return: 0.054,
      net_sharpe: 0.94,
      net_max_drawdown: 0.052,
      total_cost_usd: 12_300,
      commission_spread_cost_usd: 11_900,
      market_impact_cost_usd: 400,
      avg_trade_cost_bps: 5.2,
      num_trades: 104_322,
    },
    capacity: { implied_max_capacity: 123_000_000, limiting_factor: 'impact_10bps' },
  },
  holdings: {
    date: dayNumber('2015-12-31'),
    longCount: 241,
    shortCount: 247,
    long: [{ permno: 10004, ticker: 'AAPL', weight: 0.0081 }],
    short: [{ permno: 10346, ticker: null, weight: -0.0072 }],
  },
  data: null,
  provenance: {
    datasetVersionIds: { crsp: 'v1-2f6c0a91' },
    snapshotSha256: null,
    configHash: 'c',
    contentSha256: null,
    manifestSha256: null,
    engineRevision: 1,
    engineVersion: '0.1.0',
    imageDigest: null,
    createdBy: 'ann',
    completedAt: null,
    resultPath: null,
    again: null,
  },
  warnings: [],
}
const summary: Summary = {
  model,
  reused: false,
  durationMs: 412,
  files: [{ label: 'artifacts', path: '.hindcast/artifacts/default/7d1f/1' }],
}

const render = (change: Partial<Summary>) => renderSummary({ ...summary, ...change }, plainStyle)
const line = (text: string, label: string) => text.split('\n').find((row) => row.includes(label)) ?? ''

test('the blocks come in the order of the report', () => {
  const names = render({}).match(/^(?:run|signal|portfolio|costs|evidence|files)\b/gm)
  assert.deepEqual(names, ['run', 'signal', 'portfolio', 'costs', 'evidence', 'files'])
})

test('it is about 25 lines and those of its nine tests, none of them wide or ending in space', () => {
  const rows = render({}).split('\n')
  const written = rows.filter((row) => row !== '')
  assert.ok(written.length <= 37, `${written.length} lines`)
  assert.ok(rows.every((row) => [...row].length <= 110 && !/\s$/.test(row)))
})

test('a negative figure has a true minus, a return its sign', () => {
  const text = render({ model: { ...model, metrics: { ...model.metrics, mean_ic: -0.0131 } } })
  assert.match(line(text, 'rank IC'), /−0\.0131/)
  assert.match(line(text, 'portfolio'), /\+6\.7% gross, \+5\.4% net/)
})

test('the Sharpe ratio comes with its interval and its probability, where the result has them', () => {
  const record = { psr: 0.81, sharpe_low: -0.44, sharpe_high: 2.19 }
  const text = render({ model: { ...model, metrics: { ...model.metrics, ...record } } })
  assert.match(line(text, 'Sharpe'), / {2}90% −0\.44 to 2\.19 net, above zero with probability 0\.81$/)
  assert.doesNotMatch(line(render({}), 'Sharpe'), /90%/)
})

test('a missing half-life reads n/a with the reason', () => {
  assert.match(line(render({}), 'half-life'), /n\/a: /)
})

test('securities are shown as ticker and permno, or as the permno alone', () => {
  assert.match(line(render({}), 'longest'), /AAPL \(10004\) \+0\.8%/)
  assert.match(line(render({}), 'shortest'), / {2}10346 −0\.7%/)
})

test('a reused result says that nothing was computed', () => {
  assert.match(render({ reused: true, durationMs: null }).split('\n')[0] ?? '', /computed before/)
})

test('without a cost model the costs say why they are missing', () => {
  const text = render({ model: { ...model, costs: null } })
  assert.match(line(text, 'costs'), /n\/a: the manifest has no costModel/)
  assert.doesNotMatch(line(text, 'portfolio'), /net/)
})

test('a warning of the engine stands with the evidence', () => {
  const warnings = [{ code: 'stopped_early', message: 'the run ended on 30 Nov 2015' }]
  assert.match(line(render({ model: { ...model, warnings } }), 'mind'), /ended on 30 Nov 2015/)
})
