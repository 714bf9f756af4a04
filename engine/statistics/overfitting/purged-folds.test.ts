import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { purgedFolds } from './purged-folds.ts'
import { walkEfficiency, walkWindows } from './walk-windows.ts'

const rules = fc
  .record({
    dates: fc.integer({ min: 2, max: 200 }),
    folds: fc.integer({ min: 2, max: 12 }),
    horizon: fc.integer({ min: 0, max: 30 }),
    embargo: fc.double({ min: 0, max: 0.3, noNaN: true }),
  })
  .filter(({ dates, folds }) => folds <= dates)

test('no label of a training date shares a day with a label of its test', () => {
  fc.assert(
    fc.property(rules, ({ dates, ...rule }) => {
      for (const { test: held, train } of purgedFolds(dates, rule)) {
        for (const i of train) {
          const apart = i + rule.horizon < held[0] || i > held[1] + rule.horizon
          assert.ok(apart, `${i} trains on days of ${held}`)
        }
      }
    }),
  )
})

test('training keeps every date that it may, and only those', () => {
  fc.assert(
    fc.property(rules, ({ dates, ...rule }) => {
      const wait = rule.horizon + Math.ceil(rule.embargo * dates)
      for (const { test: held, train } of purgedFolds(dates, rule)) {
        const allowed = Array.from({ length: dates }, (_, i) => i).filter(
          (i) => i + rule.horizon < held[0] || i > held[1] + wait,
        )
        assert.deepEqual(Array.from(train), allowed)
      }
    }),
  )
})

test('every date is tested once, in folds that differ by at most one date', () => {
  fc.assert(
    fc.property(rules, ({ dates, ...rule }) => {
      const folds = purgedFolds(dates, rule)
      assert.equal(folds[0]!.test[0], 0)
      assert.equal(folds.at(-1)!.test[1], dates - 1)
      folds.slice(1).forEach((fold, k) => {
        assert.equal(fold.test[0], folds[k]!.test[1] + 1)
      })
      const sizes = folds.map(({ test: [from, to] }) => to - from + 1)
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
    }),
  )
})

test('more folds than dates are refused', () => {
  assert.throws(() => purgedFolds(4, { folds: 5, horizon: 1 }), /5 folds of 4 dates/)
})

test('walk windows keep their gap and stay inside the calendar', () => {
  const size = fc.integer({ min: 1, max: 40 })
  const walks = fc.record({ train: size, test: size, step: size, gap: fc.nat(20), anchored: fc.boolean() })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), walks, (dates, rule) => {
      for (const { train, test: held } of walkWindows(dates, rule)) {
        assert.equal(held[0] - train[1] - 1, rule.gap)
        assert.equal(held[1] - held[0] + 1, rule.test)
        assert.ok(train[0] >= 0 && held[1] < dates)
      }
    }),
  )
})

test('a walk without a window has no efficiency', () => {
  const { efficiency, consistency } = walkEfficiency(new Float64Array(0), new Float64Array(0))
  assert.ok(Number.isNaN(efficiency) && Number.isNaN(consistency))
})
