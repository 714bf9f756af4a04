import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { QuantileSpec } from '../../core/request.ts'
import { analyseQuantiles, computeAll, holdingReturns } from '../../engine/index.ts'
import type { Panel } from '../../engine/panel.ts'
import { type BacktestResult, CELL, type QuantileResult } from '../../engine/result.ts'
import { averageRanks } from '../../engine/stats.ts'
import { differences } from './compare.ts'
import { type GoldenJson, goldenCase, goldenPanel } from './load.ts'
import { caseBacktest } from './run-case.ts'

interface Ran {
  readonly panel: Panel
  readonly result: BacktestResult
}

for (const name of ['QUANT_A_momentum', 'QUANT_R_momentum_2015']) {
  const golden = goldenCase(name)
  const source = goldenCase(golden.source_case)
  const ran = computedOnce(source)

  for (const run of golden.runs) {
    const spec = specOf(run.config)
    const label = `${name} with ${spec.count} buckets held ${spec.holdingPeriodDays} sessions after ${spec.skipDays}`

    test(`${label}: holding returns of the reference`, async () => {
      const done = await ran()
      const on = holdingReturns(done.panel, spec)
      for (const date of Object.keys(run.forward_returns).sort()) {
        const pairs = pairsOn(done, dayNumber(date), on)
        const got = { permno: pairs.map((pair) => pair.permno), forward_return: pairs.map((pair) => pair.held) }
        assert.deepEqual(differences(got, run.forward_returns[date], date), [])
      }
    })

    test(`${label}: ${'error' in run.result ? 'too little data, as in' : 'figures of'} the reference`, async () => {
      const done = await ran()
      const { panel, result } = done
      const analyse = () => analyseQuantiles({ panel, dates: result.dates, signals: result.signals, spec })
      if ('error' in run.result) {
        assert.equal(run.result.error, 'InsufficientDataError')
        assert.throws(analyse, (error) => error instanceof HindcastError && error.code === 'insufficient_data')
      } else {
        compareFigures(analyse(), run.result, orderNoise(done, spec))
      }
    })
  }
}

/**
 * The reference multiplies the sessions of a holding period in no fixed order: of the 99 returns in the first case each
 * is the product in some order, and no one order gives more than 61 of them to the last bit. Where two returns differ
 * by such rounding alone, their order, and so the rank IC, is noise; everything else is compared strictly.
 */
function compareFigures(got: QuantileResult, expected: GoldenJson, noise: Noise): void {
  const { signal_name, universe_name, mean_rank_ic, rank_ic_std, rank_ic_t_stat, ...strict } = expected
  assert.ok(signal_name && universe_name, 'labels of the case, of no number')
  assert.deepEqual(differences(referenceFields(got), strict), [])
  const { mean_rank_ic: mean, rank_ic_std: sd, t_stat: t } = got.summary as Record<string, number>
  within(mean!, mean_rank_ic, noise.mean)
  within(sd!, rank_ic_std, noise.sd)
  within(t!, rank_ic_t_stat, Math.abs(t!) * (noise.mean / Math.abs(mean!) + noise.sd / sd!))
}

/** More than this is a difference, whatever the noise could explain; half of it is seen. */
const MOST_NOISE = 2e-6

/** Within the tolerance of the cases, or what the order of multiplication can move. */
function within(actual: number, expected: number, noise: number): void {
  const size = Math.abs(expected)
  const allowed = Math.max(1e-12, 1e-9 * size, Math.min(noise, MOST_NOISE * Math.max(1, size)))
  assert.ok(Math.abs(actual - expected) <= allowed, `${actual}, expected ${expected} within ${allowed}`)
}

interface Noise {
  readonly mean: number
  readonly sd: number
}

/** Returns closer than this differ by the rounding of twenty multiplications, not by what happened. */
const SAME_RETURN = 1e-15

/** How far the mean and deviation of the daily rank IC may move when near-equal returns change places. */
function orderNoise(done: Ran, spec: QuantileSpec): Noise {
  const on = holdingReturns(done.panel, spec)
  const moves = Array.from(done.result.dates, (day) => icNoise(pairsOn(done, day, on)))
  const n = moves.length
  return {
    mean: moves.reduce((sum, move) => sum + move, 0) / n,
    sd: Math.sqrt(moves.reduce((sum, move) => sum + move * move, 0) / (n - 1)),
  }
}

/** A swap of two neighbours in one ranking moves the sum of products by the distance in the other. */
function icNoise(pairs: readonly Pair[]): number {
  const n = pairs.length
  const ranks = averageRanks(pairs.map((pair) => pair.signal))
  const order = pairs.map((_, i) => i).sort((a, b) => pairs[a]!.held - pairs[b]!.held)
  let moved = 0
  for (let k = 1; k < n; k++) {
    const [a, b] = [order[k - 1]!, order[k]!]
    if (pairs[b]!.held - pairs[a]!.held <= SAME_RETURN) moved += Math.abs(ranks[a]! - ranks[b]!)
  }
  return n < 2 ? 0 : (12 * moved) / (n * (n * n - 1))
}

interface Pair {
  readonly permno: number
  readonly signal: number
  readonly held: number
}

/** Names of one date with a signal and a holding return. */
function pairsOn({ panel, result }: Ran, day: number, on: ReturnType<typeof holdingReturns>): Pair[] {
  const names = panel.permnos.length
  const row = result.dates.indexOf(day) * names
  const { values, clear, horizon } = on(day)
  return Array.from(panel.permnos, (permno, i) => ({ permno, i }))
    .filter(({ i }) => result.signals.state[row + i] === CELL.value && clear[i]! >= horizon)
    .map(({ permno, i }) => ({ permno, signal: result.signals.values[row + i]!, held: values[i]! }))
}

function computedOnce(source: GoldenJson): () => Promise<Ran> {
  let done: Promise<Ran> | undefined
  return () => {
    done ??= goldenPanel(source.panel, source.fundamentals).then((panel) => ({
      panel,
      result: computeAll(caseBacktest(source, 'zscore'), panel),
    }))
    return done
  }
}

function specOf(config: GoldenJson): QuantileSpec {
  return {
    count: config.n_quantiles ?? 5,
    holdingPeriodDays: config.holding_period_days ?? 20,
    skipDays: config.skip_days ?? 1,
    minObservationsPerDate: config.min_observations_per_date ?? 50,
    minTotalDates: config.min_total_dates ?? 50,
  }
}

/** Our result under the names of the reference. */
function referenceFields({ summary, returns, observations }: QuantileResult) {
  const byBucket = (column: ArrayLike<number>) =>
    Object.fromEntries(Array.from(column, (value, b) => [String(b + 1), value]))
  return { ...summary, quantile_returns: byBucket(returns), n_observations_per_quantile: byBucket(observations) }
}
