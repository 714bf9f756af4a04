import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { trackRecord } from './track-record.ts'

const dated = (values: number[]) => ({ dates: Int32Array.from(values.keys()), values: Float64Array.from(values) })
const returns = [0.01, -0.02, 0.015, 0, 0.01]

test('five returns of engine.md 11.3.4 have PSR 0.6506', () => {
  assert.equal(trackRecord(dated(returns)).psr!.toFixed(10), '0.6505970484')
})

test('the interval is of the annualised ratio and lies even about it', () => {
  const { sharpe_low: low, sharpe_high: high } = trackRecord(dated(returns))
  assert.ok(Math.abs((low! + high!) / 2 - 0.21483446221182986 * Math.sqrt(252)) < 1e-12)
})

test('the least length is in whole days', () => {
  assert.ok(Number.isInteger(trackRecord(dated(returns)).min_track_record_days))
})

test('a return that is not finite is left out', () => {
  assert.deepEqual(trackRecord(dated([...returns, Number.NaN, Number.POSITIVE_INFINITY])), trackRecord(dated(returns)))
})

test('no length suffices for returns that lose, but they have a PSR below a half', () => {
  const { psr, min_track_record_days: days } = trackRecord(dated(returns.map((r) => -r)))
  assert.equal(days, null)
  assert.ok(psr! < 0.5)
})

for (const [title, values] of [
  ['no return', []],
  ['one return', [0.01]],
  ['returns that do not vary', [0.01, 0.01, 0.01]],
  ['returns that vary by less than a Sharpe ratio needs', [0, 1e-9, 0, 1e-9]],
] as const) {
  test(`${title} says nothing of a track record`, () => {
    assert.deepEqual(new Set(Object.values(trackRecord(dated([...values])))), new Set([null]))
  })
}
