import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CELL } from '../result.ts'
import { signalOf, signalScratch } from '../signal.ts'
import { standardise } from './pipeline.ts'

const z = (raw: (number | null)[], winsorizePct = 0.01) => {
  const signal = signalOf(raw)
  standardise(signal, winsorizePct, signalScratch(raw.length))
  return Array.from(signal.values, (value, i) => (signal.state[i] === CELL.value ? value : null))
}
const near = (actual: (number | null)[], expected: (number | null)[]) =>
  actual.forEach((value, i) => {
    const wanted = expected[i]!
    assert.ok(value === wanted || Math.abs(value! - wanted!) < 1e-12, `row ${i}: ${value}, expected ${wanted}`)
  })
const half = Math.SQRT1_2

const cases: [title: string, raw: (number | null)[], winsorizePct: number, expected: (number | null)[]][] = [
  [
    'A1 five values',
    [1, 2, 3, 4, 5],
    0.01,
    [-1.2649110640673518, -0.6324555320336759, 0, 0.6324555320336759, 1.2649110640673518],
  ],
  ['A2 tails are pulled to the nearest rank, not interpolated', [1, 2, 3, 4, 100], 0.25, [-1, -1, 0, 1, 1]],
  ['A3 a constant gives zeros', [3, 3, 3], 0.01, [0, 0, 0]],
  ['a constant that rounds to a spread gives zeros', [0.1, 0.1, 0.1], 0.01, [0, 0, 0]],
  ['A4 a null stays null', [1, null, 3], 0.01, [-half, null, half]],
  ['A5 a NaN makes every row zero', [1, Number.NaN, 3], 0.01, [0, 0, 0]],
  ['a NaN makes null rows zero too', [1, Number.NaN, null], 0.01, [0, 0, 0]],
  ['A6 one name gives zero', [5], 0.01, [0]],
  ['A7 an infinity without winsorising gives zeros, no error', [1, 2, Number.POSITIVE_INFINITY], 0, [0, 0, 0]],
  ['A9 bounds that meet give zeros', [...Array<number>(98).fill(1), 100, -100], 0.02, Array<number>(100).fill(0)],
]
for (const [title, raw, winsorizePct, expected] of cases) test(title, () => near(z(raw, winsorizePct), expected))

test('A8 of 60 names the lowest and the highest are pulled to their neighbours', () => {
  const sixty = z(Array.from({ length: 60 }, (_, i) => i + 1))
  const low = [-1.637190642144268, -1.637190642144268, -1.5797453564549955]
  near(sixty.slice(0, 3), low)
  near(sixty.slice(-3), low.map((value) => -value).reverse())
})

test('names tied by winsorising are ordered by id, whatever their raw values', () => {
  const raw = [9, 100, 99, ...Array.from({ length: 57 }, (_, i) => i / 10)]
  const signal = signalOf(raw)
  standardise(signal, 0.05, signalScratch(raw.length))
  assert.deepEqual([...signal.order.slice(-4)], [0, 1, 2, 59])
})
