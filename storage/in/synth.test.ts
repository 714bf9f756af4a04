import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { FUNDAMENTAL, NO_DATE, PRESENT } from '../../engine/panel.ts'
import { buildPanel } from './panel/dense.ts'
import { fullSha256, hashTables } from './snapshot/content-hash.ts'
import { type SynthOptions, synthTables } from './synth.ts'

const MARKET = { names: 60, days: 520, seed: 42 }
const hashOf = (options: Parameters<typeof synthTables>[0]) => fullSha256(hashTables(synthTables(options)))

test('a market is a pure function of its options: this one has this hash on every machine', () => {
  assert.equal(hashOf(MARKET), '8a6fd68f28dfd1cce9a550f494f788e6990fd96d8061eeebb18f03800aca4f64')
})

const changes: [title: string, change: Partial<SynthOptions>][] = [
  ['seed', { seed: 43 }],
  ['names', { names: 61 }],
  ['days', { days: 521 }],
  ['start', { start: '2015-01-05' }],
  ['planted alphas', { planted: {} }],
]
for (const [title, change] of changes) {
  test(`another choice of ${title} is other data`, () =>
    assert.notEqual(hashOf({ ...MARKET, ...change }), hashOf(MARKET)))
}

const tables = synthTables({ ...MARKET, names: 200 })

test('a market has everything that real data has: late listings, delistings, gaps, nulls, midpoints, ties', () => {
  const { prices, securities } = tables
  const last = prices.date.reduce((a, b) => Math.max(a, b))
  const first = prices.date.reduce((a, b) => Math.min(a, b))
  assert.ok(
    securities.first.some((day) => day > first + 30),
    'late listings',
  )
  assert.ok(
    securities.last.some((day) => day < last - 30),
    'delistings',
  )
  assert.ok(
    prices.present.some((flags) => (flags & PRESENT.ret) === 0),
    'nulls',
  )
  assert.ok(
    prices.prc.some((prc) => prc < 0),
    'midpoints',
  )
  assert.ok(prices.rows < securities.permno.length * 520 * 0.999, 'absent rows')
  const coarse = prices.ret.filter((_, row) => prices.permno[row]! % 10 === 4)
  assert.ok(new Set(coarse).size < 60, 'ties')
  assert.ok(
    prices.shrout.some(
      (shares, row) =>
        row > 0 && shares === 2 * prices.shrout[row - 1]! && prices.permno[row] === prices.permno[row - 1],
    ),
    'splits',
  )
})

test('statements come with and without a first known day, restated, with book values missing', () => {
  const { rows, permno, datadate, availableFrom, present } = tables.fundamentals!
  const same = (row: number) => permno[row] === permno[row - 1] && datadate[row] === datadate[row - 1]
  assert.ok(availableFrom.includes(NO_DATE) && availableFrom.some((day) => day !== NO_DATE))
  assert.ok(Array.from({ length: rows }, (_, row) => row > 0 && same(row)).includes(true), 'restatements')
  assert.ok(
    present.some((flags) => (flags & FUNDAMENTAL.ceq) === 0),
    'missing book values',
  )
})

/** Mean daily correlation of a score with the next day's return. */
function meanIc(
  planted: SynthOptions['planted'],
  score: (ret: Float64Array, at: number, names: number) => number,
): number {
  const options = { names: 300, days: 420, seed: 9, ...(planted && { planted }) }
  const { ret, permnos, dates } = buildPanel(synthTables(options), (bytes) => new ArrayBuffer(bytes))
  const names = permnos.length
  let total = 0
  let days = 0
  for (let t = 200; t + 1 < dates.length; t++, days++) {
    const pairs = Array.from({ length: names }, (_, name) => [
      score(ret, t * names + name, names),
      ret[(t + 1) * names + name]!,
    ])
    total += correlation(pairs.filter((pair) => !pair.some(Number.isNaN)))
  }
  return total / days
}

function correlation(pairs: readonly number[][]): number {
  const mean = (side: number) => pairs.reduce((sum, pair) => sum + pair[side]!, 0) / pairs.length
  const [x, y] = [mean(0), mean(1)]
  const sum = (f: (a: number, b: number) => number) => pairs.reduce((total, [a, b]) => total + f(a! - x, b! - y), 0)
  return sum((a, b) => a * b) / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b))
}

const pastReturn = (ret: Float64Array, at: number, names: number) => {
  let sum = 0
  for (let k = 15; k < 160; k++) sum += ret[at - k * names]! || 0
  return sum
}

test('a planted momentum is found with about the correlation that was chosen, and is not there unplanted', () => {
  const found = meanIc({ momentum: 0.1 }, pastReturn)
  const chance = meanIc({}, pastReturn)
  assert.ok(found > 0.07 && found < 0.13, `${found}`)
  assert.ok(Math.abs(chance) < 0.02, `${chance}`)
})

const refusals: [title: string, change: Partial<SynthOptions>, message: RegExp][] = [
  ['no names', { names: 0 }, /names is 0; allowed: a whole number from 1 to 20000/],
  ['half a day', { days: 2.5 }, /days is 2.5/],
  ['a negative seed', { seed: -1 }, /seed is -1/],
  ['more cells than it makes', { names: 20_000, days: 20_000 }, /names × days is 400000000/],
  ['a start that is no date', { start: '2015-02-30' }, /start "2015-02-30"/],
  ['a calendar beyond 2199', { start: '2190-01-01', days: 9999, names: 1 }, /lies after 2199/],
  [
    'an alpha that nobody knows',
    { planted: { magic: 0.1 } as SynthOptions['planted'] & object },
    /planted alpha "magic"; allowed: momentum/,
  ],
  ['an IC of 0.9', { planted: { momentum: 0.9 } }, /planted momentum is 0.9; allowed: -0.5 to 0.5/],
]
for (const [title, change, message] of refusals) {
  test(`${title} is refused`, () =>
    assert.throws(() => synthTables({ ...MARKET, ...change }), { code: 'usage', message }))
}
