import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { formatIsoDate } from '../../core/dates.ts'
import type { Backtest, SearchMetric, SearchSpec, WalkForward } from '../../core/request.ts'
import {
  allocateWalk,
  computeAll,
  computeUnitAll,
  mergeUnits,
  type Panel,
  panelFromRows,
  paramSearchDocument,
  planWalk,
  searchParameters,
  type WalkForwardResult,
  walkForwardDocument,
} from '../../engine/index.ts'
import { differences } from './compare.ts'
import { type GoldenJson, goldenCase, goldenPanel, syntheticRows } from './load.ts'
import { backtestOf, camelKeys } from './run-case.ts'

const METRICS: readonly SearchMetric[] = ['mean_ic', 'icir', 'hit_rate']

function gridOf(parameters: SearchSpec['parameters'], change: Partial<SearchSpec> = {}): SearchSpec {
  return { method: 'grid', parameters, metric: 'mean_ic', iterations: 10, seed: 42, generator: 'counter', ...change }
}

function runWalk(walkForward: WalkForward, panel: Panel): WalkForwardResult {
  const walk = planWalk(walkForward, panel)
  const memory = allocateWalk(walk, panel)
  return mergeUnits(
    walk,
    walk.windows.map(({ id: unit }) => computeUnitAll({ walk, panel, memory, unit })),
  )
}

function caseWalk(golden: GoldenJson): WalkForward {
  const { config } = golden
  return {
    backtest: backtestOf({ alphaName: golden.alpha, startDate: golden.start, endDate: golden.end }),
    windows: {
      trainMonths: config.train_months,
      testMonths: config.test_months,
      stepMonths: config.step_months,
      minTrainDays: config.min_train_samples,
      purgeDays: 0,
      embargoDays: 0,
    },
    search: gridOf(camelKeys(golden.grid)),
    overfittingThreshold: 2,
  }
}

const wf = goldenCase('WF_A_reversal')

test("WF_A_reversal: windows, choices, ICs and aggregates are the reference's", async () => {
  const walkForward = caseWalk(wf)
  const panel = await goldenPanel(wf.panel)
  const walk = planWalk(walkForward, panel)
  assert.deepEqual(
    walk.windows.map((window) =>
      [window.trainStart, window.trainEnd, window.testStart, window.testEnd].map((day) => formatIsoDate(day)),
    ),
    wf.all_windows,
  )
  const result = runWalk(walkForward, panel)
  const document = walkForwardDocument(walk, result) as GoldenJson
  assert.deepEqual(differences(document.windows, wf.expected.windows), [])
  const { test_ic, test_icir, overfitting_ratio, is_overfit } = document.aggregated
  const aggregated = {
    aggregated_test_ic: test_ic,
    aggregated_test_icir: test_icir,
    overfitting_ratio,
    is_overfit,
  }
  const { windows: _, ...expected } = wf.expected
  assert.deepEqual(differences(aggregated, expected), [])
})

/** The Backtest of a row of `every_backtest`: its label is `reversal_{lookback}`. */
function backtestOfRow(row: GoldenJson): Backtest {
  const lookbackDays = Number(row.alpha.split('_')[1])
  const parameters = { lookbackDays, winsorizePct: row.winsorize_pct }
  return backtestOf({ alphaName: wf.alpha, parameters, startDate: row.start, endDate: row.end })
}

for (const row of wf.every_backtest) {
  test(`WF_A_reversal: ${row.alpha} ${row.winsorize_pct} from ${row.start}, as a Backtest and as a score`, async () => {
    const panel = await goldenPanel(wf.panel)
    const backtest = backtestOfRow(row)
    const { metrics } = computeAll(backtest, panel)
    for (const metric of METRICS) {
      const found = searchParameters(backtest, gridOf({}, { metric }), panel)
      assert.deepEqual(differences([metrics[metric], found.scores[0]], [row[metric], row[metric]], metric), [])
      assert.ok(Object.is(found.scores[0], metrics[metric]), `${metric}: other bits than the Backtest's`)
    }
  })
}

test("SEARCH_A_reversal: seed 11 draws the reference's tries, scores and winner", async () => {
  const golden = goldenCase('SEARCH_A_reversal')
  const { n_iter: iterations, seed, metric } = golden
  const backtest = backtestOf({ alphaName: golden.alpha, startDate: golden.start, endDate: golden.end })
  const search = gridOf(camelKeys(golden.grid), {
    method: 'random',
    generator: 'python-mt19937',
    iterations,
    seed,
    metric,
  })
  const found = searchParameters(backtest, search, await goldenPanel(golden.panel))
  const results = found.tries.map((params, at) => ({ params, score: found.scores[at] }))
  const expected = golden.all_results.map((row: GoldenJson) => ({ ...row, params: camelKeys(row.params) }))
  assert.deepEqual(differences(results, expected), [])
  assert.deepEqual(found.tries[found.best], { lookbackDays: 15, winsorizePct: 0.05 })
  assert.deepEqual(differences(found.scores[found.best], golden.best_score), [])
})

const rows = syntheticRows()
const synthetic = panelFromRows(rows.prices, rows.fundamentals)

test('G12: walk-forward 3/2/2 of the synthetic set', () => {
  const walkForward: WalkForward = {
    backtest: backtestOf({ alphaName: 'reversal', startDate: '2023-10-01', endDate: '2024-05-31' }),
    windows: { trainMonths: 3, testMonths: 2, stepMonths: 2, minTrainDays: 30, purgeDays: 0, embargoDays: 0 },
    search: gridOf({ lookbackDays: [14, 21] }),
    overfittingThreshold: 2,
  }
  const result = runWalk(walkForward, synthetic)
  const { windows, aggregated, search } = result
  assert.deepEqual(
    differences(search.scores, [0.08979318163011472, 0.13796896684987056, 0.12594767508395288, 0.17392407771202323]),
    [],
  )
  const got = {
    lookbacks: windows.map((window) => window.bestParameters.lookbackDays),
    trainIc: windows.map((window) => window.trainIc),
    testIc: windows.map((window) => window.testIc),
    testIcir: windows.map((window) => window.testIcir),
    aggregate: [aggregated.testIc, aggregated.testIcir, aggregated.overfittingRatio],
    overfit: aggregated.isOverfit,
  }
  const expected = {
    lookbacks: [21, 21],
    trainIc: [0.13796896684987056, 0.17392407771202323],
    testIc: [0.17054970668577857, 0.12827847629229908],
    testIcir: [1.135070691242224, 0.7642956554499541],
    aggregate: [0.14941409148903884, 7.0693041152682685, 1.0437203126345502],
    overfit: false,
  }
  assert.deepEqual(differences(got, expected), [])
  const document = paramSearchDocument(result) as GoldenJson
  assert.deepEqual(document.windows[1].all_results[1].params, { lookback_days: 21 })
  assert.deepEqual(document.param_ranges, { lookback_days: [14, 21] })
})

test('G13: random search of seed 42 by hit rate', () => {
  const search = gridOf(
    { lookbackDays: [10, 14, 21], winsorizePct: [0.01, 0.05] },
    { method: 'random', generator: 'python-mt19937', iterations: 3, metric: 'hit_rate' },
  )
  const backtest = backtestOf({ alphaName: 'reversal', startDate: '2024-01-02', endDate: '2024-01-31' })
  const found = searchParameters(backtest, search, synthetic)
  assert.deepEqual(found.tries, [
    { lookbackDays: 21, winsorizePct: 0.05 },
    { lookbackDays: 10, winsorizePct: 0.01 },
    { lookbackDays: 21, winsorizePct: 0.01 },
  ])
  const expected = [0.5899198167239404, 0.561282932416953, 0.5990836197021764]
  assert.deepEqual(differences(found.scores, expected), [])
  assert.equal(found.best, 2)
})
