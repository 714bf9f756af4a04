import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { COST_MODEL, QUANTILES, samplePlan, sampleResult } from '../../../test/contract/sample-result.ts'
import { buildSummary, costConfig, datasetVersionIds } from './summary.ts'

const plan = samplePlan()
const result = sampleResult()
const summary = buildSummary(plan, result, '0.1.0')

const WANTED =
  'mean_ic icir hit_rate snapshot_id dataset_version_ids coverage long_short_spread average_turnover decay_half_life ' +
  'autocorrelation n_days n_symbols_avg alpha parameters start_date end_date weight_method job_id engine_version ' +
  'data_signature'

test('the contract’s keys stand first, in its order', () => {
  assert.deepEqual(Object.keys(summary).slice(0, WANTED.split(' ').length), WANTED.split(' '))
})

test('a metric keeps every digit', () => {
  assert.equal(summary.mean_ic, 0.012345678901234567)
  assert.equal(summary.hit_rate, 0.5 + 2 ** -52)
})

test('a NaN metric and an undefined one are both null, and the NaN ones are listed by name', () => {
  assert.equal(summary.icir, null)
  assert.equal(summary.decay_half_life, null)
  assert.deepEqual(summary.nan_metrics, ['icir', 'signal_autocorrelation_5'])
})

test('the order in which a plan names the parameters changes no byte', () => {
  const alpha = { name: 'momentum', parameters: { skipDays: 21, lookbackDays: 252 } }
  const turned = { name: 'momentum', parameters: { lookbackDays: 252, skipDays: 21 } }
  const [one, two] = [alpha, turned].map((choice) => {
    const other = { ...plan, backtest: { ...plan.backtest, alpha: choice } }
    return JSON.stringify(buildSummary(other, result, '0.1.0'))
  })
  assert.equal(one, two)
})

test('an infinity is a tagged string', () => {
  assert.equal(summary.gross_sharpe, 'Infinity')
  assert.equal(summary.calmar, '-Infinity')
})

test('autocorrelation is a map by lag', () => {
  assert.deepEqual(summary.autocorrelation, { '1': 0.9, '5': null, '20': 0.2 })
})

test('the order in which parameters and versions were written moves no byte', () => {
  const { backtest, snapshot } = plan
  const turned = (fields: object) => Object.fromEntries(Object.entries(fields).reverse())
  const alpha = { name: 'momentum', parameters: turned('name' in backtest.alpha ? backtest.alpha.parameters : {}) }
  const versions = { ...snapshot, datasetVersionIds: turned(snapshot.datasetVersionIds) }
  const other = { ...plan, backtest: { ...backtest, alpha }, snapshot: versions }
  assert.equal(JSON.stringify(buildSummary(other, result, '0.1.0')), JSON.stringify(summary))
})

test('without costs, quantiles and a blend their fields are absent', () => {
  for (const key of ['cost_config', 'cost_summary', 'capacity_analysis', 'quantiles', 'blend']) {
    assert.ok(!(key in summary), key)
  }
})

test('with costs the config, summary and capacity are there, and the versions name the cost data', () => {
  const costly = samplePlan({ costModel: COST_MODEL })
  const found = buildSummary(costly, sampleResult({ costs: true }), '0.1.0')
  assert.deepEqual(found.cost_config, {
    enabled: true,
    bps_per_trade: 5,
    impact_coefficient: 0.1,
    participation_limit: 0.05,
    portfolio_value_usd: 1_000_000,
  })
  assert.deepEqual(found.cost_summary, {
    total_gross_return: 0.1,
    gross_sharpe: null,
    num_trades: 84,
    net_max_drawdown: null,
  })
  assert.deepEqual(found.capacity_analysis, { breakeven_aum: 'Infinity', limiting_factor: 'impact' })
  assert.deepEqual(found.dataset_version_ids, {
    crsp: '3',
    compustat: '1',
    cost_data_source: 'crsp',
    cost_data_version: '3',
  })
})

test('a cost model that had nothing to price leaves no cost field', () => {
  const costly = samplePlan({ costModel: COST_MODEL })
  assert.equal(costConfig(costly.backtest.costModel, result), null)
  assert.ok(!('cost_config' in buildSummary(costly, result, '0.1.0')))
})

test('quantiles are given with their settings, NaN as null', () => {
  const asked = samplePlan({ quantiles: QUANTILES })
  const { quantiles } = buildSummary(asked, sampleResult({ quantiles: true }), '0.1.0')
  assert.deepEqual(quantiles, {
    config: {
      count: 3,
      holding_period_days: 20,
      skip_days: 1,
      min_observations_per_date: 50,
      min_total_dates: 50,
    },
    summary: { mean_rank_ic: 0.02, t_stat: null, period_start: '2015-01-01' },
    returns: [-0.01, null, 0.02],
    standard_errors: [0.001, 0.002, null],
    observations: [100, 0, 90],
  })
})

const blank: [field: string, change: object][] = [
  ['data_signature', { fullSha256: '' }],
  ['dataset_version_ids', { datasetVersionIds: {} }],
]
for (const [field, change] of blank) {
  test(`a plan without ${field} is refused by name`, () => {
    const broken = { ...plan, snapshot: { ...plan.snapshot, ...change } }
    const build = () => buildSummary(broken, result, '0.1.0')
    assert.throws(build, { code: 'reproducibility_missing', message: new RegExp(field) })
  })
}

test('a plan without snapshot_id is refused by name', () => {
  const broken = { ...plan, backtest: { ...plan.backtest, snapshotId: '' } }
  assert.throws(() => buildSummary(broken, result, '0.1.0'), {
    code: 'reproducibility_missing',
    message: /snapshot_id/,
  })
})

test('costs without a version of the prices are refused', () => {
  const broken = { ...plan, snapshot: { ...plan.snapshot, datasetVersionIds: { compustat: '1' } } }
  assert.throws(() => datasetVersionIds(broken, sampleResult({ costs: true })), { message: /cost_data_version/ })
})

test('a metric that bears the name of another field is a bug, not a lost field', () => {
  const broken = { ...result, metrics: { ...result.metrics, warnings: 3 } }
  assert.throws(() => buildSummary(plan, broken, '0.1.0'), { code: 'invariant_violated', message: /warnings/ })
})
