import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { formatIsoDate } from '../../core/dates.ts'
import { differences } from '../golden/compare.ts'
import { type GoldenJson, goldenCase } from '../golden/load.ts'
import { caseBacktest } from '../golden/run-case.ts'
import { cli, document, workFolder } from './cli-process.ts'
import { columnsOf } from './parquet-columns.ts'

/**
 * The golden backtests the way a user meets them: each panel through `dataset import`, each case under each weight
 * method through one `run`, numbers read back from the files by another Parquet reader.
 */
const work = workFolder()
const INPUTS = join(import.meta.dirname, '../golden/inputs')
const METHODS = ['zscore', 'quantile', 'rank'] as const
const CASES = readdirSync(join(import.meta.dirname, '../golden/cases'))
  .map((file) => file.replace('.json', ''))
  .filter((name) => /^[ABCDR]_/.test(name))

interface Record {
  readonly name: string
  readonly status: string
  readonly resultPath: string
  readonly metrics: { readonly [name: string]: number | string | null }
  readonly error: { readonly message: string } | null
}
const records = new Map<string, Record>()

before(async () => {
  const panels = new Set<string>()
  const manifests = CASES.flatMap((name) => {
    const golden = goldenCase(name)
    panels.add(JSON.stringify([golden.panel, golden.fundamentals]))
    return METHODS.map((method) => manifestOf(name, golden, method))
  })
  for (const panel of panels) {
    const [prices, fundamentals] = JSON.parse(panel) as [string, string | null]
    const more = fundamentals === null ? [] : ['--fundamentals', join(INPUTS, '..', fundamentals)]
    const source = ['--prices', join(INPUTS, '..', prices), ...more]
    const ended = await cli(['dataset', 'import', datasetOf(prices, fundamentals), ...source], { cwd: work.dir })
    assert.equal(ended.code, 0, ended.err)
  }
  work.write('golden.yaml', manifests.join('---\n'))
  const ended = await cli(['run', 'golden.yaml', '-o', 'json', '-q'], { cwd: work.dir })
  assert.equal(ended.code, 0, ended.err)
  for (const record of JSON.parse(ended.out) as Record[]) records.set(record.name, record)
})
after(work.remove)

test('every golden backtest was run, under each of the three weight methods', () => {
  assert.equal(records.size, 3 * CASES.length)
  assert.equal(CASES.length, 18)
})

for (const name of CASES) {
  test(`${name}: headline numbers, daily IC and decay on disk are the reference's`, async () => {
    const { expected } = goldenCase(name)
    const { resultPath, metrics } = recordOf(name, 'zscore')
    const { autocorr_1: _1, autocorr_5: _5, autocorr_20: _20, ...scalars } = expected.scalars
    const wanted = { ...scalars, long_short_spread: expected.long_short_permno_order }
    const summary = JSON.parse(readFileSync(join(resultPath, 'summary.json'), 'utf8')) as GoldenJson
    const fromSummary = Object.fromEntries(
      Object.keys(wanted).map((key) => [key, summary[key] ?? metrics[key] ?? null]),
    )
    assert.deepEqual(differences(numbers(fromSummary, wanted), wanted), [])
    assert.deepEqual(differences(numbers(metrics, wanted), wanted), [])
    const daily = await dated(join(resultPath, 'daily_ic.parquet'))
    assert.deepEqual(differences(daily, expected.daily_ic), [])
    assert.deepEqual(differences(await columnsOf(join(resultPath, 'decay_curve.parquet')), expected.decay_curve), [])
  })

  for (const method of METHODS) {
    test(`${name}: ${method} weights and portfolio returns on disk are the reference's in id order`, async () => {
      const golden = goldenCase(name).expected.weights[method]
      const { resultPath, metrics } = recordOf(name, method)
      assert.deepEqual(differences(metrics.average_turnover, golden.permno_order.average_turnover), [])
      const returns = await dated(join(resultPath, 'daily_portfolio_returns.parquet'))
      assert.deepEqual(differences(returns.date, golden.daily_portfolio_returns.date), [])
      assert.deepEqual(differences(returns.return, golden.permno_order.portfolio_return), [])
      const weights = await dated(join(resultPath, 'daily_weights.parquet'))
      for (const [date, section] of Object.entries<GoldenJson>(golden.weights)) {
        const rows = weights.date!.flatMap((found, row) => (found === date ? [row] : []))
        const of = (column: string) => rows.map((row) => weights[column]![row])
        assert.deepEqual(differences({ permno: of('permno'), weight: of('weight') }, section, date), [])
      }
    })
  }
}

for (const name of ['COST_A_momentum', 'COST_A_reversal', 'COST_R_momentum_2015']) {
  const golden = goldenCase(name)
  const configs = golden.runs.filter((run: GoldenJson) => run.config.enabled)
  test(`${name}: cost summary, capacity and net returns on disk are the reference's`, async () => {
    assert.ok(configs.length > 0)
    const source = goldenCase(golden.source_case)
    const documents = configs.map((run: GoldenJson, at: number) =>
      costManifest(`${resourceName(name, 'costs')}-${at}`, source, golden, run.config),
    )
    work.write(`${name}.yaml`, documents.join('---\n'))
    const ended = await cli(['run', `${name}.yaml`, '-o', 'json', '-q'], { cwd: work.dir })
    assert.equal(ended.code, 0, ended.err)
    for (const [at, record] of (JSON.parse(ended.out) as Record[]).entries()) {
      const run = configs[at]
      const summary = JSON.parse(readFileSync(join(record.resultPath, 'summary.json'), 'utf8')) as GoldenJson
      assert.deepEqual(differences(summary.cost_summary, run.cost_summary), [])
      assert.deepEqual(differences(summary.capacity_analysis, run.capacity), [])
      const net = await dated(join(record.resultPath, 'net_portfolio_returns.parquet'))
      assert.deepEqual(differences(net, run.net_returns), [])
    }
  })
}

function recordOf(name: string, method: string): Record {
  const record = records.get(resourceName(name, method))
  assert.ok(record !== undefined)
  assert.equal(record.error, null)
  return record
}

function resourceName(name: string, method: string): string {
  return `${name}-${method}`.toLowerCase().replaceAll('_', '-')
}

function datasetOf(prices: string, fundamentals: string | null): string {
  const name = prices.replace(/^inputs\/|\.parquet$/g, '')
  return `${name}${fundamentals === null ? '' : '-fund'}`.toLowerCase().replaceAll('_', '-')
}

function manifestOf(name: string, golden: GoldenJson, method: (typeof METHODS)[number]): string {
  const { alpha, startDate, endDate, decayHorizons } = caseBacktest(golden, method)
  const dataset = datasetOf(golden.panel, golden.fundamentals)
  const spec = { dataset, alpha, startDate, endDate, decayHorizons, weightMethod: method }
  return document('Backtest', resourceName(name, method), spec)
}

function costManifest(resource: string, source: GoldenJson, golden: GoldenJson, config: GoldenJson): string {
  const { alpha, startDate, endDate } = caseBacktest(source, golden.weight_method)
  return document('Backtest', resource, {
    dataset: datasetOf(source.panel, source.fundamentals),
    alpha,
    startDate,
    endDate,
    weightMethod: golden.weight_method,
    costModel: {
      bpsPerTrade: config.bps_per_trade,
      impactCoefficient: config.impact_coefficient,
      participationLimit: config.participation_limit,
      portfolioValueUsd: config.portfolio_value_usd,
    },
  })
}

/** Metrics as numbers: the command line writes non-finite ones as words, and a golden holds words too. */
function numbers(found: GoldenJson, wanted: GoldenJson): GoldenJson {
  const number = (value: unknown, key: string) =>
    typeof value === 'string' || (value === null && wanted[key] === 'NaN') ? Number(value ?? Number.NaN) : value
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, number(found[key], key)]))
}

async function dated(path: string): Promise<{ [column: string]: (number | string | null)[] }> {
  const columns = await columnsOf(path)
  return { ...columns, date: columns.date!.map((day) => formatIsoDate(day as number)) }
}
