import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { signalOf } from '../signal.ts'
import { spearman } from '../stats.ts'
import { autocorrelation, signalRankCorrelation } from './autocorrelation.ts'

const series: [title: string, values: (number | null)[], lag: number, expected: number][] = [
  ['M19 a line', [1, 2, 3, 4, 5], 1, 1],
  ['M19 an alternation', [1, -1, 1, -1, 1], 1, -1],
  ['M19 a saw at lag 1', [1, 3, 2, 5, 4], 1, 0.07559289460184543],
  ['M19 a saw at lag 2', [1, 3, 2, 5, 4], 2, 0.9819805060619657],
  ['M20 nulls are removed and the series closes up', [1, null, 3, 2, 5], 1, -0.3273268353539886],
  ['a series no longer than the lag', [1, 2], 2, Number.NaN],
]
for (const [title, values, lag, expected] of series) {
  test(title, () => {
    const actual = autocorrelation(values, lag)
    assert.ok(Object.is(actual, expected) || Math.abs(actual - expected) < 1e-12, `${actual}`)
  })
}

const cell = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)
const twoDates = fc.array(fc.tuple(cell, cell), { minLength: 30, maxLength: 70 })

test('two dates compare name with name, ranked among the names of both', () => {
  fc.assert(
    fc.property(twoDates, (rows) => {
      const now = rows.map(([a]) => a)
      const before = rows.map(([, b]) => b)
      const both = rows.filter(([a, b]) => a !== null && b !== null).length
      const actual = signalRankCorrelation(signalOf(now), signalOf(before), new Float64Array(rows.length))
      const expected = both < 30 ? Number.NaN : spearman(now, before)
      assert.ok(Object.is(actual, expected) || Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`)
    }),
  )
})
