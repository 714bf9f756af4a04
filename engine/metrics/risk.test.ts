import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayNumber } from '../../core/dates.ts'
import { differences } from '../../test/golden/compare.ts'
import statistics from '../../test/golden/statistics-checks.json' with { type: 'json' }
import { compounded, finiteReturns, maxDrawdown, riskMetrics, sharpe } from './risk.ts'

const START = dayNumber('2024-01-25')

/** One return per calendar day from 25 January 2024 on. */
function series(values: readonly number[]) {
  return { dates: Int32Array.from(values, (_, k) => START + k), values: Float64Array.from(values) }
}

const DAILY = statistics.data.r_daily_60

// Expected values: statistics-checks.json, perf.*; the drawdown changes sign because ours is positive.
test('the sixty daily returns of the statistics checks give the figures of scipy and empyrical', () => {
  const { metrics } = riskMetrics(series(DAILY))
  assert.deepEqual(
    differences(metrics, {
      cumulative_return: 0.09662712941858476,
      volatility_ann: 0.1543830873091405,
      gross_sharpe: 2.5873365208725843,
      sortino: 3.89178361883921,
      calmar: 7.1002759379513085,
      max_drawdown: 0.06663862294019063,
      var_5: -0.0152485,
      es_5: -0.021782333333333334,
      skewness: -0.48259092584628943,
      kurtosis: 4.471545828676108,
      positive_day_rate: DAILY.filter((r) => r >= 0).length / 60,
    }),
    [],
  )
})

test('every expected figure above is the one in the statistics checks', () => {
  const expected = new Map(statistics.checks.map((check) => [check.id, check.expected as Record<string, unknown>]))
  const { metrics } = riskMetrics(series(DAILY))
  assert.deepEqual(
    differences(
      {
        'perf.total_return': { value: metrics.cumulative_return },
        'perf.vol': { value: metrics.volatility_ann },
        'perf.calmar': { value: metrics.calmar },
        'perf.max_drawdown': { value: -metrics.max_drawdown! },
      },
      Object.fromEntries(
        ['perf.total_return', 'perf.vol', 'perf.calmar', 'perf.max_drawdown'].map((id) => [
          id,
          { value: expected.get(id)!.value },
        ]),
      ),
    ),
    [],
  )
})

test('the deepest fall runs from the sixteenth to the twentieth return', () => {
  const { drawdown } = riskMetrics(series(DAILY))
  assert.deepEqual(drawdown, { peak: START + 15, trough: START + 19 })
})

test('a first loss counts from the start, which has no label', () => {
  const { metrics, drawdown } = riskMetrics(series([-0.1, 0.05, -0.02]))
  assert.deepEqual(differences(metrics, { max_drawdown: 0.1 }), [])
  assert.deepEqual(drawdown, { peak: null, trough: START })
})

const drawdowns: [title: string, returns: number[], depth: number | null][] = [
  ['a tenth up and a tenth down falls by a tenth', [0.1, -0.1], 0.1],
  ['half lost at once is half', [-0.5], 0.5],
  ['only gains never fall', [0.01, 0.02, 0.03], 0],
  ['a loss of more than everything exceeds one', [-2, 0.1], 2.1],
]
for (const [title, returns, depth] of drawdowns) {
  test(title, () => assert.deepEqual(differences(maxDrawdown(Float64Array.from(returns))?.depth, depth), []))
}

test('no return has no drawdown, no compounded return and no month', () => {
  assert.equal(maxDrawdown(new Float64Array(0)), null)
  const empty = riskMetrics(series([]))
  assert.deepEqual(
    Object.values(empty.metrics).filter((value) => value !== null),
    [],
  )
  assert.equal(empty.worstMonth, null)
})

test('ruin ends the risk figures at a drawdown of one, without a Calmar ratio', () => {
  const { metrics } = riskMetrics(series([0.1, -2, 0.1]))
  assert.equal(metrics.max_drawdown, 1)
  assert.equal(metrics.calmar, null)
})

test('the Sharpe ratio of three returns is the reference one, and ten equal returns have none', () => {
  assert.deepEqual(differences(sharpe(Float64Array.of(0.01, -0.02, 0.015)), 1.3976724838434154), [])
  assert.equal(sharpe(new Float64Array(10).fill(0.001)), null)
  assert.equal(sharpe(Float64Array.of(0.01)), null)
})

test('missing and infinite returns are left out, with their dates', () => {
  const kept = finiteReturns(series([0.01, Number.NaN, 0.02, Number.POSITIVE_INFINITY]))
  assert.deepEqual([...kept.dates], [START, START + 2])
  assert.deepEqual(differences(compounded(kept.values), 0.0302), [])
})

test('the worst month is the one with the lowest compounded return', () => {
  const values = new Array(40).fill(0).map((_, k) => (k >= 7 && k < 10 ? -0.01 : 0.001))
  const { worstMonth, metrics } = riskMetrics(series(values))
  assert.deepEqual([worstMonth!.year, worstMonth!.month], [2024, 2])
  const february = compounded(Float64Array.from(values.slice(7, 36)))!
  assert.deepEqual(differences(metrics.worst_month, february), [])
})

test('a day without a return counts as not lost', () => {
  assert.equal(riskMetrics(series([0.01, 0, -0.01, -0.02])).metrics.positive_day_rate, 0.5)
})

test('scaling every return leaves Sharpe and Sortino, and scales volatility and tails', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 5, maxLength: 60 }),
      fc.integer({ min: 1, max: 19 }),
      (hundredths, tenths) => {
        const returns = hundredths.map((r) => r / 100_000)
        const scale = tenths / 10
        const plain = riskMetrics(series(returns)).metrics
        const scaled = riskMetrics(series(returns.map((r) => r * scale))).metrics
        fc.pre(plain.volatility_ann! > 0 && scaled.gross_sharpe !== null)
        for (const name of ['gross_sharpe', 'sortino', 'skewness', 'kurtosis'] as const) {
          assert.deepEqual(differences(scaled[name], plain[name], name), [])
        }
        for (const name of ['volatility_ann', 'var_5', 'es_5'] as const) {
          assert.deepEqual(differences(scaled[name], plain[name]! * scale, name), [])
        }
      },
    ),
  )
})

test('expected shortfall is never above value at risk, and the drawdown never negative', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 1 }), (returns) => {
      const { metrics } = riskMetrics(series(returns))
      assert.ok(metrics.es_5! <= metrics.var_5! + 1e-15)
      assert.ok(metrics.max_drawdown! >= 0 && metrics.max_drawdown! <= 1)
    }),
  )
})
