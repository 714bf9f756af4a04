import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { differences } from '../../test/golden/compare.ts'
import { conditionNumber, symmetricEigenvalues } from './condition-number.ts'

const cases: [title: string, matrix: number[][], condition: number][] = [
  ['nothing is as well conditioned as one', [], 1],
  ['one part alone has the condition number 1', [[1]], 1],
  [
    'two parts apart by half have three',
    [
      [1, 0.5],
      [0.5, 1],
    ],
    3,
  ],
  [
    'the sign of a correlation does not count',
    [
      [1, -0.5],
      [-0.5, 1],
    ],
    3,
  ],
  [
    'two equal parts meet the floor of the eigenvalues',
    [
      [1, 1],
      [1, 1],
    ],
    2e10,
  ],
  [
    'a missing correlation leaves nothing to say',
    [
      [1, Number.NaN],
      [Number.NaN, 1],
    ],
    Number.NaN,
  ],
]
for (const [title, matrix, condition] of cases) {
  test(title, () => assert.deepEqual(differences(conditionNumber(matrix), condition), []))
}

test('three parts of equal correlation have the eigenvalues of theory', () => {
  const r = 0.3
  const found = symmetricEigenvalues([
    [1, r, r],
    [r, 1, r],
    [r, r, 1],
  ]).sort((a, b) => a - b)
  assert.deepEqual(differences(found, [1 - r, 1 - r, 1 + 2 * r]), [])
})

test('eigenvalues keep the trace and the sum of squares of any symmetric matrix', () => {
  const entries = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.array(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: n, maxLength: n }), {
      minLength: n,
      maxLength: n,
    }),
  )
  fc.assert(
    fc.property(entries, (half) => {
      const matrix = half.map((row, i) => row.map((x, j) => (x + half[j]![i]!) / 100))
      const found = symmetricEigenvalues(matrix)
      const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0)
      const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b)), `${a} and ${b}`)
      near(sum(found), sum(matrix.map((row, i) => row[i]!)))
      near(sum(found.map((x) => x * x)), sum(matrix.flat().map((x) => x * x)))
    }),
  )
})
