import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Backtest } from '../../core/request.ts'
import { standardise } from '../alphas/pipeline.ts'
import { computeAll } from '../compute.ts'
import { computeDates } from '../compute-dates.ts'
import { allocateDaily } from '../daily.ts'
import { crossSectionIc } from '../metrics/rank-ic.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { planDays } from '../run-days.ts'
import { signalOf, signalScratch } from '../signal.ts'
import { columnsOf, counterRandom, type Market, randomMarket } from './random-rows.ts'

const backtest: Backtest = {
  dataset: 'law',
  snapshotId: null,
  alpha: { name: 'reversal', parameters: { lookbackDays: 8, winsorizePct: 0.1 } },
  startDate: '2020-01-20',
  endDate: '2020-03-15',
  weightMethod: 'rank',
  decayHorizons: [1, 2, 5, 90],
  costModel: null,
  quantiles: null,
}

function shuffled<T>(rows: readonly T[], seed: number): T[] {
  const below = counterRandom(seed)
  const copy = [...rows]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const held = copy[i]!
    copy[i] = copy[j]!
    copy[j] = held
  }
  return copy
}

const resultOf = (market: Market) => computeAll(backtest, panelFromRows(...columnsOf(market)))

test('the order of the input rows changes nothing', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, order) => {
      const { prices, statements } = randomMarket(seed, 35, 50)
      const mixed = { prices: shuffled(prices, order), statements: shuffled(statements, order) }
      assert.deepEqual(resultOf(mixed), resultOf({ prices, statements }))
    }),
    { numRuns: 10 },
  )
})

test('renaming the securities in an order that keeps their ids ascending changes nothing but the names', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { prices, statements } = randomMarket(seed, 35, 50)
      const renamed = {
        prices: prices.map((row) => ({ ...row, permno: 3 * row.permno + 5 })),
        statements: statements.map((row) => ({ ...row, permno: 3 * row.permno + 5 })),
      }
      const { permnos: _, ...after } = resultOf(renamed)
      const { permnos: __, ...before } = resultOf({ prices, statements })
      assert.deepEqual(after, before)
    }),
    { numRuns: 10 },
  )
})

test('any split of the dates gives the same bytes', () => {
  const panel = panelFromRows(...columnsOf(randomMarket(7, 40, 160)))
  const long = { ...backtest, endDate: '2020-09-01' }
  const days = planDays(long, panel)
  const daily = (cuts: readonly number[]) => {
    const run = { backtest: long, panel, days, daily: allocateDaily(days, panel) }
    const bounds = [0, ...cuts, days.count]
    // Backwards, so that no range can lean on what another one left.
    for (let i = bounds.length - 2; i >= 0; i--)
      for (const step of computeDates(run, bounds[i]!, bounds[i + 1]!)) void step
    return run.daily
  }
  const whole = daily([])
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: days.count - 1 }), { maxLength: 6 })
  fc.assert(
    fc.property(cuts, (at) => {
      assert.deepEqual(daily(at.sort((a, b) => a - b)), whole)
    }),
    { numRuns: 20 },
  )
})

const column = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 30, maxLength: 60 })
/** Powers of two and whole numbers, so that the transformed values are exact. */
const scale = fc.constantFrom(0.125, 2, 1024)
const shift = fc.integer({ min: -4096, max: 4096 })

test('scaling and shifting a raw signal leaves its z-scores and its order as they were', () => {
  fc.assert(
    fc.property(column, scale, shift, (raw, by, up) => {
      const standard = (values: number[]) => {
        const signal = signalOf(values)
        standardise(signal, 0.05, signalScratch(values.length))
        return signal
      }
      const before = standard(raw)
      const after = standard(raw.map((value) => value * by + up))
      assert.deepEqual(after.order, before.order)
      after.values.forEach((value, i) => {
        assert.ok(Math.abs(value - before.values[i]!) < 1e-9)
      })
    }),
  )
})

test('scaling and shifting a signal moves no rank IC and Pearson by rounding alone', () => {
  fc.assert(
    fc.property(column, scale, shift, fc.integer(), (raw, by, up, seed) => {
      const below = counterRandom(seed)
      const returns = raw.map(() => below(200) / 1000)
      const before = crossSectionIc(raw, returns)
      const after = crossSectionIc(
        raw.map((value) => value * by + up),
        returns,
      )
      assert.equal(after.rankIc, before.rankIc)
      assert.ok(Object.is(after.ic, before.ic) || Math.abs(after.ic - before.ic) < 1e-9)
    }),
  )
})
