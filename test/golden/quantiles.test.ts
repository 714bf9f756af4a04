import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { QuantileSpec } from '../../core/request.ts'
import { computeAll } from '../../engine/index.ts'
import type { Panel } from '../../engine/panel.ts'
import { analyseQuantiles } from '../../engine/quantiles/analyse-quantiles.ts'
import { holdingReturns } from '../../engine/quantiles/holding-returns.ts'
import type { QuantileResult } from '../../engine/result.ts'
import { differences } from './compare.ts'
import { type GoldenJson, goldenCase, goldenPanel } from './load.ts'
import { caseBacktest } from './run-case.ts'

for (const name of ['QUANT_A_momentum', 'QUANT_R_momentum_2015']) {
  const golden = goldenCase(name)
  const source = goldenCase(golden.source_case)
  const ran = computedOnce(source)

  for (const run of golden.runs) {
    const spec = specOf(run.config)
    const label = `${name} with ${spec.count} buckets held ${spec.holdingPeriodDays} sessions after ${spec.skipDays}`

    test(`${label}: holding returns of the reference`, async () => {
      const { panel } = await ran()
      const on = holdingReturns(panel, spec)
      for (const date of Object.keys(run.forward_returns).sort()) {
        assert.deepEqual(differences(section(panel, on(dayNumber(date))), run.forward_returns[date], date), [])
      }
    })

    test(`${label}: ${'error' in run.result ? 'too little data, as in' : 'figures of'} the reference`, async () => {
      const { panel, result } = await ran()
      const analyse = () => analyseQuantiles({ panel, dates: result.dates, signals: result.signals, spec })
      if ('error' in run.result) {
        assert.equal(run.result.error, 'InsufficientDataError')
        assert.throws(analyse, (error) => error instanceof HindcastError && error.code === 'insufficient_data')
      } else {
        const { signal_name, universe_name, ...expected } = run.result
        assert.ok(signal_name && universe_name, 'labels of the case, of no number')
        assert.deepEqual(differences(referenceFields(analyse()), expected), [])
      }
    })
  }
}

function computedOnce(source: GoldenJson) {
  const compute = async () => {
    const panel = await goldenPanel(source.panel, source.fundamentals)
    return { panel, result: computeAll(caseBacktest(source, 'zscore'), panel) }
  }
  let done: ReturnType<typeof compute> | undefined
  return () => {
    done ??= compute()
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

function section(
  panel: Panel,
  { values, clear, horizon }: { values: Float64Array; clear: Int32Array; horizon: number },
) {
  const held = [...panel.permnos.keys()].filter((i) => clear[i]! >= horizon)
  return { permno: held.map((i) => panel.permnos[i]!), forward_return: held.map((i) => values[i]!) }
}

/** Our result under the names of the reference. */
function referenceFields({ summary, returns, observations }: QuantileResult) {
  const byBucket = (column: ArrayLike<number>) =>
    Object.fromEntries(Array.from(column, (value, b) => [String(b + 1), value]))
  return {
    ...summary,
    rank_ic_t_stat: summary.t_stat,
    quantile_returns: byBucket(returns),
    n_observations_per_quantile: byBucket(observations),
  }
}
