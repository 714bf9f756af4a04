import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { type Compared, differingFields, figureRows } from './compare.ts'

const job = (label: string, metrics: Compared['metrics'], computation: Compared['computation'] = {}): Compared => ({
  jobId: label.repeat(32).slice(0, 32),
  label,
  metrics,
  computation,
})
const best = (name: string, ...values: (number | null)[]) =>
  figureRows(values.map((value, at) => job(`job${at}`, { [name]: value }))).find((row) => row.name === name)?.best

test('more is better of an IC, less of a drawdown or a turnover', () => {
  assert.equal(best('mean_ic', 0.01, 0.03, 0.02), 1)
  assert.equal(best('max_drawdown', 0.1, 0.3, 0.05), 2)
  assert.equal(best('average_turnover', 0.1, 0.3), 0)
})

test('nothing is best among equals, of a figure without a direction, or where only one has a number', () => {
  assert.equal(best('mean_ic', 0.01, 0.01), null)
  assert.equal(best('decay_half_life', 1, 5), null)
  assert.equal(best('icir', Number.NaN, 0.3, null), null)
})

test('NaN and missing figures are never the best', () => {
  assert.equal(best('icir', Number.NaN, 0.3, 0.1, null), 1)
})

test('a figure that no job has is left out', () => {
  assert.deepEqual(
    figureRows([job('a', { icir: 1 }), job('b', {})]).map((row) => row.name),
    ['icir'],
  )
})

test('only the fields that differ are named, down to the parameter', () => {
  const one = { dataset: 'd', alpha: { name: 'momentum', parameters: { lookbackDays: 252 } }, decayHorizons: [1, 5] }
  const two = {
    dataset: 'd',
    alpha: { name: 'momentum', parameters: { lookbackDays: 126 } },
    decayHorizons: [1, 2],
    costModel: { bps: 5 },
  }
  assert.deepEqual(differingFields([job('a', {}, one), job('b', {}, two)]), [
    { field: 'alpha.parameters.lookbackDays', values: ['252', '126'] },
    { field: 'decayHorizons', values: ['[1,5]', '[1,2]'] },
    { field: 'costModel.bps', values: ['', '5'] },
  ])
})
