import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sum } from '../../engine/stats.ts'
import { differences } from './compare.ts'
import { goldenCase, goldenPanel, syntheticRows } from './load.ts'

test('a golden case agrees with itself, NaN strings read as numbers', () => {
  const golden = goldenCase('D_reversal').expected
  assert.deepEqual(differences(asNumbers(golden), golden), [])
})

for (const value of [0, 1e-6, 0.05, 1, 8671.459767632956, -4315538.5]) {
  test(`${value} moved by 1e-8 is found`, () => {
    const moved = value + 1e-8 * Math.max(1, Math.abs(value))
    assert.equal(differences({ a: [value, moved] }, { a: [value, value] }).length, 1)
  })
}

test('every number of a golden case is looked at', () => {
  const golden = { scalars: goldenCase('A_value').expected.scalars }
  for (const key of Object.keys(golden.scalars)) {
    const value = Number(golden.scalars[key] ?? 0)
    const moved = { scalars: { ...golden.scalars, [key]: value + 1e-8 * Math.max(1, Math.abs(value)) } }
    assert.equal(differences(moved, golden).length > 0, true, key)
  }
})

test('null, NaN, absent and shorter are four different differences', () => {
  for (const [actual, expected] of [
    [null, 'NaN'],
    [Number.NaN, null],
    [undefined, null],
    [[1], [1, 2]],
    ['2015-01-02', '2015-01-05'],
  ]) {
    assert.equal(differences({ a: actual }, { a: expected }).length, 1)
  }
})

test('the synthetic rows have the check sums of engine.md 12.8', () => {
  const { prices, fundamentals } = syntheticRows()
  assert.equal(prices.permno.length, 16720)
  assert.equal(Array.from(prices.ret).filter((value) => value === null).length, 55)
  assert.equal(Array.from(prices.prc!).filter((value) => value! < 0).length, 722)
  assert.deepEqual(
    differences([sum(prices.ret), sum(prices.vol!), sum(prices.shrout!)], [-1.2092, 1567187064, 29402120]),
    [],
  )
  assert.ok(Math.abs(sum(prices.prc!) - 694391.4) < 1e-6)
  assert.equal(fundamentals.permno.length, 117)
  const totals = [fundamentals.ceq!, fundamentals.ni!, fundamentals.revt!, fundamentals.cogs!, fundamentals.at!].map(
    sum,
  )
  assert.deepEqual(totals, [907000, 21010, 791100, 347790, 2692600])
})

test('the S&P panel has its 505 names, 1,259 dates and 619,040 rows', async () => {
  const panel = await goldenPanel('inputs/sp500_5yr.parquet')
  assert.equal(panel.permnos.length, 505)
  assert.equal(panel.dates.length, 1259)
  assert.equal(panel.present.filter((flags) => flags !== 0).length, 619040)
})

function asNumbers(golden: unknown): unknown {
  if (golden === 'NaN') return Number.NaN
  if (Array.isArray(golden)) return golden.map(asNumbers)
  if (typeof golden !== 'object' || golden === null) return golden
  return Object.fromEntries(Object.entries(golden).map(([key, value]) => [key, asNumbers(value)]))
}
