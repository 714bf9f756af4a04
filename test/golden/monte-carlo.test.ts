import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import {
  computeAll,
  computeMonteCarlo,
  type MonteCarloResult,
  type MonteCarloSettings,
  PATH_METRICS,
  panelFromRows,
  planMonteCarlo,
  type ResampleSource,
  type Series,
} from '../../engine/index.ts'
import { drawDays, drawPermutation } from '../../engine/monte-carlo/draw.ts'
import { numpyWords } from '../../engine/monte-carlo/numpy-words.ts'
import { measureReturns, poolOf, type ReturnFigures } from '../../engine/monte-carlo/path-metrics.ts'
import { populationSd } from '../../engine/stats.ts'
import { closeEnough, differences } from './compare.ts'
import { engineGolden, type GoldenJson, goldenCase, syntheticRows } from './load.ts'
import { backtestOf } from './run-case.ts'
import { CHECKS, series } from './statistics-computed.ts'

const PARITY: MonteCarloSettings = {
  simulations: 1000,
  method: 'bootstrap',
  blockLength: null,
  seed: 42,
  confidenceLevels: [0.05, 0.5, 0.95],
  basis: 'gross',
  generator: 'numpy-pcg64',
}

function simulate(settings: Partial<MonteCarloSettings>, source: ResampleSource): MonteCarloResult {
  const steps = computeMonteCarlo(planMonteCarlo({ ...PARITY, ...settings }, source))
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function sourceOf(returns: readonly number[], ics: readonly number[]): ResampleSource {
  const series = (values: readonly number[]): Series => ({
    dates: Int32Array.from(values, (_, k) => 20000 + k),
    values: Float64Array.from(values),
  })
  return { returns: series(returns), ic: series(ics) }
}

/** The intervals as the cases hold them. Under a shuffle all but the drawdown lies above the median by rounding. */
function shapeOf(result: MonteCarloResult, ordersOnly: boolean) {
  const shape: Record<string, unknown> = ordersOnly ? {} : { p_value_sharpe: result.pValues.sharpe }
  for (const { metric, observed, quantiles, aboveMedian } of result.intervals) {
    const pairs = Object.entries(quantiles).map(([level, value]) => [Number(level), value])
    shape[`${metric}_ci`] = { observed, quantiles: pairs, is_significant: aboveMedian }
  }
  return shape
}

/** The golden without what rounding decides. */
function comparable(golden: GoldenJson, ordersOnly: boolean): GoldenJson {
  const { n_simulations, index_returns, index_ic, sharpe, max_drawdown, mean_ic, hit_rate, ...rest } = golden
  if (!ordersOnly) return rest
  const { p_value_sharpe, ...intervals } = rest
  for (const metric of ['sharpe', 'mean_ic', 'hit_rate']) delete intervals[`${metric}_ci`].is_significant
  return intervals
}

for (const name of ['MC_A_momentum', 'MC_B_reversal', 'MC_R_momentum_2015']) {
  const golden = goldenCase(name)
  const source = sourceOf(golden.returns, golden.rank_ic)
  const settings = { seed: golden.seed, confidenceLevels: golden.confidence_levels }

  for (const method of ['bootstrap', 'shuffle'] as const) {
    for (const part of ['full', 'replay'] as const) {
      const expected = golden[part][method]
      test(`${name}, ${method}, ${expected.n_simulations} paths: figures of the reference`, () => {
        const result = simulate({ ...settings, method, simulations: expected.n_simulations }, source)
        const ordersOnly = method === 'shuffle'
        assert.deepEqual(differences(shapeOf(result, ordersOnly), comparable(expected, ordersOnly)), [])
        if (part === 'replay') assert.deepEqual(differences(result.distributions, distributionsOf(expected)), [])
      })
    }

    test(`${name}, ${method}: the reference's index matrices are drawn, and give its distributions`, () => {
      const { index_returns, index_ic, ...expected } = golden.replay[method]
      const words = numpyWords(golden.seed, 64)
      const picks = new Int32Array(golden.returns.length)
      for (const row of [...index_returns, ...index_ic]) {
        if (method === 'bootstrap') drawDays(words, picks, picks.length)
        else drawPermutation(words, picks)
        assert.deepEqual([...picks], row)
      }
      assert.deepEqual(differences(replayed(golden, method), distributionsOf(expected)), [])
    })
  }
}

function distributionsOf(golden: GoldenJson): GoldenJson {
  return Object.fromEntries(PATH_METRICS.map((metric) => [metric, golden[metric]]))
}

/** The metrics of the paths that a case's index matrices describe. */
function replayed(golden: GoldenJson, method: string) {
  const pool = poolOf(Float64Array.from(golden.returns as number[]), Float64Array.from(golden.rank_ic as number[]))
  const rows: ReturnFigures[] = golden.replay[method].index_returns.map((picks: number[]) => {
    const figures = { sharpe: 0, nullSharpe: 0, maxDrawdown: 0, hitRate: 0 }
    pool.picks.set(picks)
    measureReturns(pool, figures)
    return figures
  })
  return {
    sharpe: rows.map(({ sharpe }) => sharpe),
    max_drawdown: rows.map(({ maxDrawdown }) => maxDrawdown),
    hit_rate: rows.map(({ hitRate }) => hitRate),
    mean_ic: golden.replay[method].index_ic.map((picks: number[]) => {
      pool.picks.set(picks)
      return pool.meanIc()
    }),
  }
}

const R5 = [0.01, -0.02, 0.015, 0, 0.01]
const IC5 = [0.1, 0.05, 0.2, -0.05, 0]
const five = sourceOf(R5, IC5)
const named = (result: MonteCarloResult) => result.intervals.map(({ q05, q50, q95 }) => [q05, q50, q95])

test('MC1: four paths of five days', () => {
  const { intervals, distributions, pValues } = simulate({ simulations: 4 }, five)
  assert.deepEqual(
    differences(distributions, {
      sharpe: [16.74774481898202, 2.4350383497402834, 11.224972160321824, 25.922962793631445],
      max_drawdown: [0, -0.02, 0, 0],
      mean_ic: [0.06, 0.11, 0.11, 0.02],
      hit_rate: [1, 0.8, 1, 1],
    }),
    [],
  )
  const observed = intervals.map((interval) => interval.observed)
  assert.deepEqual(differences(observed, [3.4103913603528313, -0.02, 0.06, 0.8]), [])
  assert.equal(pValues.sharpe, 0.75)
  const { q05, q50, q95 } = intervals[0]!
  assert.deepEqual(differences([q05, q50, q95], [3.753528421327515, 13.986358489651924, 24.546680097434027]), [])
})

test('MC2: a thousand paths of five days', () => {
  const result = simulate({}, five)
  const expected = [
    [-7.0992957397195395, 4.305569768855541, 75.3551590801851],
    [-0.0398900408, -0.02, 0],
    [0, 0.06, 0.13],
    [0.4, 0.8, 1],
  ]
  assert.deepEqual(differences(named(result), expected), [])
  assert.equal(result.pValues.sharpe, 0.601)
})

test('MC3: an order changes neither Sharpe ratio nor hit rate nor mean IC', () => {
  const { distributions } = simulate({ method: 'shuffle' }, five)
  for (const sharpe of distributions.sharpe) assert.ok(Math.abs(sharpe - 3.41039136035283) < 1e-12)
  for (const rate of distributions.hit_rate) assert.equal(rate, 0.8)
  for (const ic of distributions.mean_ic) assert.ok(closeEnough(ic, 0.06))
})

test('MC4: constant gains are infinitely good on every path, and have no percentile', () => {
  const { intervals, distributions, pValues } = simulate({ simulations: 4 }, sourceOf(Array(5).fill(0.01), IC5))
  assert.equal(intervals[0]!.observed, Number.POSITIVE_INFINITY)
  assert.deepEqual([...distributions.sharpe], Array(4).fill(Number.POSITIVE_INFINITY))
  assert.deepEqual(Object.values(intervals[0]!.quantiles), [Number.NaN, Number.NaN, Number.NaN])
  assert.equal(pValues.sharpe, 1)
})

test('MC5: one return has no Sharpe ratio, no percentile of it and no p-value', () => {
  const { intervals, pValues } = simulate({ simulations: 4 }, sourceOf([0.01], []))
  assert.deepEqual([intervals[0]!.observed, intervals[0]!.quantiles, pValues.sharpe], [Number.NaN, {}, Number.NaN])
  assert.equal(intervals[1]!.observed, 0)
})

test('MC6: the drawdown counts from the start', () => {
  const drawdown = (returns: number[]) => simulate({ simulations: 1 }, sourceOf(returns, [])).intervals[1]!.observed
  assert.deepEqual([drawdown([0.5, -0.5]), drawdown([-0.5])], [-0.5, -0.5])
})

test('MC7: no return, level 1.5 and an unknown method are errors', () => {
  for (const [settings, source] of [
    [{}, sourceOf([], [])],
    [{ confidenceLevels: [1.5] }, five],
    [{ method: 'jackknife' as 'shuffle' }, five],
  ] as const) {
    assert.throws(() => simulate(settings, source), HindcastError)
  }
})

test('MC8: only the levels that were asked for', () => {
  const { intervals } = simulate({ confidenceLevels: [0.1, 0.25, 0.75, 0.9] }, five)
  assert.deepEqual(Object.keys(intervals[0]!.quantiles), ['0.1', '0.25', '0.75', '0.9'])
  assert.ok(Number.isNaN(intervals[0]!.q05))
})

for (const [method, id] of [
  ['stationary', 'bootstrap.exact_se_stationary'],
  ['circular', 'bootstrap.exact_se_circular'],
] as const) {
  test(`${id}: the mean of ${method} paths scatters as the exact formula says, within 1.5 %`, () => {
    const { expected } = CHECKS.find((check) => check.id === id)!
    const values = [...series('x_ar1_100')]
    const settings = { method, blockLength: 5, simulations: 20000, generator: 'counter' } as const
    const means = simulate(settings, sourceOf(values, values)).distributions.mean_ic
    assert.ok(Math.abs(populationSd(means)! / expected.se - 1) < 0.015)
  })
}

const rows = syntheticRows()
const g1 = computeAll(backtestOf({ alphaName: 'momentum' }), panelFromRows(rows.prices, rows.fundamentals))
const momentum = { returns: g1.portfolioReturns, ic: { dates: g1.dailyIc.dates, values: g1.dailyIc.rankIc } }

test('G15: a bootstrap of G1 as printed in engine.md 12.8 and in engine-golden.json', () => {
  const result = simulate({}, momentum)
  const expected = [
    [2.9543225545329617, 5.909192387496107, 9.16548914955721],
    [-0.045582664531201716, -0.024469406132465944, -0.013787883573010376],
    [0.02293131380538112, 0.054677965263451464, 0.08485615881430826],
    [0.546875, 0.640625, 0.734375],
  ]
  assert.deepEqual(differences(named(result), expected), [])
  assert.equal(result.pValues.sharpe, 0.499)
  assert.deepEqual(differences(goldenShape(result), engineGolden().G15_bootstrap), [])
})

test('G15: a shuffle of G1', () => {
  const result = simulate({ method: 'shuffle' }, momentum)
  const { q05, q50, q95 } = result.intervals[1]!
  assert.deepEqual(
    differences([q05, q50, q95], [-0.039273654468638924, -0.024753048734262643, -0.016607268919109845]),
    [],
  )
  const { p_value_sharpe, ...golden } = engineGolden().G15_shuffle
  assert.deepEqual(differences(goldenShape(result), golden), [])
})

/** A result as engine-golden.json holds it. */
function goldenShape({ intervals, distributions, pValues }: MonteCarloResult) {
  const metrics = intervals.map(({ metric, observed, quantiles }) => {
    return [metric, { observed, quantiles, first10: distributions[metric].subarray(0, 10) }]
  })
  return { ...Object.fromEntries(metrics), p_value_sharpe: pValues.sharpe }
}
