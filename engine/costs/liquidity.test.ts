import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { closeEnough, differences } from '../../test/golden/compare.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { mean, sampleSd } from '../stats.ts'
import { liquidityByDay } from './liquidity.ts'

const FIRST = 19_000

/** One name's rows on consecutive days. */
function panelOf(rows: readonly { prc: number | null; vol: number | null; ret: number | null; day?: number }[]) {
  return panelFromRows({
    permno: rows.map(() => 1),
    date: rows.map((row, k) => row.day ?? FIRST + k),
    prc: rows.map((row) => row.prc),
    vol: rows.map((row) => row.vol),
    ret: rows.map((row) => row.ret),
  })
}

const RISING = Array.from({ length: 23 }, (_, i) => ({
  prc: i % 3 === 0 ? -10 : 10,
  vol: 100 * (i + 1),
  ret: i % 2 === 0 ? 0.01 : -0.01,
}))

/** Every day's ADV and volatility of the only name. */
function walk(panel: ReturnType<typeof panelOf>, startDay = FIRST + 22) {
  const on = liquidityByDay(panel, startDay)
  return Array.from(panel.dates, (day) => [on(day).advUsd[0]!, on(day).volatility[0]!] as const)
}

test('twenty rows before a row give its volume and volatility, whatever the sign of the price', () => {
  assert.deepEqual(
    differences(walk(panelOf(RISING)).slice(19), [
      ['NaN', 'NaN'],
      [10500, 0.010259783520851542],
      [11500, 0.010259783520851542],
      [12500, 0.010259783520851542],
    ]),
    [],
  )
})

test('prices older than forty calendar days before the start do not count', () => {
  const last = FIRST + 22
  assert.ok(closeEnough(walk(panelOf(RISING), last + 20)[22]![0], 12500))
  assert.ok(Number.isNaN(walk(panelOf(RISING), FIRST + 43)[22]![0]), 'the first three rows are gone')
})

test('one missing volume leaves twenty rows without an ADV and their volatility alone', () => {
  const rows = Array.from({ length: 44 }, (_, i) => ({ ...RISING[i % 23]!, vol: i === 21 ? null : 100 }))
  const walked = walk(panelOf(rows))
  const known = walked.flatMap(([adv], k) => (Number.isNaN(adv) ? [] : [k]))
  assert.deepEqual(known, [20, 21, 42, 43])
  assert.ok(walked.slice(20).every(([, volatility]) => volatility > 0))
})

test('windows are rows of the name, not days of the calendar', () => {
  const gapped = RISING.map((row, k) => ({ ...row, day: FIRST + k * 2 }))
  assert.deepEqual(walk(panelOf(gapped), FIRST + 39).at(-1), walk(panelOf(RISING)).at(-1))
})

test('a name without a row that day has no liquidity', () => {
  const panel = panelFromRows({
    permno: [...RISING.map(() => 1), 2],
    date: [...RISING.map((_, k) => FIRST + k), FIRST + 23],
    prc: [...RISING.map((row) => row.prc), 1],
    vol: [...RISING.map((row) => row.vol), 1],
    ret: [...RISING.map((row) => row.ret), 0],
  })
  const { advUsd } = liquidityByDay(panel, FIRST + 23)(FIRST + 23)
  assert.ok(Number.isNaN(advUsd[0]!))
})

test('returns that never change have a volatility of zero, which is not usable', () => {
  const flat = RISING.map((row) => ({ ...row, ret: 0.1 }))
  assert.equal(walk(panelOf(flat)).at(-1)![1], 0)
})

test('the block windows equal a fresh two-pass window over the same rows', () => {
  const row = fc.record({
    prc: fc.double({ min: 1, max: 500, noNaN: true }),
    vol: fc.integer({ min: 0, max: 10_000_000 }),
    ret: fc.option(fc.integer({ min: -9000, max: 9000 }), { freq: 12 }),
  })
  fc.assert(
    fc.property(fc.array(row, { minLength: 20, maxLength: 90 }), (made) => {
      const rows = made.map((r) => ({ ...r, ret: r.ret === null ? null : r.ret / 100_000 }))
      const walked = walk(panelOf(rows), FIRST)
      for (let k = 20; k < rows.length; k++) {
        const window = rows.slice(k - 20, k)
        const adv = mean(window.map((r) => r.prc * r.vol))!
        assert.ok(closeEnough(walked[k]![0], adv), `ADV ${walked[k]![0]} and ${adv}`)
        const returns = window.map((r) => r.ret)
        const sd = returns.includes(null) ? Number.NaN : sampleSd(returns)!
        assert.ok(closeEnough(walked[k]![1], sd), `volatility ${walked[k]![1]} and ${sd}`)
      }
    }),
  )
})

test('no price of a day or after it changes the liquidity of that day', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 40 }), fc.double({ min: 0.1, max: 9, noNaN: true }), (cut, factor) => {
      const rows = Array.from({ length: 44 }, (_, i) => RISING[i % 23]!)
      const changed = rows.map((r, k) => (k >= cut ? { prc: r.prc * factor, vol: r.vol + 1, ret: r.ret * factor } : r))
      assert.deepEqual(walk(panelOf(changed)).slice(0, cut + 1), walk(panelOf(rows)).slice(0, cut + 1))
    }),
  )
})
