import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { WeightMethod } from '../../core/request.ts'
import { signalWeights, type WeightOptions } from './weights.ts'

const five = [1, 2, 3, 4, 5]
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const third = 1 / 3

type Case = [
  title: string,
  signals: (number | null)[],
  options: Partial<WeightOptions> & { method: WeightMethod },
  expected: (number | null)[],
]
const cases: Case[] = [
  ['W1 zscore', five, { method: 'zscore' }, [-third, -third / 2, 0, third / 2, third]],
  ['W2 leverage 2', five, { method: 'zscore', targetLeverage: 2 }, [-2 * third, -third, 0, third, 2 * third]],
  ['W3 zscore long only', five, { method: 'zscore', longOnly: true }, [0, 0, 0, third, 2 * third]],
  ['W4 rank', five, { method: 'rank' }, [-third, -third / 2, 0, third / 2, third]],
  ['W4 rank long only', five, { method: 'rank', longOnly: true }, [0, 0, 0, third, 2 * third]],
  ['W5 quantile', five, { method: 'quantile' }, [-0.5, 0, 0, 0, 0.5]],
  ['W5 quantile long only', five, { method: 'quantile', longOnly: true }, [0, 0, 0, 0, 1]],
  ['W6 ten names', upTo(10), { method: 'quantile' }, [-0.25, -0.25, 0, 0, 0, 0, 0, 0, 0.25, 0.25]],
  ['W7 seven names are not neutral', upTo(7), { method: 'quantile' }, [-third, 0, 0, 0, 0, third, third]],
  ['W8 three names are fully long', upTo(3), { method: 'quantile' }, [0, 0, 1]],
  ['W8 four names', upTo(4), { method: 'quantile' }, [0, 0, 0, 1]],
  ['W8 one name', [7], { method: 'quantile' }, [1]],
  ['W9 one name by zscore', [7], { method: 'zscore' }, [0]],
  ['W9 one name by rank', [7], { method: 'rank' }, [0]],
  ['W10 equal signals by zscore', [2, 2, 2], { method: 'zscore' }, [0, 0, 0]],
  ['W10 equal signals by rank go by id', [2, 2, 2], { method: 'rank' }, [-0.5, 0, 0.5]],
  ['W11 nulls have no weight', [1, null, 3, null, 5], { method: 'zscore' }, [-0.5, null, 0, null, 0.5]],
  ['W12 a NaN by zscore', [1, Number.NaN, 3], { method: 'zscore' }, [0, 0, 0]],
  ['W12 a NaN ranks top', [1, Number.NaN, 3], { method: 'rank' }, [-0.5, 0.5, 0]],
  ['W13 long only after the mean is taken', [-3, 1, 2, 4], { method: 'zscore', longOnly: true }, [0, 0, 0.25, 0.75]],
  ['W14 equal signals that round to a spread', [0.1, 0.1, 0.1], { method: 'zscore' }, [0, 0, 0]],
]
for (const [title, signals, options, expected] of cases) {
  test(title, () => {
    const weights = signalWeights(signals, options)
    weights.forEach((weight, i) => {
      const wanted = expected[i]!
      assert.ok(weight === wanted || Math.abs(weight! - wanted!) < 1e-12, `name ${i}: ${weight}, expected ${wanted}`)
    })
  })
}

const signals = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 40 })
const method = fc.constantFrom<WeightMethod>('zscore', 'rank')
const leverage = fc.constantFrom(0.5, 1, 2)

test('zscore and rank books are neutral and have the leverage asked for, or are empty', () => {
  fc.assert(
    fc.property(signals, method, leverage, (values, chosen, targetLeverage) => {
      const weights = signalWeights(values, { method: chosen, targetLeverage }) as number[]
      const gross = weights.reduce((sum, weight) => sum + Math.abs(weight), 0)
      assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0)) < 1e-9)
      assert.ok(gross === 0 || Math.abs(gross - targetLeverage) < 1e-9)
    }),
  )
})

test('a long-only book has no short side and sums to the leverage, or is empty', () => {
  fc.assert(
    fc.property(
      signals,
      fc.constantFrom<WeightMethod>('zscore', 'rank', 'quantile'),
      leverage,
      (values, chosen, targetLeverage) => {
        const weights = signalWeights(values, { method: chosen, targetLeverage, longOnly: true }) as number[]
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        assert.ok(weights.every((weight) => weight >= 0))
        assert.ok(total === 0 || Math.abs(total - targetLeverage) < 1e-9)
      },
    ),
  )
})
