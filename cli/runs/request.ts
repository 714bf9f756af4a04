import type { Backtest, BacktestRequest, WalkForwardRequest } from '../../core/request.ts'

/** A request of a kind that this program computes. */
export type RunRequest = BacktestRequest | WalkForwardRequest

/** The Backtest that a request asks for, or cuts its own from. */
export function templateOf(request: RunRequest): Backtest {
  return request.kind === 'Backtest' ? request.backtest : request.walkForward.backtest
}
