import { strict as assert } from 'node:assert'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { formatIsoDate } from '../../core/dates.ts'
import { autocorrelation, type BacktestResult, signalWeights, type WeightMethod } from '../../engine/index.ts'
import { type Panel, PRESENT } from '../../engine/panel.ts'
import { averageTurnover, dailyTurnover } from '../../engine/portfolio/turnover.ts'
import { CELL } from '../../engine/result.ts'
import { differences } from './compare.ts'
import { type GoldenJson, goldenCase, goldenPanel } from './load.ts'
import { crossSection, datedColumns, forwardReturns, runCase } from './run-case.ts'
import { tieOrder } from './tie-order.ts'

const names = readdirSync(new URL('cases/', import.meta.url))
  .map((file) => file.replace('.json', ''))
  .filter((name) => /^[ABCDR]_/.test(name))

test('the golden backtests are all there', () => assert.equal(names.length, 18))

for (const name of names) {
  test(`${name}: scalars, daily IC, decay, signals and forward returns are the reference's`, async () => {
    const golden = goldenCase(name)
    const result = await runCase(golden, 'zscore')
    const panel = await goldenPanel(golden.panel, golden.fundamentals)
    assert.deepEqual(differences(shapeOf(result, golden.expected), comparable(golden.expected)), [])
    for (const [date, columns] of Object.entries<GoldenJson>(golden.expected.signals)) {
      const { permno, value } = crossSection(result, result.signals, date)
      assert.deepEqual(differences({ permno, signal: value }, columns, date), [])
    }
    for (const [date, columns] of Object.entries<GoldenJson>(golden.expected.forward_returns_1d)) {
      const { permno, value } = forwardReturns(panel, date, 1)
      assert.deepEqual(differences({ permno, return: value }, columns, date), [])
    }
  })

  for (const method of ['zscore', 'quantile', 'rank'] as const) {
    test(`${name}: ${method} weights, turnover and returns are the reference's in id order`, async () => {
      const golden = goldenCase(name)
      const result = await runCase(golden, method)
      compareBook(result, golden.expected.weights[method], method)
      compareRaw(result, golden.expected.weights[method], await goldenPanel(golden.panel, golden.fundamentals))
    })
  }

  test(`${name}: other leverage, sides and buckets weigh as the reference does`, async () => {
    const golden = goldenCase(name)
    for (const options of golden.expected.weight_options ?? []) compareOptions(await runCase(golden, 'zscore'), options)
  })
}

/** The spread is compared in id order; autocorrelations are rounding noise, of which only finiteness is compared. */
function comparable(expected: GoldenJson): GoldenJson {
  const { autocorr_1, autocorr_5, autocorr_20, long_short_spread, ...scalars } = expected.scalars
  return {
    scalars: { ...scalars, long_short_spread: expected.long_short_permno_order },
    autocorrelationIsFinite: [autocorr_1, autocorr_5, autocorr_20].map((value) => typeof value === 'number'),
    daily_ic: expected.daily_ic,
    decay_curve: expected.decay_curve,
    signal_sum_abs_by_date: expected.signal_sum_abs_by_date,
    n_dates: expected.n_dates,
    n_signal_rows: expected.n_signal_rows,
  }
}

function shapeOf(result: BacktestResult, expected: GoldenJson): unknown {
  const sections = expected.signal_sum_abs_by_date.date.map(
    (date: string) => crossSection(result, result.signals, date).value,
  )
  const sizes = sections.map((column: (number | null)[]) => column.length)
  return {
    scalars: result.metrics,
    autocorrelationIsFinite: [1, 5, 20].map((lag) => Number.isFinite(autocorrelation(meanSignals(result), lag))),
    daily_ic: {
      date: Array.from(result.dailyIc.dates, formatIsoDate),
      ic: result.dailyIc.ic,
      rank_ic: result.dailyIc.rankIc,
    },
    decay_curve: { horizon: result.decay.horizons, ic: result.decay.ic, rank_ic: result.decay.rankIc },
    signal_sum_abs_by_date: {
      date: expected.signal_sum_abs_by_date.date,
      n: sizes,
      sum_abs: sections.map((column: (number | null)[]) =>
        column.reduce<number>((sum, z) => sum + Math.abs(z ?? 0), 0),
      ),
    },
    n_dates: result.dates.length,
    n_signal_rows: result.signals.state.filter((state) => state !== CELL.absent).length,
  }
}

function meanSignals(result: BacktestResult): (number | null)[] {
  const names = result.permnos.length
  return Array.from(result.dates, (_, k) => {
    const kept = Array.from({ length: names }, (_, i) => k * names + i).filter(
      (c) => result.signals.state[c] === CELL.value,
    )
    return kept.length === 0 ? null : kept.reduce((sum, c) => sum + result.signals.values[c]!, 0) / kept.length
  })
}

function compareBook(result: BacktestResult, golden: GoldenJson, method: WeightMethod): void {
  const turnover = datedColumns(result.turnover)
  const returns = datedColumns(result.portfolioReturns)
  const average = result.metrics.average_turnover
  assert.deepEqual(
    differences(
      { average_turnover: average, daily_turnover: turnover.value, portfolio_return: returns.value },
      golden.permno_order,
      `${method} in id order`,
    ),
    [],
  )
  assert.deepEqual(differences(turnover.date, golden.daily_turnover.date), [])
  assert.deepEqual(differences(returns.date, golden.daily_portfolio_returns.date), [])
  for (const [date, columns] of Object.entries<GoldenJson>(golden.weights)) {
    const { permno, value } = crossSection(result, result.weights, date)
    assert.deepEqual(differences({ permno, weight: value }, columns, date), [])
  }
}

/** Another order among equal signals must be able to make the reference's raw numbers of ours. */
function compareRaw(result: BacktestResult, golden: GoldenJson, panel: Panel): void {
  const names = panel.permnos.length
  const order = tieOrder(result, (k, i) => {
    const cell = (panel.dates.indexOf(result.dates[k]!) + 1) * names + i
    return (panel.present[cell]! & PRESENT.ret) === 0 ? 0 : panel.ret[cell]!
  })
  let slack = 0
  result.turnover.dates.forEach((date, t) => {
    const k = result.dates.indexOf(date)
    const reach = (order.moved[k]! + (k === 0 ? 0 : order.moved[k - 1]!)) / 2
    if (t > 0) slack += reach
    within(
      Number(golden.daily_turnover.turnover[t]),
      result.turnover.values[t]! - reach,
      result.turnover.values[t]! + reach,
    )
  })
  slack /= Math.max(1, result.turnover.dates.length - 1)
  const average = result.metrics.average_turnover!
  within(golden.average_turnover, average - slack, average + slack)
  result.portfolioReturns.dates.forEach((date, t) => {
    const k = result.dates.indexOf(date)
    const raw = Number(golden.daily_portfolio_returns.return[t])
    if (Number.isNaN(result.portfolioReturns.values[t]!)) assert.ok(Number.isNaN(raw))
    else within(raw, order.lowReturn[k]!, order.highReturn[k]!)
  })
}

function within(raw: number, low: number, high: number): void {
  assert.ok(raw >= low - 1e-12 - 1e-9 * Math.abs(low), `the reference gave ${raw}, no order gives less than ${low}`)
  assert.ok(raw <= high + 1e-12 + 1e-9 * Math.abs(high), `the reference gave ${raw}, no order gives more than ${high}`)
}

function compareOptions(result: BacktestResult, golden: GoldenJson): void {
  const names = result.permnos.length
  const options = { longOnly: golden.long_only, targetLeverage: golden.target_leverage, nQuantiles: golden.n_quantiles }
  const weights = {
    values: new Float64Array(result.weights.values.length),
    state: new Uint8Array(result.weights.state.length),
  }
  for (let k = 0; k < result.dates.length; k++) {
    const cells = Array.from({ length: names }, (_, i) => k * names + i)
    const signals = cells.map((c) => (result.signals.state[c] === CELL.value ? result.signals.values[c]! : null))
    signalWeights(signals, { method: golden.method, ...options }).forEach((weight, i) => {
      weights.values[k * names + i] = weight ?? 0
      weights.state[k * names + i] = weight === null ? CELL.absent : CELL.value
    })
  }
  for (const [date, columns] of Object.entries<GoldenJson>(golden.weights)) {
    const { permno, value } = crossSection(result, weights, date)
    assert.deepEqual(differences({ permno, weight: value }, columns, `${golden.method} ${date}`), [])
  }
  const average = averageTurnover(dailyTurnover(weights, result.dates).values)
  assert.deepEqual(differences(average, golden.avg_turnover, `${golden.method} turnover`), [])
}
