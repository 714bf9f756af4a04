import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { computeAll, type Series, statistics } from '../../engine/index.ts'
import { finiteReturns } from '../../engine/metrics/risk.ts'
import { goldenCase, goldenPanel } from './load.ts'
import { caseBacktest } from './run-case.ts'

const COSTS = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 }

const psrOf = (returns: Series) => {
  const sample = statistics.sharpeSample(finiteReturns(returns).values)
  return statistics.probabilisticSharpe(sample)
}

for (const name of ['A_momentum', 'R_momentum_2015']) {
  test(`${name}: a Backtest carries the PSR of its gross returns, and of its net returns where costs ran`, async () => {
    const golden = goldenCase(name)
    const panel = await goldenPanel(golden.panel, golden.fundamentals)
    const free = computeAll({ ...caseBacktest(golden, 'zscore'), costModel: null }, panel)
    const paying = computeAll({ ...caseBacktest(golden, 'zscore'), costModel: COSTS }, panel)
    assert.equal(free.metrics.psr, psrOf(free.portfolioReturns))
    assert.equal(paying.metrics.psr, psrOf({ dates: paying.costs!.net.dates, values: paying.costs!.net.net }))
    assert.ok(paying.metrics.psr! < free.metrics.psr!)
    const { sharpe_low: low, sharpe_high: high, gross_sharpe: observed } = free.metrics
    assert.ok(low! < observed! && observed! < high!)
  })
}
