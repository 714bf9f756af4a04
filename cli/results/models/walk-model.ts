import type { WalkReportModel, WalkSearch, WalkTry, WalkWindow } from '../../../console/report/walk-forward/model.ts'
import { dayNumber } from '../../../core/dates.ts'
import { metricsOf } from '../../../storage/out/documents/parse-summary.ts'
import {
  readParamSearch,
  readWalkForward,
  type StoredSearch,
  type StoredWalk,
  type StoredWindow,
} from '../../../storage/out/kinds/read-walk-forward.ts'
import { type OpenedResult, readIcTable, readNetTable, readPortfolioReturns } from '../../../storage/out/read-result.ts'
import { walkForwardOf } from '../../jobs/computation-of.ts'
import type { Home } from '../../local/open-home.ts'
import { type ModelSource, provenanceOf, resultHead } from './provenance-of.ts'
import { readDataPart } from './read-data.ts'

/** The model behind report, summary and card of a WalkForward, read from its files. */
export async function readWalkModel(home: Home, source: ModelSource): Promise<WalkReportModel> {
  const { job, opened } = source
  const computation = walkForwardOf(job)
  const [walk, search, ic, returns, data] = await Promise.all([
    readWalkForward(opened),
    readParamSearch(opened),
    readIcTable(opened),
    readReturns(opened),
    readDataPart(home.datasetsDir, computation.backtest.snapshotId),
  ])
  return {
    head: resultHead(source),
    computation,
    metrics: metricsOf(opened.summary),
    ...walkParts(walk, search),
    ic,
    returns,
    data,
    provenance: provenanceOf(source),
    warnings: walk.warnings,
  }
}

async function readReturns(opened: OpenedResult): Promise<WalkReportModel['returns']> {
  const [series, net] = await Promise.all([readPortfolioReturns(opened, 'gross'), readNetTable(opened)])
  const { dates, values: gross } = series ?? { dates: new Int32Array(0), values: new Float64Array(0) }
  if (net === null) return { dates, gross, net: null, drag: null }
  const at = new Map(Array.from(net.dates, (date, row) => [date, row]))
  const pick = (values: Float64Array) => Float64Array.from(dates, (date) => values[at.get(date) ?? -1] ?? Number.NaN)
  return { dates, gross, net: pick(net.net), drag: pick(net.drag) }
}

/** What the two documents of a walk hold, with NaN for null and the manifest's names of parameters. */
export function walkParts(
  walk: StoredWalk,
  search: StoredSearch,
): Pick<WalkReportModel, 'windows' | 'search' | 'stability'> {
  return {
    windows: walk.windows.map(windowOf),
    search: searchOf(search),
    stability: walk.parameter_stability.map((parameter) => ({
      name: camel(parameter.name),
      usual: parameter.usual,
      usualShare: parameter.usual_share,
      distinct: parameter.distinct,
      changeShare: number(parameter.change_share),
    })),
  }
}

function windowOf(window: StoredWindow): WalkWindow {
  const { evidence } = window
  return {
    id: window.window_id,
    trainStart: dayNumber(window.train_start),
    trainEnd: dayNumber(window.train_end),
    testStart: dayNumber(window.test_start),
    testEnd: dayNumber(window.test_end),
    parameters: camelKeys(window.best_params),
    bestScore: number(window.best_score),
    trainIc: number(window.train_ic),
    testIc: number(window.test_ic),
    testIcir: number(window.test_icir),
    trainSharpe: number(window.train_sharpe),
    testSharpe: number(window.test_sharpe),
    chosenRank: number(window.chosen_rank),
    rankedCombinations: window.ranked_combinations,
    search: evidence && {
      trials: evidence.trials,
      effectiveTrials: number(evidence.effective_trials),
      sharpe: number(evidence.sharpe),
      expectedBest: number(evidence.expected_best),
      deflatedEffective: number(evidence.deflated_effective),
    },
  }
}

function searchOf({ windows, param_names, param_ranges }: StoredSearch): WalkSearch {
  const tries = new Map<string, WalkTry>()
  windows[0]?.all_results.forEach(({ params }, at) => {
    const results = windows.map((window) => window.all_results[at])
    tries.set(JSON.stringify(params), {
      parameters: camelKeys(params),
      train: Float64Array.from(results, (result) => number(result?.score ?? null)),
      test: Float64Array.from(results, (result) => number(result?.test_score ?? null)),
    })
  })
  return { names: param_names.map(camel), ranges: camelKeys(param_ranges ?? {}), tries: [...tries.values()] }
}

function number(value: number | null): number {
  return value ?? Number.NaN
}

/** A name of the files as a manifest has it: `lookback_days` is `lookbackDays`. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function camelKeys<T>(parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [camel(name), value]))
}
