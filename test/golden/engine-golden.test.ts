import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { formatIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { Backtest } from '../../core/request.ts'
import { type AlphaParameters, type BacktestResult, computeAll, panelFromRows } from '../../engine/index.ts'
import { sum } from '../../engine/stats.ts'
import { differences } from './compare.ts'
import { engineGolden, type GoldenJson, syntheticRows } from './load.ts'
import { backtestOf, crossSection, forwardReturns } from './run-case.ts'

const rows = syntheticRows()
const panel = panelFromRows(rows.prices, rows.fundamentals)
const golden = engineGolden()

type Asked = Partial<Backtest> & { alphaName: string; parameters?: AlphaParameters }
const runs: Record<string, Asked> = {
  G1_momentum_zscore: { alphaName: 'momentum' },
  G2_reversal_rank: { alphaName: 'reversal', weightMethod: 'rank' },
  G3_value_quantile: { alphaName: 'value', weightMethod: 'quantile' },
  G4_quality_roe_zscore: { alphaName: 'quality' },
  G5_quality_gp_zscore: { alphaName: 'quality', parameters: { metric: 'gp' } },
  G6_volatility_zscore: { alphaName: 'volatility' },
  G7_reversal_midcap_w05_zscore: {
    alphaName: 'reversal',
    parameters: { universeFilter: 'mid_cap', winsorizePct: 0.05 },
  },
}

test('every run of engine-golden.json is computed here', () => {
  assert.deepEqual(Object.keys(runs).sort(), Object.keys(golden.runs).sort())
})

for (const [name, asked] of Object.entries(runs)) {
  test(`${name}: every number is the reference's`, () => {
    const result = computeAll(backtestOf(asked), panel)
    assert.deepEqual(differences(shapeOf(result), golden.runs[name]), [])
  })
}

const table: [field: string, pick: (result: BacktestResult) => number | null, expected: (number | null)[]][] = [
  [
    'mean Pearson',
    (r) => r.metrics.mean_ic_pearson!,
    [0.055890051432429186, 0.021164618030127088, -0.03294841654280167],
  ],
  [
    'sum of daily returns',
    (r) => sum(r.portfolioReturns.values),
    [0.19821807231010982, 0.3144755625, -0.10450333333333328],
  ],
  [
    'first daily return',
    (r) => r.portfolioReturns.values[0]!,
    [0.0019758541826833584, 0.011613425, -0.01665333333333334],
  ],
  ['names per day', (r) => r.metrics.n_symbols_avg!, [40, 40, 37]],
  ['rank IC at 20 days', (r) => r.decay.rankIc[4]!, [0.11959245174896861, 0.18003451173035787, 0.09691931735366009]],
  ['rank IC at 60 days', (r) => r.decay.rankIc[5]!, [Number.NaN, Number.NaN, Number.NaN]],
]
for (const [field, pick, expected] of table) {
  test(`G1 to G3: ${field} as printed in engine.md 12.8`, () => {
    const results = Object.values(runs)
      .slice(0, 3)
      .map((asked) => pick(computeAll(backtestOf(asked), panel)))
    assert.deepEqual(differences(results, expected), [])
  })
}

test('G2 with the other two weight methods', () => {
  const quantile = computeAll(backtestOf({ alphaName: 'reversal', weightMethod: 'quantile' }), panel)
  const zscore = computeAll(backtestOf({ alphaName: 'reversal' }), panel)
  const totals = [quantile, zscore].flatMap((r) => [r.metrics.average_turnover, sum(r.portfolioReturns.values)])
  assert.deepEqual(differences(totals, [0.3392857142857143, 0.389059375, 0.24911342957124122, 0.02408706993717439]), [])
})

test('G8 five-day returns are cumulative, and only of complete windows', () => {
  const { permno, value } = forwardReturns(panel, '2024-01-02', 5)
  assert.equal(permno.length, 39)
  assert.deepEqual(differences(value.slice(0, 2), [0.09887197477681076, -0.023324506926601152]), [])
})

test('G9 a run to the last price date stops a day early and says so', () => {
  const result = computeAll(
    backtestOf({ alphaName: 'reversal', startDate: '2024-07-25', endDate: '2024-08-09', decayHorizons: [1, 5] }),
    panel,
  )
  assert.equal(result.metrics.n_days, 12)
  assert.equal(result.metrics.n_days_processed, 11)
  assert.equal(result.dates.length, 11)
  assert.equal(result.stoppedEarly, true)
  assert.equal(formatIsoDate(result.lastProcessedDate), '2024-08-08')
  assert.equal(result.warnings[0]?.code, 'stopped_early')
  const { mean_ic, icir } = result.metrics
  assert.deepEqual(differences([mean_ic, icir], [0.2565561836421913, Number.NaN]), [])
  assert.deepEqual(differences(result.decay.rankIc, [0.2565561836421913, 0.3171022671022671]), [])
})

const refusals: [title: string, startDate: string, endDate: string, code: string, says: RegExp][] = [
  ['an end after the last price', '2024-01-02', '2024-12-31', 'pit_violation', /2024-12-31.*2024-08-09/],
  ['a span without a trading day', '2024-01-06', '2024-01-07', 'pit_violation', /2024-01-06 to 2024-01-07/],
  ['the last price date alone', '2024-08-09', '2024-08-09', 'no_signals', /2024-08-09/],
]
for (const [title, startDate, endDate, code, says] of refusals) {
  test(`G10 ${title} is refused, with dates and table`, () => {
    assert.throws(
      () => computeAll(backtestOf({ alphaName: 'reversal', startDate, endDate }), panel),
      (thrown) =>
        thrown instanceof HindcastError &&
        thrown.code === code &&
        says.test(thrown.message) &&
        /^prices:/.test(thrown.message),
    )
  })
}

test('G11 days with 30 signals and fewer pairs poison mean_ic, and the valid-day numbers skip them', () => {
  const few = panelFromRows(syntheticRows(30).prices)
  const result = computeAll(backtestOf({ alphaName: 'reversal', decayHorizons: [1] }), few)
  assert.equal(result.dailyIc.rankIc.length, 64)
  assert.equal(result.dailyIc.rankIc.filter(Number.isNaN).length, 14)
  assert.equal(result.metrics.n_ic_days_skipped, 14)
  const { mean_ic, icir, hit_rate, mean_ic_valid } = result.metrics
  assert.deepEqual(
    differences(
      [mean_ic, icir, hit_rate, result.decay.rankIc[0], mean_ic_valid],
      [Number.NaN, Number.NaN, 0.6152230971128609, 0.2733615127919911, 0.2733615127919911],
    ),
    [],
  )
  assert.ok(result.warnings.some((warning) => warning.code === 'ic_not_a_number'))
})

// engine.md prints the last mean IC as .12847827629229908, two digits swapped: its own aggregate, .14941409148903884,
// is the mean of .17054970668577857 and .12827847629229911.
const walk: [what: string, lookbackDays: number, startDate: string, endDate: string, expected: number[]][] = [
  ['training, window 0', 14, '2023-10-01', '2023-12-31', [0.08979318163011472]],
  ['training, window 0', 21, '2023-10-01', '2023-12-31', [0.13796896684987056]],
  ['training, window 1', 14, '2023-12-01', '2024-02-29', [0.12594767508395288]],
  ['training, window 1', 21, '2023-12-01', '2024-02-29', [0.17392407771202323]],
  ['test, window 0', 21, '2024-01-01', '2024-02-29', [0.17054970668577857, 1.135070691242224]],
  ['test, window 1', 21, '2024-03-01', '2024-04-30', [0.1282784762922991, 0.7642956554499541]],
]
for (const [what, lookbackDays, startDate, endDate, expected] of walk) {
  test(`G12 ${what}, lookback ${lookbackDays}: the run scores as in the walk-forward`, () => {
    const asked = { alphaName: 'reversal', parameters: { lookbackDays }, startDate, endDate }
    const { mean_ic, icir } = computeAll(backtestOf(asked), panel).metrics
    assert.deepEqual(differences([mean_ic, icir].slice(0, expected.length), expected), [])
  })
}

test('G13 the three draws of the random search have its hit rates', () => {
  const draws = [
    [21, 0.05],
    [10, 0.01],
    [21, 0.01],
  ] as const
  const scores = draws.map(([lookbackDays, winsorizePct]) => {
    const parameters = { lookbackDays, winsorizePct }
    const asked = { alphaName: 'reversal', parameters, startDate: '2024-01-02', endDate: '2024-01-31' }
    return computeAll(backtestOf(asked), panel).metrics.hit_rate
  })
  assert.deepEqual(differences(scores, [0.5899198167239404, 0.561282932416953, 0.5990836197021764]), [])
})

function shapeOf(result: BacktestResult): GoldenJson {
  const byDate = (dates: Int32Array, ...columns: Float64Array[]) =>
    Array.from(dates, (day, k) => [formatIsoDate(day), ...columns.map((column) => column[k])])
  const map = (table: 'signals' | 'weights', day: number) => {
    const { permno, value } = crossSection(result, result[table], formatIsoDate(day))
    return Object.fromEntries(permno.map((id, i) => [id, value[i]]))
  }
  const first = result.dates[0]!
  const last = result.dates[result.dates.length - 1]!
  return {
    alpha_name: result.alphaName,
    ...result.metrics,
    decay_curve: Array.from(result.decay.horizons, (h, i) => [h, result.decay.ic[i], result.decay.rankIc[i]]),
    daily_ic: byDate(result.dailyIc.dates, result.dailyIc.ic, result.dailyIc.rankIc),
    daily_turnover: byDate(result.turnover.dates, result.turnover.values),
    daily_portfolio_returns: byDate(result.portfolioReturns.dates, result.portfolioReturns.values),
    signals_first_day: map('signals', first),
    signals_last_day: map('signals', last),
    weights_first_day: map('weights', first),
    weights_last_day: map('weights', last),
  }
}
