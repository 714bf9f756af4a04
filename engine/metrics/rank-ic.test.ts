import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { pearson, spearman } from '../stats.ts'
import { crossSectionIc } from './rank-ic.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const thirty = upTo(30)
const nan = Number.NaN
const swapped = thirty.map((i) => (i === 1 ? 30 : i === 30 ? 1 : i))

type Case = [
  title: string,
  signal: (number | null)[],
  returns: (number | null)[],
  ic: number,
  rankIc: number,
  pairs: number,
  coverage: number,
]
const cases: Case[] = [
  ['M1 equal columns', thirty, thirty, 1, 1, 30, 1],
  ['M2 a monotone curve', thirty, thirty.map((i) => i * i), 0.970298913589258, 1, 30, 1],
  ['M3 29 pairs are too few', upTo(29), upTo(29), nan, nan, 29, 1],
  ['M4 first and last swapped', thirty, swapped, 0.6258064516129033, 0.6258064516129033, 30, 1],
  [
    'M5 ties take average ranks',
    thirty.map((i) => Math.floor((i - 1) / 3)),
    thirty,
    0.9955406689742803,
    0.9955406689742803,
    30,
    1,
  ],
  ['M6 a null drops the pair', upTo(31), [...thirty, null], 1, 1, 30, 30 / 31],
  ['M7 a NaN spoils Pearson and ranks highest', thirty, [...upTo(29), nan], nan, 1, 30, 1],
  ['M8 a constant signal', thirty.map(() => 0), thirty, nan, nan, 30, 1],
  ['T1 a constant that rounds to a spread', thirty.map(() => 0.1), thirty, nan, nan, 30, 1],
]
for (const [title, signal, returns, ic, rankIc, pairs, coverage] of cases) {
  test(title, () => {
    const actual = crossSectionIc(signal, returns)
    assert.equal(actual.pairs, pairs)
    for (const [is, wanted] of [
      [actual.ic, ic],
      [actual.rankIc, rankIc],
      [actual.coverage, coverage],
    ] as const) {
      assert.ok(Object.is(is, wanted) || Math.abs(is - wanted) < 1e-12, `${is}, expected ${wanted}`)
    }
  })
}

const cell = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)
const column = fc.array(fc.tuple(cell, cell), { minLength: 30, maxLength: 60 })

test('the walk over the sorted signal gives what ranking the joined pairs gives', () => {
  fc.assert(
    fc.property(column, (rows) => {
      const signal = rows.map(([s]) => s)
      const returns = rows.map(([, r]) => r)
      const { ic, rankIc, pairs } = crossSectionIc(signal, returns)
      if (pairs < 30) return
      const close = (a: number, b: number) => Object.is(a, b) || Math.abs(a - b) < 1e-12
      assert.ok(close(ic, pearson(signal, returns)) && close(rankIc, spearman(signal, returns)))
    }),
  )
})
