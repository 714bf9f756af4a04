import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf, randomMarket } from '../laws/random-rows.ts'
import { type Panel, PRESENT } from '../panel.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { compound, sampleSd } from '../stats.ts'
import { createForwardTile } from './forward-returns.ts'
import { compoundStatistic, sampleSdWindows } from './window-statistics.ts'
import { createWindowRoom, slideWindows } from './window-tile.ts'

const market = fc.record({
  seed: fc.integer(),
  names: fc.integer({ min: 1, max: 70 }),
  days: fc.integer({ min: 2, max: 60 }),
  length: fc.integer({ min: 0, max: 30 }),
})

/** Non-null returns of a name in rows from..to; rows outside the panel count as null. */
function returnsIn(panel: Panel, name: number, from: number, to: number): (number | null)[] {
  const names = panel.permnos.length
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, j) => {
    const cell = (from + j) * names + name
    return from + j < panel.dates.length && (panel.present[cell]! & PRESENT.ret) !== 0 ? panel.ret[cell]! : null
  })
}

for (const [title, statistic, plain] of [
  ['compound returns', compoundStatistic, compound],
  ['sample deviations', () => sampleSdWindows, sampleSd],
] as const) {
  test(`${title} of sliding windows are those of plain loops, window by window`, () => {
    fc.assert(
      fc.property(market, ({ seed, names, days, length }) => {
        const panel = panelFromRows(...columnsOf(randomMarket(seed, names, days)))
        const count = panel.dates.length
        const width = panel.permnos.length
        const windows = {
          from: Int32Array.from({ length: count }, (_, k) => Math.max(0, k - length)),
          to: Int32Array.from({ length: count }, (_, k) => k - (length % 3)),
        }
        const into = createWindowRoom(panel, { windows: count, rows: count })
        slideWindows(panel, windows, statistic(into.products), into)
        for (let k = 0; k < count; k++) {
          for (let i = 0; i < width; i++) {
            const kept = returnsIn(panel, i, windows.from[k]!, windows.to[k]!).filter((r) => r !== null)
            const actual = into.values[k * width + i]!
            const expected = plain(kept) ?? Number.NaN
            assert.equal(into.counts[k * width + i], kept.length)
            if (plain === compound) assert.equal(actual, expected)
            else assert.ok(Object.is(actual, expected) || Math.abs(actual - expected) < 1e-15, `${actual} ${expected}`)
          }
        }
      }),
      { numRuns: 30 },
    )
  })
}

test('forward returns have the bits of a plain product, and exist only where every day has a return', () => {
  fc.assert(
    fc.property(
      market,
      fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
      (sizes, hs) => {
        const panel = panelFromRows(...columnsOf(randomMarket(sizes.seed, sizes.names, sizes.days)))
        const names = panel.permnos.length
        const dates = panel.dates.length
        const horizons = Int32Array.from(hs).sort()
        const { values, clear, capacity, fill } = createForwardTile(panel, horizons, dates)
        fill(0, dates)
        horizons.forEach((horizon, h) => {
          for (let k = 0; k < dates; k++) {
            for (let i = 0; i < names; i++) {
              const window = returnsIn(panel, i, k + 1, k + horizon)
              const whole = window.every((r) => r !== null)
              assert.equal(clear[k * names + i]! >= horizon, whole)
              assert.equal(values[(h * capacity + k) * names + i], whole ? compound(window) : Number.NaN)
            }
          }
        })
      },
    ),
    { numRuns: 40 },
  )
})
