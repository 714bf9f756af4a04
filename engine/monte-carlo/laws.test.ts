import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { HindcastError } from '../../core/errors.ts'
import type { Series } from '../result.ts'
import { computeMonteCarlo, type MonteCarloResult, mergeBlocks } from './merge.ts'
import { decodeBlock, encodeBlock } from './path-bytes.ts'
import { type MonteCarloRun, type MonteCarloSettings, planMonteCarlo } from './run.ts'
import type { ResampleSource } from './sample.ts'
import { createSimulator, type PathBlock, type Simulator, simulateUnit } from './simulate.ts'

const METHODS = ['bootstrap', 'shuffle', 'stationary', 'circular'] as const
const GENERATORS = ['counter', 'numpy-pcg64'] as const

const SETTINGS: MonteCarloSettings = {
  simulations: 200,
  method: 'bootstrap',
  blockLength: null,
  seed: 42,
  confidenceLevels: [0.05, 0.5, 0.95],
  basis: 'gross',
  generator: 'counter',
}

function series(values: readonly number[]): Series {
  return { dates: Int32Array.from(values, (_, k) => 20000 + k), values: Float64Array.from(values) }
}

function sourceOf(
  returns: readonly number[],
  ics: readonly number[] = returns.map((r) => 5 * r + 0.01),
): ResampleSource {
  return { returns: series(returns), ic: series(ics) }
}

/** Ninety returns with runs in them. */
const RETURNS = Array.from({ length: 90 }, (_, k) => 0.01 * Math.sin(k / 4) + (((k * 7919) % 101) - 49) / 5000)

function drain<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function resultOf(settings: Partial<MonteCarloSettings>, source = sourceOf(RETURNS)): MonteCarloResult {
  return drain(computeMonteCarlo(planMonteCarlo({ ...SETTINGS, ...settings }, source)))
}

function runOf(settings: Partial<MonteCarloSettings>, source = sourceOf(RETURNS)): MonteCarloRun {
  return planMonteCarlo({ ...SETTINGS, ...settings }, source)
}

const unitOf = (simulator: Simulator, unit: number): PathBlock => drain(simulateUnit(simulator, unit))

test('the 5 % point lies under the median and that under the 95 % point, for any returns, method and generator', () => {
  const returns = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(returns, fc.constantFrom(...METHODS), fc.constantFrom(...GENERATORS), (r, method, generator) => {
      for (const { q05, q50, q95 } of resultOf({ method, generator, simulations: 50 }, sourceOf(r)).intervals) {
        if ([q05, q50, q95].every(Number.isFinite)) assert.ok(q05 <= q50 && q50 <= q95)
      }
    }),
    { numRuns: 60 },
  )
})

for (const generator of GENERATORS) {
  for (const method of METHODS) {
    test(`${method} with ${generator}: bytes are the same for any order of units on any number of threads`, () => {
      const run = runOf({ method, generator, simulations: 3400 })
      const inOrder = createSimulator(run)
      const expected = [0, 1, 2, 3].map((unit) => encodeBlock(unitOf(inOrder, unit)))
      for (const orders of [
        [[3, 2, 1, 0]],
        [
          [0, 2],
          [1, 3],
        ],
        [[2], [3], [0], [1]],
      ]) {
        const found = orders.flatMap((units) => {
          const thread = createSimulator(structuredClone(run))
          return units.map((unit) => [unit, encodeBlock(unitOf(thread, unit))] as const)
        })
        for (const [unit, bytes] of found) assert.deepEqual(bytes, expected[unit])
        const blocks = found.map(([unit, bytes]) => decodeBlock(run, unit, bytes))
        assert.deepEqual(mergeBlocks(run, blocks), drain(computeMonteCarlo(run)))
      }
    })
  }
}

test('a counter path does not depend on how many are asked for', () => {
  const few = resultOf({ simulations: 30 }).distributions
  const many = resultOf({ simulations: 1030 }).distributions
  assert.deepEqual(many.sharpe.slice(0, 30), few.sharpe)
  assert.deepEqual(many.mean_ic.slice(0, 30), few.mean_ic)
})

test('a shuffle keeps the days: all but the drawdown is one point, and no Sharpe p-value is given', () => {
  const { intervals, pValues, notes } = resultOf({ method: 'shuffle' })
  for (const { metric, observed, q05, q95 } of intervals) {
    if (metric === 'max_drawdown') assert.ok(q95 - q05 > 1e-3)
    else assert.ok(Math.abs(q05 - observed) < 1e-9 && Math.abs(q95 - observed) < 1e-9, metric)
  }
  assert.deepEqual([pValues.sharpe, pValues.sharpeNull], [Number.NaN, Number.NaN])
  assert.ok(pValues.drawdownDeeper > 0 && pValues.drawdownDeeper < 1)
  assert.ok(notes.some(({ code }) => code === 'order_only'))
})

test('losses in one row have a drawdown that few orders reach, and losses spread out one that nearly all do', () => {
  const gains = Array.from({ length: 60 }, () => 0.004)
  const losses = Array.from({ length: 30 }, () => -0.006)
  const spread = Array.from({ length: 90 }, (_, k) => (k % 3 === 2 ? -0.006 : 0.004))
  const clustered = [...gains, ...losses]
  assert.ok(resultOf({ method: 'shuffle' }, sourceOf(clustered)).pValues.drawdownDeeper < 0.02)
  assert.equal(resultOf({ method: 'shuffle' }, sourceOf(spread)).pValues.drawdownDeeper, 1)
})

test('a drawdown that no order changes is reached by every path, in spite of rounding', () => {
  const falling = Array.from({ length: 40 }, (_, k) => -0.001 - k / 20000)
  assert.equal(resultOf({ method: 'shuffle' }, sourceOf(falling)).pValues.drawdownDeeper, 1)
})

test('the null p-value is small for steady gains and not for none, while the plain share stays in the middle', () => {
  const noise = Array.from({ length: 250 }, (_, k) => (((k * 7919) % 251) - 125) / 10000)
  const gains = noise.map((r) => r + 0.002)
  const none = resultOf({ simulations: 2000 }, sourceOf(noise)).pValues
  const steady = resultOf({ simulations: 2000 }, sourceOf(gains)).pValues
  assert.ok(none.sharpeNull > 0.4 && none.sharpeNull < 0.6)
  assert.ok(steady.sharpeNull < 0.01)
  for (const { sharpe } of [none, steady]) assert.ok(sharpe > 0.4 && sharpe < 0.6)
})

/** Codes of the notes and warnings that a run gives. */
function said(settings: Partial<MonteCarloSettings>, source = sourceOf(RETURNS)): string[] {
  const { notes, warnings } = resultOf(settings, source)
  return [...notes, ...warnings].map(({ code }) => code)
}

const FALLEN = sourceOf([...RETURNS, -1])
const SAID: [what: string, code: string, settings: Partial<MonteCarloSettings>, source?: ResampleSource][] = [
  ["numpy's bootstrap", 'drawn_apart', { generator: 'numpy-pcg64' }],
  ['a return that loses everything', 'ruin', {}, FALLEN],
  ['one return', 'one_return', {}, sourceOf([0.01])],
  ['blocks longer than half the days', 'block_too_long', { method: 'circular', blockLength: 46 }],
  ['returns without spread', 'block_length_unknown', { method: 'stationary' }, sourceOf([0, 0, 0, 0])],
  ['too few paths beyond a level', 'few_paths', { confidenceLevels: [0.01] }],
]
for (const [what, code, settings, source] of SAID) {
  test(`${what}: the warning ${code}, which is else not given`, () => {
    assert.ok(said(settings, source).includes(code))
    assert.ok(!said({ method: 'circular', blockLength: 45 }).includes(code))
  })
}

test('a range on both sides of 0 is told, one that is not is not', () => {
  const range = (shift: number) =>
    resultOf({}, sourceOf(RETURNS.map((r) => r + shift))).notes.find(({ code }) => code === 'sharpe_range')!.message
  assert.match(range(0), /^Between levels 0.05 and 0.95 .*on both sides of 0/)
  assert.doesNotMatch(range(0.1), /both sides/)
})

test('blocks of one day are told to be single days', () => {
  const note = (blockLength: number) =>
    resultOf({ method: 'circular', blockLength }).notes.find(({ code }) => code === 'block_length')!.message
  assert.match(note(1), /single days/)
  assert.doesNotMatch(note(2), /single days/)
})

test('a null p-value is never 0', () => {
  const gains = RETURNS.map((r) => r + 0.1)
  assert.equal(resultOf({ simulations: 99 }, sourceOf(gains)).pValues.sharpeNull, 0.01)
})

test('blocks keep runs of losses: their drawdowns are deeper than those of single days', () => {
  const runs = Array.from({ length: 250 }, (_, k) => 0.01 * Math.sin(k / 10))
  const median = (method: MonteCarloSettings['method']) =>
    resultOf({ method, blockLength: method === 'bootstrap' ? null : 40, simulations: 500 }, sourceOf(runs))
      .intervals[1]!.q50
  assert.ok(median('stationary') < 1.2 * median('bootstrap'))
  assert.ok(median('circular') < 1.2 * median('bootstrap'))
})

test('a standard error of the mean is that of the exact formula for its blocks', () => {
  // The sample mean's variance under circular blocks of 5 is the variance of the 90 circular block means / 18.
  const means = RETURNS.map((_, k) => [0, 1, 2, 3, 4].reduce((total, j) => total + RETURNS[(k + j) % 90]!, 0) / 5)
  const centre = means.reduce((total, value) => total + value, 0) / 90
  const exact = Math.sqrt(means.reduce((total, value) => total + (value - centre) ** 2, 0) / 90 / 18)
  const source = sourceOf(RETURNS, RETURNS)
  const drawn = resultOf({ method: 'circular', blockLength: 5, simulations: 20000 }, source).distributions.mean_ic
  const mean = drawn.reduce((total, value) => total + value, 0) / drawn.length
  const error = Math.sqrt(drawn.reduce((total, value) => total + (value - mean) ** 2, 0) / drawn.length)
  assert.ok(Math.abs(error / exact - 1) < 0.015, `${error} against ${exact}`)
})

test('a return and the IC of its day are drawn together, or apart in the order of numpy', () => {
  // With the IC equal to the return, a path's mean IC is its mean return, so both have one sign.
  const source = sourceOf(RETURNS, RETURNS)
  const together = (generator: MonteCarloSettings['generator']) => {
    const { sharpe, mean_ic } = resultOf({ generator }, source).distributions
    return sharpe.every((value, path) => Math.sign(value) === Math.sign(mean_ic[path]!))
  }
  assert.deepEqual([together('counter'), together('numpy-pcg64')], [true, false])
})

test('ICs on other dates than the returns are told, and paths average over those there are', () => {
  const returns = series([0.01, -0.01, 0.02])
  const ic = { dates: Int32Array.of(20001, 20002, 20009), values: Float64Array.of(0.2, Number.NaN, 0.4) }
  const { intervals, distributions, warnings } = resultOf({}, { returns, ic })
  assert.ok(Math.abs(intervals[2]!.observed - 0.3) < 1e-15)
  assert.deepEqual(
    new Set(distributions.mean_ic.map((value) => Math.round(value * 1e9) / 1e9)),
    new Set([0.2, Number.NaN]),
  )
  assert.ok(warnings.some(({ code }) => code === 'ic_dates_differ'))
})

test('without an IC its interval is empty and the others stand', () => {
  for (const generator of GENERATORS) {
    const { intervals, warnings } = resultOf({ generator }, sourceOf(RETURNS, []))
    assert.deepEqual(intervals[2]!.quantiles, {})
    assert.ok(Number.isNaN(intervals[2]!.observed) && Number.isNaN(intervals[2]!.q50))
    assert.ok(Number.isFinite(intervals[0]!.q50))
    assert.ok(warnings.some(({ code }) => code === 'no_ic'))
  }
})

test('one return has no Sharpe ratio, and its path is itself', () => {
  for (const method of METHODS) {
    const { intervals } = resultOf({ method }, sourceOf([-0.5]))
    assert.ok(Number.isNaN(intervals[0]!.observed))
    assert.deepEqual([intervals[1]!.q05, intervals[1]!.q95], [-0.5, -0.5])
  }
})

test('returns without spread beyond rounding give infinite Sharpe ratios and no null', () => {
  const { intervals, pValues, warnings } = resultOf({}, sourceOf([0.1, 0.1, 0.1]))
  assert.equal(intervals[0]!.observed, Number.POSITIVE_INFINITY)
  assert.ok(Number.isNaN(pValues.sharpeNull))
  assert.ok(warnings.some(({ code }) => code === 'no_spread'))
})

test('NaN is left out and counted, infinite returns stay', () => {
  const { intervals, warnings } = resultOf({}, sourceOf([0.01, Number.NaN, 0.02, Number.POSITIVE_INFINITY], [0.1]))
  assert.match(warnings[0]!.message, /^1 returns and 0 rank ICs are NaN/)
  assert.ok(Number.isNaN(intervals[0]!.observed) && Number.isNaN(intervals[1]!.observed))
  assert.equal(intervals[3]!.observed, 1)
})

test('a length that is not given comes from the returns, and is whole for circular blocks', () => {
  const stationary = runOf({ method: 'stationary' }).block!
  const circular = runOf({ method: 'circular' }).block!
  assert.ok(stationary.days > 1 && !Number.isInteger(stationary.days))
  assert.ok(circular.days > 1 && Number.isInteger(circular.days))
  assert.deepEqual(runOf({ method: 'circular', blockLength: 7 }).block, { days: 7, from: 'settings', rule: null })
  assert.equal(runOf({ method: 'bootstrap', blockLength: 7 }).block, null)
})

const REFUSED: [what: string, change: object, code: string][] = [
  ['level 1.5', { confidenceLevels: [1.5] }, 'montecarlo_invalid'],
  ['level NaN', { confidenceLevels: [Number.NaN] }, 'montecarlo_invalid'],
  ['an unknown method', { method: 'jackknife' }, 'montecarlo_invalid'],
  ['an unknown generator', { generator: 'dice' }, 'montecarlo_invalid'],
  ['no path', { simulations: 0 }, 'montecarlo_invalid'],
  ['half a seed', { seed: 0.5 }, 'montecarlo_invalid'],
  ['blocks of no day', { method: 'circular', blockLength: 0 }, 'montecarlo_invalid'],
]
for (const [what, change, code] of REFUSED) {
  test(`${what} is refused with ${code}`, () => {
    assert.throws(
      () => runOf(change as Partial<MonteCarloSettings>),
      (error) => error instanceof HindcastError && error.code === code,
    )
  })
}

test('returns that are all NaN are refused', () => {
  const empty = (error: unknown) => error instanceof HindcastError && error.code === 'insufficient_data'
  assert.throws(() => runOf({}, sourceOf([Number.NaN])), empty)
  assert.throws(() => runOf({}, sourceOf([])), empty)
})

test('bytes of another size are refused', () => {
  const run = runOf({})
  const bytes = encodeBlock(unitOf(createSimulator(run), 0))
  assert.throws(() => decodeBlock(run, 0, bytes.subarray(8)), /holds 6400 bytes, its paths need 6408/)
})

test('a missing unit and one given twice are refused', () => {
  const run = runOf({ simulations: 1500 })
  const block = unitOf(createSimulator(run), 0)
  assert.throws(() => mergeBlocks(run, [block]), /all 2 units/)
  assert.throws(() => mergeBlocks(run, [block, block]), /merged once/)
})
