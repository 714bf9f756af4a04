import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { differences } from '../../test/golden/compare.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { CELL, type DenseTable } from '../result.ts'
import { capacity } from './capacity.ts'
import { computeCosts, summariseCosts } from './compute-costs.ts'
import type { Liquidity } from './liquidity.ts'
import { NO_TRADES, priceTrades } from './trades.ts'

const MODEL = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 }
const DATES = Int32Array.of(19_000, 19_001, 19_002)
const GROSS = { dates: DATES, values: Float64Array.of(0.01, -0.005, 0.02) }
const NONE = Number.NaN
const LIQUIDITY: Record<number, Liquidity> = {
  19000: { advUsd: Float64Array.of(1e6, NONE), volatility: Float64Array.of(0.02, 0.03) },
  19001: { advUsd: Float64Array.of(2e6, 5e5), volatility: Float64Array.of(0.02, NONE) },
  19002: { advUsd: Float64Array.of(2e6, 5e5), volatility: Float64Array.of(0.02, 0.04) },
}
const BOOK = { dates: DATES, names: 2, weights: table([0.5, -0.5, 0.3, -0.7, 0.3, Number.NaN]) }

/** NaN: no row. */
function table(values: readonly number[]): DenseTable {
  return {
    values: Float64Array.from(values),
    state: Uint8Array.from(values, (value) => (Number.isNaN(value) ? CELL.absent : CELL.value)),
  }
}

const TRADES = priceTrades(BOOK, (day) => LIQUIDITY[day]!, MODEL)

// engine.md 12.5, C8.
test('two names over three days give the drag, net returns and summary of the reference', () => {
  const { net, summary } = summariseCosts(TRADES, GROSS, MODEL)
  assert.deepEqual(
    differences(net, {
      gross: [0.01, -0.005, 0.02],
      drag: [0.0045612087474362325, 0.0004529822128134703, 0.0036630046785357854],
      net: [0.005438791252563768, -0.00545298221281347, 0.016336995321464216],
    }),
    [],
  )
  assert.deepEqual(
    differences(summary, {
      total_cost_usd: 8677.195638785488,
      commission_spread_cost_usd: 1050,
      market_impact_cost_usd: 7627.195638785489,
      total_cost_drag: 0.008677195638785488,
      num_trades: 5,
      avg_trade_cost_bps: 41.31997923231185,
      adv_fallback_count: 1,
      volatility_fallback_count: 1,
      participation_violations: 5,
      gross_sharpe: 10.513149660756937,
      net_sharpe: 7.927696179423993,
      net_max_drawdown: 0.0054529822128133836,
      unmatched_cost_usd: 0,
      net_ruined: 0,
    }),
    [],
  )
})

// C9.
test('their capacity is that of the reference', () => {
  assert.deepEqual(
    differences(summariseCosts(TRADES, GROSS, MODEL).capacity, {
      avg_daily_turnover: 0.7,
      avg_holding_period_days: 1.4285714285714288,
      portfolio_adv: 666666.6666666666,
      portfolio_sigma: 0.028095238095238097,
      gross_alpha_annualized: 6.9900336506695275,
      impact_aum_5bps: 30163.74604998563,
      impact_aum_10bps: 120654.98419994253,
      participation_aum: 47619.04761904763,
      breakeven_aum: 184704301.79448426,
      implied_max_capacity: 30163.74604998563,
      limiting_factor: 'impact_5bps',
    }),
    [],
  )
})

// C10.
test('without trades a book keeps its turnover and alpha and has no other capacity', () => {
  const idle = { ...TRADES, totals: { ...NO_TRADES, turnover: TRADES.totals.turnover } }
  assert.deepEqual(
    differences(capacity(idle, 1.01 * 0.995 * 1.02 - 1, MODEL), {
      avg_daily_turnover: 0.7,
      gross_alpha_annualized: 6.9900336506695275,
      portfolio_adv: null,
      portfolio_sigma: null,
      impact_aum_5bps: null,
      participation_aum: null,
      breakeven_aum: null,
      implied_max_capacity: null,
      limiting_factor: null,
    }),
    [],
  )
})

test('a cost on a date without a return stays in the totals and is told apart', () => {
  const short = { dates: DATES.subarray(1), values: GROSS.values.subarray(1) }
  const { net, summary } = summariseCosts(TRADES, short, MODEL)
  assert.equal(net.dates.length, 2)
  assert.deepEqual(
    differences(summary, { total_cost_usd: 8677.195638785488, unmatched_cost_usd: 4561.208747436232 }),
    [],
  )
})

test('a day without a usable return is left out of the statistics and stays in the series', () => {
  const gapped = { dates: DATES, values: Float64Array.of(0.01, Number.NaN, 0.02) }
  const { net, summary } = summariseCosts(TRADES, gapped, MODEL)
  assert.ok(Number.isNaN(net.net[1]!))
  assert.deepEqual(differences(summary.total_gross_return, 0.0302), [])
})

/** Thirty days of five names, each with its own pace, weights that change daily. */
function world(seed: number) {
  const [days, names] = [30, 5]
  const cells = Array.from({ length: days * names }, (_, k) => ({ t: Math.floor(k / names), i: k % names }))
  const noise = (t: number, i: number) => ((7919 * (i + 1) + 10473 * t + 613 * (i + 1) * t + seed) % 10007) / 10007
  const panel = panelFromRows({
    permno: cells.map(({ i }) => 10_001 + i),
    date: cells.map(({ t }) => 19_000 + t),
    ret: cells.map(({ t, i }) => (noise(t, i) - 0.5) / 10),
    prc: cells.map(({ t, i }) => 20 + noise(t, i)),
    vol: cells.map(({ t, i }) => 1_000 + 50_000 * noise(i, t)),
  })
  const dates = panel.dates.subarray(22)
  const values = Array.from(dates, (day) => [0, 1, 2, 3, 4].map((i) => noise(day - 18_000, i) - 0.5)).flat()
  const returns = { dates, values: Float64Array.from(dates, (day) => (noise(day - 17_000, 3) - 0.5) / 50) }
  return { panel, startDay: dates[0]!, dates, weights: table(values), portfolioReturns: returns, model: MODEL }
}

const seeds = fc.integer({ min: 0, max: 10_006 })

test('net is gross less drag on every date, and drags add up to the total', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { net, summary } = computeCosts(world(seed))
      assert.deepEqual(
        net.net,
        net.gross.map((value, k) => value - net.drag[k]!),
      )
      assert.deepEqual(
        differences(
          net.drag.reduce((a, b) => a + b),
          summary.total_cost_drag,
        ),
        [],
      )
    }),
  )
})

test('commission grows with the portfolio, impact with its power of three halves', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 2, max: 9 }), (seed, times) => {
      const small = computeCosts(world(seed)).summary
      const model = { ...MODEL, portfolioValueUsd: times * MODEL.portfolioValueUsd }
      const large = computeCosts({ ...world(seed), model }).summary
      assert.deepEqual(
        differences(large, {
          commission_spread_cost_usd: small.commission_spread_cost_usd! * times,
          market_impact_cost_usd: small.market_impact_cost_usd! * times ** 1.5,
        }),
        [],
      )
    }),
  )
})

test('the repriced breakeven is the size at which the priced run loses its alpha', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { capacity: found } = computeCosts(world(seed))
      fc.pre(found.repriced_breakeven_aum !== null)
      const model = { ...MODEL, portfolioValueUsd: found.repriced_breakeven_aum as number }
      fc.pre(model.portfolioValueUsd > 1_000)
      const input = world(seed)
      const at = computeCosts({ ...input, model }).summary
      assert.deepEqual(differences((at.total_cost_drag! * 252) / input.dates.length, found.gross_alpha_annualized), [])
    }),
  )
})

test('no number of a date changes when prices of that date and after it do', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 7 }), (seed, row) => {
      const input = world(seed)
      const from = (22 + row) * 5
      const vol = input.panel.vol.map((v, cell) => (cell >= from ? v * 3 : v))
      const ret = input.panel.ret.map((r, cell) => (cell >= from ? r / 2 : r))
      const changed = computeCosts({ ...input, panel: { ...input.panel, vol, ret } })
      const before = computeCosts(input)
      assert.deepEqual(changed.net.drag.subarray(0, row + 1), before.net.drag.subarray(0, row + 1))
    }),
  )
})

test('the order of the securities changes no figure', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const input = world(seed)
      const reversed = <A extends Float64Array | Uint8Array>(cells: A): A =>
        cells.map((_, cell) => cells[cell - (cell % 5) + 4 - (cell % 5)]!) as A
      const { panel, weights } = input
      const mirrored = computeCosts({
        ...input,
        panel: {
          ...panel,
          present: reversed(panel.present),
          ret: reversed(panel.ret),
          prc: reversed(panel.prc),
          vol: reversed(panel.vol),
        },
        weights: { values: reversed(weights.values), state: reversed(weights.state) },
      })
      assert.deepEqual(differences(mirrored, computeCosts(input)), [])
    }),
  )
})
