import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { icir, meanIc, validIc } from './icir.ts'

const twenty = Array.from({ length: 20 }, (_, i) => (i + 1) / 100)
const nan = Number.NaN

const cases: [title: string, daily: (number | null)[], expected: number][] = [
  ['M9 twenty rising values', twenty, 1.7748239349298844],
  ['M10 nineteen values are too few', twenty.slice(1), nan],
  ['M11 one NaN day makes it NaN', [...Array<number>(19).fill(0.1), nan], nan],
  ['M12 a null row passes the gate and drops', [...Array(10).fill([0.1, 0.2]).flat(), null], 2.9240383034426904],
  ['T1 a constant series has no ratio', Array<number>(25).fill(0.05), nan],
]
for (const [title, daily, expected] of cases) {
  test(title, () => {
    const actual = icir(daily)
    assert.ok(Object.is(actual, expected) || Math.abs(actual - expected) < 1e-12, `${actual}`)
  })
}

test('the mean of no row is NaN', () => assert.equal(meanIc([]), nan))

test('the valid-day numbers skip NaN days and count them', () => {
  const valid = validIc(Float64Array.of(...twenty, nan, nan, -0.1))
  assert.equal(valid.days, 21)
  assert.equal(valid.skipped, 2)
  assert.ok(Math.abs(valid.mean - 2 / 21) < 1e-15)
  assert.equal(valid.positiveDays, 20 / 21)
  assert.equal(valid.icirAnnualised, valid.icir * Math.sqrt(252))
})
