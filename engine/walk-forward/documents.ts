import { formatIsoDate } from '../../core/dates.ts'
import type { AlphaParameters } from '../../core/request.ts'
import type { WalkForwardResult } from './merge-units.ts'
import type { Walk } from './plan-walk.ts'
import type { SearchEvidence } from './weigh-search.ts'

/** What JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

const VERSION = '1.0'

/**
 * walk_forward.json (platform.md 3.3): the reference's fields under its names, then ours. Dates are ISO dates, numbers
 * that are not finite are null.
 */
export function walkForwardDocument(walk: Walk, result: WalkForwardResult): JsonValue {
  const { windows: spec, overfittingThreshold } = walk.walkForward
  const { aggregated } = result
  return {
    version: VERSION,
    config: {
      train_months: spec.trainMonths,
      test_months: spec.testMonths,
      step_months: spec.stepMonths,
      min_train_samples: spec.minTrainDays,
      overfitting_threshold: overfittingThreshold,
      purge_days: spec.purgeDays,
      embargo_days: spec.embargoDays,
    },
    windows: result.windows.map((window) => ({
      window_id: window.id,
      train_start: formatIsoDate(window.trainStart),
      train_end: formatIsoDate(window.trainEnd),
      test_start: formatIsoDate(window.testStart),
      test_end: formatIsoDate(window.testEnd),
      best_params: snakeKeys(window.bestParameters),
      train_ic: finite(window.trainIc),
      test_ic: finite(window.testIc),
      test_icir: finite(window.testIcir),
      best_score: finite(window.bestScore),
      chosen_rank: finite(window.chosenRank),
      ranked_combinations: window.rankedCombinations,
      train_sharpe: finite(window.train?.gross_sharpe),
      test_sharpe: finite(window.test?.gross_sharpe),
      test_net_sharpe: finite(window.test?.net_sharpe),
      evidence: window.evidence && evidenceOf(window.evidence),
    })),
    aggregated: {
      test_ic: finite(aggregated.testIc),
      test_icir: finite(aggregated.testIcir),
      overfitting_ratio: finite(aggregated.overfittingRatio),
      is_overfit: aggregated.isOverfit,
      train_ic: finite(aggregated.trainIc),
      degradation: finite(aggregated.degradation),
      sign_flip: aggregated.signFlip,
      sign_flip_share: finite(aggregated.signFlipShare),
      positive_windows: finite(aggregated.positiveWindows),
      valid_windows: aggregated.validWindows,
      nan_windows: aggregated.nanWindows,
      efficiency: finite(result.efficiency),
      below_median_share: finite(result.belowMedianShare),
      n_trials: result.search.nTrials,
      dsr: result.deflatedSharpe,
      pbo: result.overfittingProbability,
    },
    parameter_stability: result.stability.map((parameter) => ({
      name: snake(parameter.name),
      usual: parameter.usual,
      usual_share: parameter.usualShare,
      distinct: parameter.distinct,
      change_share: parameter.changeShare,
    })),
    out_of_sample: Object.fromEntries(Object.entries(result.outOfSample).map(([name, value]) => [name, finite(value)])),
    warnings: result.warnings.map(({ code, message }) => ({ code, message })),
  }
}

/** param_search.json (platform.md 3.3), with the tries' scores on the test spans beside those they were chosen by. */
export function paramSearchDocument({ windows, search }: WalkForwardResult): JsonValue {
  const tries = search.tries.length
  const { ranges } = search
  return {
    version: VERSION,
    windows: windows.map((window) => ({
      window_id: window.id,
      best_params: snakeKeys(window.bestParameters),
      best_score: finite(window.bestScore),
      all_results: search.tries.map((parameters, at) => ({
        params: snakeKeys(parameters),
        score: finite(search.scores[window.id * tries + at]),
        test_score: finite(search.testScores[window.id * tries + at]),
      })),
    })),
    param_names: search.names.map(snake),
    param_ranges: ranges && Object.fromEntries(Object.entries(ranges).map(([name, values]) => [snake(name), values])),
    metric_name: search.metric,
    n_trials: search.nTrials,
  }
}

function evidenceOf(evidence: SearchEvidence): JsonValue {
  return Object.fromEntries(Object.entries(evidence).map(([name, value]) => [snake(name), value]))
}

function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null
}

function snakeKeys(parameters: AlphaParameters): Record<string, number | string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [snake(name), value]))
}

/** The reference's spelling of a parameter: `lookbackDays` is `lookback_days`. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
