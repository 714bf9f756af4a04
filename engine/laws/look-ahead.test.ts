import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AlphaParameters } from '../../core/request.ts'
import { type BoundAlpha, setRaw } from '../alphas/define-alpha.ts'
import { bindAlpha } from '../alphas/index.ts'
import { alphaSignal } from '../alphas/pipeline.ts'
import { computeDates } from '../compute-dates.ts'
import { allocateDaily } from '../daily.ts'
import type { Panel } from '../panel.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { createView, FILING_LAG_DAYS } from '../point-in-time.ts'
import { CELL } from '../result.ts'
import { planDays } from '../run-days.ts'
import { createSignal, signalScratch } from '../signal.ts'
import { columnsOf, counterRandom, type Market, randomMarket, type StatementRow } from './random-rows.ts'

/** An alpha that may depend on the panel it is run on, as a leaking one does. */
type AlphaOn = (panel: Panel) => BoundAlpha

const market = fc.record({
  seed: fc.integer(),
  names: fc.integer({ min: 5, max: 12 }),
  days: fc.integer({ min: 20, max: 60 }),
  cut: fc.integer({ min: 0, max: 100 }),
})

/** The date in a market up to which nothing may change, and the same market with another, or without a, future. */
function futures({ seed, names, days, cut }: { seed: number; names: number; days: number; cut: number }) {
  const past = randomMarket(seed, names, days)
  const dates = [...new Set(past.prices.map((row) => row.date))].sort((a, b) => a - b)
  const day = dates[Math.floor((cut / 101) * dates.length)]!
  return { day, past, mutated: mutateAfter(past, day, seed), truncated: truncateAfter(past, day) }
}

const availableOn = ({ availableFrom, datadate }: StatementRow) => availableFrom ?? datadate + FILING_LAG_DAYS

function mutateAfter({ prices, statements }: Market, day: number, seed: number): Market {
  const below = counterRandom(seed + 1)
  const other = () => (below(4) === 0 ? null : (1 + below(900)) / 1000)
  return {
    prices: prices.map((row) =>
      row.date <= day ? row : { ...row, ret: other(), prc: other(), vol: other(), shrout: other() },
    ),
    statements: statements.map((row) =>
      availableOn(row) <= day ? row : { ...row, ceq: other(), ni: other(), at: other(), revt: other(), cogs: other() },
    ),
  }
}

function truncateAfter({ prices, statements }: Market, day: number): Market {
  return {
    prices: prices.filter((row) => row.date <= day),
    statements: statements.filter((row) => availableOn(row) <= day),
  }
}

/** Every signal up to a date, as text: date, permno, value. */
function signalsUpTo(alphaOn: AlphaOn, rows: Market, day: number): string[] {
  const panel = panelFromRows(...columnsOf(rows))
  const alpha = alphaOn(panel)
  const view = createView(panel)
  const scratch = signalScratch(panel.permnos.length)
  const signal = createSignal(panel.permnos.length)
  const lines: string[] = []
  for (let row = 0; row < panel.dates.length && panel.dates[row]! <= day; row++) {
    // As far ahead as the engine works: what is computed early must not see more either.
    view.moveTo(row, panel.dates.length - 1)
    alphaSignal(alpha, view, signal, scratch)
    signal.state.forEach((state, i) => {
      if (state === CELL.absent) return
      lines.push(`${panel.dates[row]} ${panel.permnos[i]} ${state === CELL.null ? null : signal.values[i]}`)
    })
  }
  return lines
}

/** The first signal that the future changed, or null. */
function findLeak(alphaOn: AlphaOn, { day, past, mutated, truncated }: ReturnType<typeof futures>): string | null {
  const before = signalsUpTo(alphaOn, past, day)
  for (const future of [mutated, truncated]) {
    const after = signalsUpTo(alphaOn, future, day)
    const at = before.findIndex((line, i) => line !== after[i])
    if (at >= 0 || after.length !== before.length) return before[at] ?? `${after.length - before.length} rows more`
  }
  return null
}

const alphas: [name: string, parameters: AlphaParameters][] = [
  ['momentum', { lookbackDays: 20, skipDays: 3 }],
  ['momentum', { lookbackDays: 7, skipDays: 0, universeFilter: 'mid_cap' }],
  ['reversal', { lookbackDays: 6, winsorizePct: 0.2 }],
  ['reversal', { lookbackDays: 9, universeFilter: 'small_cap' }],
  ['value', {}],
  ['value', { universeFilter: 'large_cap' }],
  ['quality', { metric: 'roe' }],
  ['quality', { metric: 'gp' }],
  ['volatility', { lookbackDays: 20, minObservations: 5 }],
]
for (const [name, parameters] of alphas) {
  test(`${name} ${JSON.stringify(parameters)}: no signal changes when the future does, or is cut off`, () => {
    const alpha = bindAlpha({ name, parameters })
    fc.assert(
      fc.property(market, (sizes) =>
        assert.equal(
          findLeak(() => alpha, futures(sizes)),
          null,
        ),
      ),
      { numRuns: 25 },
    )
  })
}

/** Reversal that peeks at the return `ahead` days later. */
const leaking =
  (ahead: number): AlphaOn =>
  (panel) => ({
    ...bindAlpha({ name: 'reversal', parameters: { lookbackDays: 6 } }),
    raw(known, into) {
      const row = panel.dates.indexOf(known.day) + ahead
      const names = panel.permnos.length
      for (let i = 0; i < names; i++) setRaw(into, i, row < panel.dates.length ? panel.ret[row * names + i]! : 0)
    },
  })

for (const ahead of [1, 3]) {
  test(`a planted alpha that reads ${ahead} days ahead is found`, () => {
    const found = fc.check(
      fc.property(market, (sizes) => findLeak(leaking(ahead), futures(sizes)) === null),
      { numRuns: 25 },
    )
    assert.equal(found.failed, true)
  })
}

test('a planted alpha that reads its own date passes, so the check is not blind the other way', () => {
  fc.assert(
    fc.property(market, (sizes) => findLeak(leaking(0), futures(sizes)) === null),
    { numRuns: 10 },
  )
})

test('no daily number changes when data beyond its longest horizon does', () => {
  const horizons = [1, 3]
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 10, max: 40 }), (seed, stop) => {
      const rows = randomMarket(seed, 36, 50)
      const daily = (from: Market) => {
        const panel = panelFromRows(...columnsOf(from))
        const backtest = {
          dataset: 'law',
          snapshotId: null,
          alpha: { name: 'reversal', parameters: { lookbackDays: 8 } },
          startDate: '2020-01-01',
          endDate: '2020-03-15',
          weightMethod: 'zscore',
          decayHorizons: horizons,
          costModel: null,
          quantiles: null,
        } as const
        const days = planDays(backtest, panel)
        const run = { backtest, panel, days, daily: allocateDaily(days, panel) }
        for (const step of computeDates(run, 0, days.count)) void step
        return { panel, run }
      }
      const before = daily(rows)
      const known = before.panel.dates[stop]!
      const after = daily(mutateAfter(rows, known, seed))
      const days = stop - Math.max(...horizons) - before.run.days.first
      const cells = days * before.panel.permnos.length
      const perDay = ['ic', 'rankIc', 'spread', 'portfolioReturn', 'hits', 'decayIc', 'decayRankIc'] as const
      for (const key of perDay) {
        assert.deepEqual(after.run.daily[key].slice(0, days), before.run.daily[key].slice(0, days), key)
      }
      for (const key of ['signals', 'signalState', 'weights', 'weightState'] as const) {
        assert.deepEqual(after.run.daily[key].slice(0, cells), before.run.daily[key].slice(0, cells), key)
      }
    }),
    { numRuns: 10 },
  )
})
