import type { AlphaParameters, Backtest, SearchSpec } from '../../core/request.ts'
import type { Panel } from '../panel.ts'
import { planDays } from '../run-days.ts'
import { allocateScores, scoreOver } from './scores/daily-scores.ts'
import { allocateLabels } from './scores/label-ranks.ts'
import { scoreRows } from './scores/score-rows.ts'
import { bestTry, searchSpace } from './search/search-space.ts'

/** A search over the days of one Backtest, without windows. */
export interface ParameterSearch {
  /** Parameters of each try, in order. */
  readonly tries: readonly AlphaParameters[]
  /** Score of each try; NaN where it has none. */
  readonly scores: Float64Array
  /** The winning try. */
  readonly best: number
  /** Different combinations. */
  readonly nTrials: number
}

/**
 * Scores every try of a search on the days of a Backtest and names the best (engine.md 8.5). The score is in sample: it
 * is the largest of so many, and says nothing of what comes after. Throws as `planWalk` does for one window.
 */
export function searchParameters(backtest: Backtest, search: SearchSpec, panel: Panel): ParameterSearch {
  const space = searchSpace(search)
  const rows = planDays(backtest, panel)
  const allocate = (bytes: number) => new ArrayBuffer(bytes)
  const scores = allocateScores({ metric: search.metric, combinations: space.combinations.length, rows }, allocate)
  const labels = allocateLabels(panel, rows, allocate)
  const steps = scoreRows({ panel, alpha: backtest.alpha, combinations: space.combinations, labels, scores }, rows)
  while (!steps.next().done);
  const each = Float64Array.from(space.combinations, (_, c) => scoreOver(scores, c, rows))
  const ofTries = Float64Array.from(space.tries, (combination) => each[combination]!)
  return {
    tries: space.tries.map((combination) => space.combinations[combination]!),
    scores: ofTries,
    best: bestTry(ofTries),
    nTrials: space.combinations.length,
  }
}
