import type { Backtest } from '../core/request.ts'
import { computeDates, type Progress } from './compute-dates.ts'
import { allocateDaily } from './daily.ts'
import type { Panel } from './panel.ts'
import type { BacktestResult } from './result.ts'
import { planDays } from './run-days.ts'
import { summarise } from './summarise.ts'

export { computeDates, type Progress, type Run } from './compute-dates.ts'
export { allocateDaily, type Daily } from './daily.ts'
export { planDays, type RunDays } from './run-days.ts'
export { summarise } from './summarise.ts'

/**
 * One Backtest from its panel, in one thread. It yields after each date and between the parts of the summary; to stop
 * it, stop asking. Several threads do the same in pieces: `planDays`, `allocateDaily` on shared memory, `computeDates`
 * for a range each, then `summarise`; the bytes are equal.
 *
 * Throws `pit_violation` and `no_signals` (engine/run-days.ts), `unknown_alpha` and `invalid_alpha_params`.
 */
export function* compute(backtest: Backtest, panel: Panel): Generator<Progress, BacktestResult> {
  const days = planDays(backtest, panel)
  const run = { backtest, panel, days, daily: allocateDaily(days, panel) }
  yield* computeDates(run, 0, days.count)
  return yield* summarise(run)
}

/** Runs `compute` to its end. */
export function computeAll(backtest: Backtest, panel: Panel): BacktestResult {
  const steps = compute(backtest, panel)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
