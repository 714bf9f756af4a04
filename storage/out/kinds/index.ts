import { type BacktestComputed, backtestContents } from './backtest.ts'
import type { Contents } from './contents.ts'
import { type MonteCarloComputed, monteCarloContents } from './monte-carlo.ts'
import { type WalkForwardComputed, walkForwardContents } from './walk-forward.ts'

/** A result of any kind with the plan it answers. */
export type Computed = BacktestComputed | WalkForwardComputed | MonteCarloComputed

/** What the kind of a result writes. Throws `reproducibility_missing`. */
export function contentsOf(computed: Computed, engineVersion: string): Contents {
  if ('run' in computed) return monteCarloContents(computed, engineVersion)
  return 'walk' in computed ? walkForwardContents(computed, engineVersion) : backtestContents(computed, engineVersion)
}
