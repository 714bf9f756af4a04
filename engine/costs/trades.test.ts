import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { differences } from '../../test/golden/compare.ts'
import { CELL, type DenseTable } from '../result.ts'
import type { Liquidity } from './liquidity.ts'
import { BPS, impactRate, priceTrades } from './trades.ts'

const MODEL = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 }
const PLENTY: Liquidity = { advUsd: new Float64Array(2).fill(1e7), volatility: new Float64Array(2).fill(0.02) }

/** Weights by date; undefined: no row. */
function book(...rows: (number | undefined)[][]) {
  const weights: DenseTable = {
    values: Float64Array.from(rows.flat(), (w) => w ?? Number.NaN),
    state: Uint8Array.from(rows.flat(), (w) => (w === undefined ? CELL.absent : CELL.value)),
  }
  return { dates: Int32Array.from(rows, (_, k) => 19_000 + k), names: rows[0]!.length, weights }
}

const impacts: [title: string, value: number, adv: number, volatility: number, bps: number][] = [
  ['a hundredth of the volume moves a two-percent name by two basis points', 1e4, 1e6, 0.02, 2],
  ['four times the trade moves it twice as far', 4e4, 1e6, 0.02, 4],
  ['an unknown volume has no impact', 1e4, Number.NaN, 0.02, 0],
  ['a zero volatility has no impact', 1e4, 1e6, 0, 0],
  ['an infinite volume has no impact', 1e4, Number.POSITIVE_INFINITY, 0.02, 0],
  ['an infinite volatility has no impact', 1e4, 1e6, Number.POSITIVE_INFINITY, 0],
  ['a trade of nothing has no impact', 0, 1e6, 0.02, 0],
]
for (const [title, value, adv, volatility, bps] of impacts) {
  test(title, () => assert.deepEqual(differences(impactRate(value / adv, volatility, 0.1) * BPS, bps), []))
}

test('a trade of 100,000 into a volume of ten million costs 50 of commission and 20 of impact', () => {
  const { totals } = priceTrades(book([0.1, 0]), () => PLENTY, MODEL)
  assert.deepEqual(
    differences(totals, {
      count: 1,
      tradedUsd: 100_000,
      commissionUsd: 50,
      impactUsd: 20,
      valueTimesParticipation: 1000,
      violations: 0,
      advFallbacks: 0,
    }),
    [],
  )
})

test('a name that leaves the book and returns trades on both days', () => {
  const held = book([0.1, 0.2], [0.1, 0.2], [undefined, 0.2], [0.1, 0.2])
  const { costUsd, totals } = priceTrades(held, () => PLENTY, MODEL)
  assert.equal(totals.count, 4)
  assert.deepEqual(
    differences(totals.tradedUsd, 500_000),
    [],
    'three trades of 100,000 in the first name, one of 200,000 in the second',
  )
  assert.deepEqual(
    [...costUsd].map((cost) => cost > 0),
    [true, false, true, true],
  )
})

test('a change of one cent is no trade but counts as turnover', () => {
  const { totals } = priceTrades(book([1e-8, 0.5]), () => PLENTY, MODEL)
  assert.equal(totals.count, 1)
  assert.equal(totals.turnover, 0.5 + 1e-8)
})

test('a date without any weight does not exist: the book is not sold for it', () => {
  const { dates, totals } = priceTrades(book([0.5, 0], [undefined, undefined], [0.5, 0]), () => PLENTY, MODEL)
  assert.deepEqual([...dates], [19_000, 19_002])
  assert.equal(totals.count, 1)
})

test('an unusable volume or volatility takes the fallback, is counted, and can break the limit', () => {
  const unknown = { advUsd: Float64Array.of(Number.NaN, 0), volatility: Float64Array.of(-1, 0.02) }
  const { totals } = priceTrades(book([0.01, 0.001]), () => unknown, MODEL)
  assert.deepEqual([totals.advFallbacks, totals.volatilityFallbacks, totals.violations], [2, 1, 1])
  assert.deepEqual(differences(totals.valueTimesAdv, 11_000 * 100_000), [])
  assert.deepEqual(differences(totals.valueTimesVolatility, 10_000 * 0.01 + 1_000 * 0.02), [])
})

test('a trade exactly at the participation limit is no violation', () => {
  const { totals } = priceTrades(book([0.5, 0]), () => PLENTY, MODEL)
  assert.equal(totals.violations, 0)
})
