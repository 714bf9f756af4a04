import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber, formatIsoDate } from '../../core/dates.ts'
import type { CostModel } from '../../core/request.ts'
import { impactRate } from '../../engine/costs/trades.ts'
import { computeAll, computeCosts, liquidityByDay, panelFromRows } from '../../engine/index.ts'
import { type Panel, PRESENT } from '../../engine/panel.ts'
import type { BacktestResult, CostResult } from '../../engine/result.ts'
import { differences } from './compare.ts'
import { engineGolden, type GoldenJson, goldenCase, goldenPanel, syntheticRows } from './load.ts'
import { backtestOf, caseBacktest, datedColumns } from './run-case.ts'

const CASES = ['COST_A_momentum', 'COST_A_reversal', 'COST_R_momentum_2015']
const FIRST_TRADES = 40
const LAST_TRADES = 10

for (const name of CASES) {
  const golden = goldenCase(name)
  const source = goldenCase(golden.source_case)
  const backtest = caseBacktest(source, golden.weight_method)

  test(`${name}: volumes and volatilities of the reference, date by date`, async () => {
    const panel = await goldenPanel(golden.panel, source.fundamentals)
    for (const date of Object.keys(golden.adv_volatility).sort()) {
      const got = liquiditySection(panel, dayNumber(source.start), date)
      assert.deepEqual(differences(got, golden.adv_volatility[date], date), [])
    }
  })

  for (const run of golden.runs) {
    const model = costModelOf(run.config)
    const label = `${name} at ${model.bpsPerTrade} bps, coefficient ${model.impactCoefficient}`

    test(`${label}: summary, capacity and net returns of the reference`, async () => {
      const panel = await goldenPanel(golden.panel, source.fundamentals)
      const { costs } = computeAll({ ...backtest, costModel: model }, panel)
      assert.deepEqual(differences(costs!.summary, run.cost_summary), [])
      assert.deepEqual(differences(costs!.capacity, run.capacity), [])
      assert.deepEqual(differences(netColumns(costs!), run.net_returns), [])
    })

    test(`${label}: the first and last trades of the reference`, async () => {
      const panel = await goldenPanel(golden.panel, source.fundamentals)
      const trades = listTrades(computeAll(backtest, panel), panel, { model, startDay: dayNumber(source.start) })
      assert.equal(trades.length, run.n_trades)
      assert.deepEqual(differences(trades.slice(0, FIRST_TRADES), run.first_trades), [])
      assert.deepEqual(differences(trades.slice(-LAST_TRADES), run.last_trades), [])
    })
  }
}

const DEFAULTS = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 }
const G14 = backtestOf({ alphaName: 'momentum', costModel: DEFAULTS })
const { prices, fundamentals } = syntheticRows()
const synthetic = panelFromRows(prices, fundamentals)

test('G14: costs of the synthetic momentum run', () => {
  const golden = engineGolden().G14_costs
  const { costs, metrics } = computeAll(G14, synthetic)
  assert.deepEqual(differences(costs!.summary, golden.summary), [])
  assert.deepEqual(differences(costs!.capacity, golden.capacity), [])
  const { date, gross_return, cost_drag, net_return } = netColumns(costs!)
  const rows = date.map((day, k) => [day, gross_return[k], cost_drag[k], net_return[k]])
  assert.deepEqual(differences(rows, golden.net_returns), [])
  assert.equal(metrics.net_sharpe, costs!.summary.net_sharpe)
})

test('G14: the same book with a hundred million', () => {
  const { costs } = computeAll({ ...G14, costModel: { ...DEFAULTS, portfolioValueUsd: 1e8 } }, synthetic)
  const wanted = {
    total_cost_drag: 0.024947363372081668,
    net_sharpe: 5.1446571097936005,
    participation_violations: 1830,
  }
  assert.deepEqual(differences(costs!.summary, wanted), [])
})

test('prices after the last run day change no cost', () => {
  const { dates, weights, portfolioReturns } = computeAll(G14, synthetic)
  const input = {
    panel: synthetic,
    startDay: dayNumber(G14.startDate),
    dates,
    weights,
    portfolioReturns,
    model: DEFAULTS,
  }
  const from = synthetic.dates.indexOf(dates.at(-1)!) * synthetic.permnos.length
  const later = (column: Float64Array) => column.map((value, cell) => (cell >= from ? value * 2 : value))
  const panel = { ...synthetic, vol: later(synthetic.vol), ret: later(synthetic.ret), prc: later(synthetic.prc) }
  assert.deepEqual(computeCosts({ ...input, panel }), computeCosts(input))
})

function costModelOf(config: GoldenJson): CostModel {
  return {
    bpsPerTrade: config.bps_per_trade,
    impactCoefficient: config.impact_coefficient,
    participationLimit: config.participation_limit,
    portfolioValueUsd: config.portfolio_value_usd,
  }
}

function netColumns({ net }: CostResult) {
  const { date, value: gross_return } = datedColumns({ dates: net.dates, values: net.gross })
  return { date, gross_return, cost_drag: [...net.drag], net_return: [...net.net] }
}

/** Names with a row on the date; a value that is not known is null. */
function liquiditySection(panel: Panel, startDay: number, date: string) {
  const day = dayNumber(date)
  const { advUsd, volatility } = liquidityByDay(panel, startDay)(day)
  const row = panel.dates.indexOf(day) * panel.permnos.length
  const here = Array.from(panel.permnos.keys()).filter((i) => (panel.present[row + i]! & PRESENT.row) !== 0)
  const known = (value: number) => (Number.isNaN(value) ? null : value)
  return {
    permno: here.map((i) => panel.permnos[i]!),
    adv_usd: here.map((i) => known(advUsd[i]!)),
    volatility: here.map((i) => known(volatility[i]!)),
  }
}

interface Pricing {
  readonly model: CostModel
  readonly startDay: number
}

/** Every trade of a run by date and permno, from its weights: a plain reading of engine.md 6.3 and 6.4. */
function listTrades({ dates, permnos, weights }: BacktestResult, panel: Panel, { model, startDay }: Pricing) {
  const on = liquidityByDay(panel, startDay)
  const names = permnos.length
  const weightOf = (k: number, i: number) =>
    k < 0 || weights.state[k * names + i] === 0 ? 0 : weights.values[k * names + i]!
  const trades: object[] = []
  dates.forEach((day, k) => {
    const liquidity = on(day)
    permnos.forEach((permno, i) => {
      const value = Math.abs(weightOf(k, i) - weightOf(k - 1, i)) * model.portfolioValueUsd
      if (value <= 0.01) return
      const adv = liquidity.advUsd[i]! > 0 ? liquidity.advUsd[i]! : 100_000
      const volatility = liquidity.volatility[i]! > 0 ? liquidity.volatility[i]! : 0.01
      const commission = (model.bpsPerTrade * value) / 10_000
      const impact = impactRate(value / adv, volatility, model.impactCoefficient) * value
      trades.push({
        identifier: String(permno),
        trade_date: formatIsoDate(day),
        trade_value_usd: value,
        commission_spread_cost: commission,
        market_impact_cost: impact,
        total_cost_usd: commission + impact,
        total_cost_bps: ((commission + impact) / value) * 10_000,
        adv_usd: adv,
        volatility,
        participation_pct: value / adv,
      })
    })
  })
  return trades
}
