import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Backtest } from '../core/request.ts'
import { allocateDaily, compute, computeAll, computeDates, planDays, summarise } from './compute.ts'
import { columnsOf, randomMarket } from './laws/random-rows.ts'
import { panelFromRows } from './panel-from-rows.ts'

const [prices, statements] = columnsOf(randomMarket(11, 60, 160))
const panel = panelFromRows(prices, statements)
const backtest: Backtest = {
  dataset: 'test',
  snapshotId: null,
  alpha: { name: 'reversal', parameters: { lookbackDays: 8 } },
  startDate: '2020-04-01',
  endDate: '2020-07-31',
  weightMethod: 'zscore',
  decayHorizons: [1, 2, 5],
  costModel: { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 },
  quantiles: { count: 5, holdingPeriodDays: 3, skipDays: 1, minObservationsPerDate: 20, minTotalDates: 10 },
}
const blend: Backtest = {
  ...backtest,
  alpha: {
    blend: {
      of: [
        { name: 'reversal', parameters: { lookbackDays: 8 } },
        { name: 'volatility', parameters: { lookbackDays: 20, minObservations: 5 } },
      ],
      weighting: 'ic',
      lookbackDays: 40,
      minLookbackDays: 5,
      normalize: true,
    },
  },
}

test('compute reports every date, then the parts of the summary, and gives the result last', () => {
  const steps = compute(backtest, panel)
  const seen: string[] = []
  let step = steps.next()
  for (; !step.done; step = steps.next()) seen.push(`${step.value.step} ${step.value.done}/${step.value.total}`)
  const days = step.value.dates.length
  assert.deepEqual(seen.slice(0, 2), [`dates 1/${days}`, `dates 2/${days}`])
  assert.equal(seen[days - 1], `dates ${days}/${days}`)
  assert.equal(seen.at(-1), 'summary 5/5')
})

test('costs, quantiles and the blend are there when asked for, and null when not', () => {
  const full = computeAll(blend, panel)
  assert.equal(full.alphaName, 'blend')
  assert.deepEqual(full.blend?.names, ['reversal_8', 'low_vol_20'])
  assert.equal(full.quantiles?.returns.length, 5)
  assert.equal(full.costs?.net.net.length, full.portfolioReturns.values.length)
  assert.equal(full.metrics.net_sharpe, full.costs?.summary.net_sharpe)
  const bare = computeAll({ ...backtest, costModel: null, quantiles: null }, panel)
  assert.deepEqual([bare.costs, bare.quantiles, bare.blend], [null, null, null])
  assert.equal('net_sharpe' in bare.metrics, false)
})

for (const [name, asked] of Object.entries({ backtest, blend })) {
  test(`${name}: dates computed in pieces on shared memory give the bytes of one run`, () => {
    const days = planDays(asked, panel)
    const daily = allocateDaily(days, panel, (bytes) => new SharedArrayBuffer(bytes))
    const run = { backtest: asked, panel, days, daily }
    const middle = days.count >> 1
    for (const [from, to] of [
      [middle, days.count],
      [0, 7],
      [7, middle],
    ] as const) {
      for (const step of computeDates(run, from, to)) assert.ok(step.done <= step.total)
    }
    const steps = summarise(run)
    let step = steps.next()
    while (!step.done) step = steps.next()
    const plain = (value: unknown) =>
      JSON.stringify(value, (_, held) =>
        ArrayBuffer.isView(held)
          ? Array.from(held as unknown as number[], String)
          : String(held) === 'NaN'
            ? 'NaN'
            : held,
      )
    assert.equal(plain(step.value), plain(computeAll(asked, panel)))
  })
}

test('a run without a single signal succeeds with empty tables and says so', () => {
  const result = computeAll(
    { ...backtest, alpha: { name: 'momentum', parameters: { lookbackDays: 2000 } }, quantiles: null },
    panel,
  )
  assert.equal(result.portfolioReturns.values.length, 0)
  assert.equal(result.metrics.mean_ic, Number.NaN)
  assert.equal(result.metrics.average_turnover, 0)
  assert.equal(result.costs, null)
  assert.ok(result.warnings.some((warning) => warning.code === 'empty_days'))
})

test('an alpha that needs statements says when there are none', () => {
  const result = computeAll(
    { ...backtest, alpha: { name: 'value', parameters: {} }, quantiles: null },
    panelFromRows(prices),
  )
  assert.ok(result.warnings.some((warning) => warning.code === 'fundamentals_missing'))
})

test('a missing next-day return costs its weight a return, and is counted', () => {
  const result = computeAll(backtest, panel)
  assert.ok(result.metrics.missing_return_weight! > 0 && result.metrics.missing_return_weight! < 0.5)
})
