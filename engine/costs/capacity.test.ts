import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { closeEnough, differences } from '../../test/golden/compare.ts'
import { annualAlpha, breakevenAum, breakevenClosedForm, type CapacityInputs, capacity, impactAum } from './capacity.ts'
import { repricedCapacity } from './repriced-capacity.ts'
import { NO_TRADES, type Trades } from './trades.ts'

const MODEL = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 }
const INPUTS: CapacityInputs = { turnover: 0.1, advUsd: 1e7, volatility: 0.02, alpha: 0.2 }

/** One date, one trade of 100,000 into a volume of ten million: two-sided turnover 0.1. */
const ONE_TRADE: Trades = {
  dates: Int32Array.of(19_000),
  costUsd: Float64Array.of(70),
  totals: {
    ...NO_TRADES,
    turnover: 0.1,
    count: 1,
    tradedUsd: 1e5,
    commissionUsd: 50,
    impactUsd: 20,
    valueTimesAdv: 1e12,
    valueTimesVolatility: 2000,
    valueTimesParticipation: 1000,
  },
}

test('five basis points of impact bind at 6.25 million', () => {
  assert.deepEqual(differences(impactAum(5, INPUTS, MODEL), 6_250_000), [])
})

test('the participation limit binds at five million', () => {
  assert.deepEqual(differences(capacity(ONE_TRADE, 0.001, MODEL).participation_aum, 5_000_000), [])
})

const breakevens: [title: string, inputs: CapacityInputs, aum: number | null][] = [
  ['an alpha of a fifth pays its costs up to 1.38 billion', INPUTS, 1382542518.239975],
  ['an alpha of a twentieth pays them up to 55 million', { ...INPUTS, alpha: 0.05 }, 55066149.52278137],
  ['above ten billion there is no breakeven', { turnover: 0.01, advUsd: 1e12, volatility: 0.02, alpha: 5 }, null],
  ['costs that exceed the alpha at once have none', { ...INPUTS, alpha: 0.01 }, null],
  ['an alpha that is not above zero has none', { ...INPUTS, alpha: 0 }, null],
  ['an unknown alpha has none', { ...INPUTS, alpha: null }, null],
]
for (const [title, inputs, aum] of breakevens) {
  test(title, () => assert.deepEqual(differences(breakevenAum(inputs, MODEL), aum), []))
}

test('the closed form is the root that the search stops near', () => {
  assert.deepEqual(differences(breakevenClosedForm(INPUTS, MODEL), 1382541257.2436373), [])
})

for (const gross of [-1, -1.5]) {
  test(`a gross return of ${gross} has no alpha and no breakeven`, () => {
    const got = capacity(ONE_TRADE, gross, MODEL)
    assert.deepEqual([got.gross_alpha_annualized, got.breakeven_aum], [null, null])
  })
}

test('without market impact only participation limits', () => {
  const got = capacity(ONE_TRADE, 0.001, { ...MODEL, impactCoefficient: 0 })
  assert.deepEqual([got.impact_aum_5bps, got.breakeven_aum, got.limiting_factor], [null, null, 'participation'])
})

test('an impact too small to count limits nothing', () => {
  const model = { ...MODEL, impactCoefficient: 1e-200 }
  const tiny = { ...ONE_TRADE, totals: { ...ONE_TRADE.totals, impactUsd: 1e-200 } }
  const got = { ...capacity(tiny, 0.001, model), ...repricedCapacity(tiny, 0.001, model) }
  for (const [name, value] of Object.entries(got)) assert.ok(value !== Number.POSITIVE_INFINITY, name)
  assert.deepEqual([got.impact_aum_5bps, got.repriced_breakeven_aum], [null, null])
})

test('a book without a date has no capacity at all', () => {
  const none = { dates: new Int32Array(0), costUsd: new Float64Array(0), totals: NO_TRADES }
  const got = { ...capacity(none, null, MODEL), ...repricedCapacity(none, null, MODEL) }
  assert.deepEqual(new Set(Object.values(got)), new Set([null]))
})

test('a mean traded dollar that pays two basis points pays five at 6.25 times the size', () => {
  const got = repricedCapacity(ONE_TRADE, 0.001, MODEL)
  assert.deepEqual(
    differences(got, {
      repriced_impact_aum_5bps: 6_250_000,
      repriced_impact_aum_10bps: 25_000_000,
      repriced_participation_aum: 5_000_000,
    }),
    [],
  )
})

test('at the repriced breakeven a year of costs is the year of alpha', () => {
  const alpha = annualAlpha(0.001, 1)!
  const aum = repricedCapacity(ONE_TRADE, 0.001, MODEL).repriced_breakeven_aum as number
  const drag = (50 + 20 * Math.sqrt(aum / 1e6)) / 1e6
  assert.ok(closeEnough(drag * 252, alpha))
})

test('for a single name the repriced breakeven is the closed form of the compatible one', () => {
  const gross = 0.001
  assert.deepEqual(
    differences(
      repricedCapacity(ONE_TRADE, gross, MODEL).repriced_breakeven_aum,
      capacity(ONE_TRADE, gross, MODEL).breakeven_aum_closed_form,
    ),
    [],
  )
})

test('the smallest repriced limit is named', () => {
  const got = repricedCapacity(ONE_TRADE, 0.001, MODEL)
  assert.equal(got.repriced_max_capacity, got.repriced_participation_aum)
  assert.equal(got.repriced_limiting_factor, 'participation')
})
