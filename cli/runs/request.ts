import type {
  Backtest,
  BacktestRequest,
  MonteCarloRequest,
  RegressionRequest,
  Request,
  WalkForwardRequest,
} from '../../core/request.ts'

/** A request of a kind that this program computes. */
export type RunRequest = Exclude<Request, RegressionRequest>

/** Whether a request names its computation itself, so that it can be planned before anything has run. */
export function isPlannable(request: RunRequest): request is BacktestRequest | WalkForwardRequest {
  return request.kind !== 'MonteCarlo'
}

/** The Backtest that a request asks for, or cuts its own from. */
export function templateOf(request: BacktestRequest | WalkForwardRequest): Backtest {
  return request.kind === 'Backtest' ? request.backtest : request.walkForward.backtest
}

/** The requests with the Backtest that an inline one of a MonteCarlo becomes, before it. */
export function withInlineSources(requests: readonly RunRequest[]): RunRequest[] {
  return requests.flatMap((request) => {
    const inline = inlineSource(request)
    return inline === null ? [request] : [inline, request]
  })
}

function inlineSource(request: RunRequest): BacktestRequest | null {
  if (request.kind !== 'MonteCarlo' || !('backtest' in request.monteCarlo.source)) return null
  return { ...headOf(request), kind: 'Backtest', backtest: request.monteCarlo.source.backtest }
}

function headOf({ name, namespace, createdBy, run }: MonteCarloRequest) {
  return { name: `${name}-source`, namespace, createdBy, run }
}
