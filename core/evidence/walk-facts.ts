import { type Figures, meanOf } from './card.ts'

/** What is known of a WalkForward when its evidence is weighed. */
export interface WalkFacts {
  /** Those of its status, then those of the stitched test spans under a Backtest's names. */
  readonly metrics: Figures
  readonly overfittingThreshold: number
  /** Evidence of each window's search; NaN where there is none. */
  readonly searches: readonly WindowSearch[]
  readonly stability: readonly ParameterUse[]
  /** Null: not known. */
  readonly hasDelistings: boolean | null
}

/** What a window's trials say of luck: daily ratios of the score they were ranked by. */
export interface WindowSearch {
  readonly trials: number
  /** Independent trials that those amount to. */
  readonly effectiveTrials: number
  /** Of the chosen, and of the best of as many without skill. */
  readonly sharpe: number
  readonly expectedBest: number
  readonly deflatedEffective: number
}

/** How often a searched parameter had its most usual value, as a share of windows. */
export interface ParameterUse {
  readonly name: string
  readonly usual: number | string
  readonly usualShare: number
}

/** Mean over the windows whose search says something. */
export function meanSearch(searches: readonly WindowSearch[], name: keyof WindowSearch): number {
  return meanOf(searches.map((search) => search[name]))
}
