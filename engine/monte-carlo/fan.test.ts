import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { FAN_LEVELS, pathFan } from './fan.ts'
import { type MonteCarloSettings, planMonteCarlo } from './run.ts'

const SETTINGS: MonteCarloSettings = {
  simulations: 300,
  method: 'bootstrap',
  blockLength: null,
  seed: 3,
  confidenceLevels: [0.05, 0.5, 0.95],
  basis: 'gross',
  generator: 'counter',
}

const RETURNS = Array.from({ length: 250 }, (_, k) => (((k * 7919) % 251) - 120) / 10000)

function fanOf(returns: readonly number[], settings: Partial<MonteCarloSettings> = {}) {
  const dates = Int32Array.from(returns, (_, k) => 20000 + k)
  const series = { dates, values: Float64Array.from(returns) }
  return pathFan(planMonteCarlo({ ...SETTINGS, ...settings }, { returns: series, ic: series }))
}

test('all lines start at 1, keep their order, and spread as days pass', () => {
  const { lines, days } = fanOf(RETURNS)
  const last = days.length - 1
  assert.deepEqual([days[0], days[last]], [0, 250])
  for (const line of lines) assert.equal(line[0], 1)
  for (let point = 0; point <= last; point++) {
    for (let level = 1; level < FAN_LEVELS.length; level++)
      assert.ok(lines[level]![point]! >= lines[level - 1]![point]!)
  }
  const width = (point: number) => lines[4]![point]! - lines[0]![point]!
  assert.ok(width(last) > 1.5 * width(last >> 2))
})

for (const generator of ['counter', 'numpy-pcg64'] as const) {
  test(`orders of the same days all end where the source ends, with ${generator}`, () => {
    const { lines, observed } = fanOf(RETURNS, { method: 'shuffle', generator })
    const end = RETURNS.reduce((wealth, r) => wealth * (1 + r), 1)
    for (const line of [observed, ...lines]) assert.ok(Math.abs(line.at(-1)! / end - 1) < 1e-12)
  })
}

test('few days have a point each', () => {
  const { days, observed, paths } = fanOf([0.1, -0.5])
  assert.deepEqual([[...days], paths], [[0, 1, 2], 300])
  assert.ok(Math.abs(observed[1]! - 1.1) < 1e-15 && Math.abs(observed[2]! - 0.55) < 1e-15)
})
