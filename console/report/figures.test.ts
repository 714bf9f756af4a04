import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { goldenModel } from '../../test/browser/golden-model.ts'
import {
  breakEvenBp,
  capacityCurve,
  headlineIc,
  meanInterval,
  onDates,
  scalar,
  sharpeInterval,
  spanOf,
} from './figures.ts'

const model = goldenModel()

test('the interval of a mean is 1.645 of its standard errors to each side', () => {
  const [low, high] = meanInterval(0.02, 2)!
  assert.ok(Math.abs(low - (0.02 - 0.0164485362695)) < 1e-12)
  assert.ok(Math.abs(high - (0.02 + 0.0164485362695)) < 1e-12)
})

test('the interval of a mean below zero still ascends', () => {
  const [low, high] = meanInterval(-0.02, -2)!
  assert.ok(low < -0.02 && high > -0.02)
})

test('a mean without a t has no interval', () => {
  assert.equal(meanInterval(0.02, NaN), null)
  assert.equal(meanInterval(0, 0), null)
})

test('the interval of a Sharpe ratio of one year reaches about 1.65 to each side', () => {
  const [low, high] = sharpeInterval(0.853, 252)!
  assert.ok(Math.abs((high - low) / 2 - 1.64604) < 1e-5)
  assert.equal(sharpeInterval(0.853, 1), null)
})

test('the break-even cost, paid on everything traded, takes the whole sum of gross returns', () => {
  const traded = 2 * (model.turnover.values as number[]).reduce((sum, value) => sum + value, 0)
  const gross = (model.returns.gross as number[]).reduce((sum, value) => sum + value, 0)
  assert.ok(Math.abs((breakEvenBp(model) / 10_000) * traded - gross) < 1e-12)
})

test('without a trade there is no break-even cost', () => {
  assert.ok(Number.isNaN(breakEvenBp({ ...model, turnover: { dates: [], values: [] } })))
})

test('a mean IC that a bad day made NaN gives way to that of the valid days', () => {
  const metrics = { ...model.metrics, mean_ic: NaN, mean_ic_valid: 0.03 }
  assert.deepEqual(headlineIc({ ...model, metrics }), { name: 'mean_ic_valid', value: 0.03 })
})

test('a scalar that is null, a text or not there is NaN', () => {
  const scalars = { absent: null, text: 'participation' }
  for (const name of ['absent', 'text', 'other', 'toString']) assert.ok(Number.isNaN(scalar(scalars, name)), name)
})

test('a series put on other dates has NaN where it has no value', () => {
  assert.deepEqual([...onDates([1, 2, 3], { dates: [1, 3], values: [5, 7] })], [5, NaN, 7])
})

test('a page without a day has no time axis', () => {
  const none = { dates: [], values: [] }
  const empty = {
    ...model,
    turnover: none,
    book: null,
    ic: { dates: [], ic: [], rankIc: [] },
    returns: { dates: [], gross: [], net: null, drag: null },
  }
  assert.equal(spanOf(empty), null)
})

test('the capacity curve at the portfolio value is the gross return a year minus the costs that were paid', () => {
  const { amounts, net } = capacityCurve(model)!
  const at = amounts.findIndex((amount) => Math.abs(amount - 1_000_000) < 1e-6)
  const paid = scalar(model.costs!.summary, 'total_cost_usd') / 1_000_000
  assert.ok(Math.abs(net[at]! - (scalar(model.costs!.capacity, 'gross_alpha_annualized') - paid)) < 1e-12)
  assert.ok(net.every((value, i) => i === 0 || value < net[i - 1]!))
})

test('the capacity curve ends before it falls off the page', () => {
  const summary = { ...model.costs!.summary, market_impact_cost_usd: 50_000 }
  const { net } = capacityCurve({ ...model, costs: { ...model.costs!, summary } })!
  assert.ok(net.length >= 2 && net.length < 13)
})

test('without a cost model there is no capacity curve', () => {
  assert.equal(capacityCurve({ ...model, costs: null }), null)
})
