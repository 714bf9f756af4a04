import { type Plan, planComputation } from '../../../core/plan.ts'
import type { AlphaChoice } from '../../../core/request.ts'
import type { JobKind, NewJob } from '../ledger.ts'

/** What a row calls the kind of a plan. */
export const ROW_KINDS = {
  Backtest: 'backtest',
  WalkForward: 'walkforward',
  MonteCarlo: 'montecarlo',
} as const satisfies Record<Plan['kind'], JobKind>

/** The row of a plan (T1); who asks, and how it runs, stand beside the plan. */
export function jobOfPlan(
  plan: Plan,
  asked: Pick<NewJob, 'createdBy' | 'priority' | 'timeoutSeconds' | 'deletionPolicy'>,
): NewJob {
  const { backtest } = plan
  return {
    jobId: plan.jobId,
    configHash: plan.configHash,
    kind: ROW_KINDS[plan.kind],
    namespace: plan.namespace,
    dataset: backtest.dataset,
    alphaName: alphaNameOf(backtest.alpha),
    startDate: backtest.startDate,
    endDate: backtest.endDate,
    weightMethod: backtest.weightMethod,
    config: planComputation(plan),
    createdBy: asked.createdBy,
    priority: asked.priority,
    timeoutSeconds: asked.timeoutSeconds,
    deletionPolicy: asked.deletionPolicy,
  }
}

/** What a row calls the alpha: its name, or `blend`. */
function alphaNameOf(alpha: AlphaChoice): string {
  return 'blend' in alpha ? 'blend' : alpha.name
}
