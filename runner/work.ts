import type { Plan } from '../core/plan.ts'
import type { Computed } from '../storage/out/kinds/index.ts'
import { type HeadStart, startAhead } from './head-start.ts'
import { startPaths } from './monte-carlo/work.ts'
import type { AttemptInput } from './port.ts'
import type { Units } from './units/units.ts'
import { startWalk } from './walk-forward/work.ts'

/** What the work of an attempt depends on before it has a number or a claim. */
export type WorkInput<Of extends Plan = Plan> = Pick<
  AttemptInput<Of>,
  | 'plan'
  | 'datasetsDir'
  | 'artifactsDir'
  | 'sourceDir'
  | 'threads'
  | 'memoryLimitBytes'
  | 'pace'
  | 'waitsForClaim'
  | 'index'
  | 'parallelism'
>

/**
 * The computation of a plan of any kind, begun before it has a claim: what it computed is dropped when the claim is
 * refused.
 */
export interface Work extends Omit<HeadStart, 'opened'> {
  /** Steps in all, once the data is open. Rejects with what opening and planning throw. */
  readonly total: Promise<number>
  /** The result; what goes into it has been computed. */
  readonly result: () => Promise<Computed>
  /** The units of a parallel kind; null for a Backtest. */
  readonly units: Units | null
}

/** Starts the threads and sets them to work on a plan. */
export function startWork({ plan, ...rest }: WorkInput, monotonic: () => number): Work {
  switch (plan.kind) {
    case 'Backtest':
      return startBacktest({ ...rest, plan }, monotonic)
    case 'WalkForward':
      return startWalk({ ...rest, plan }, monotonic)
    case 'MonteCarlo':
      return startPaths({ ...rest, plan }, monotonic)
  }
}

function startBacktest(input: WorkInput<Extract<Plan, { kind: 'Backtest' }>>, monotonic: () => number): Work {
  const { opened, ...ahead } = startAhead(input, monotonic)
  const total = opened.then((run) => run.days.count)
  total.catch(() => {})
  const { plan } = input
  const result = async () => {
    const run = await opened
    return { plan, result: await ahead.threads.run(0, { do: 'summarise', run, control: ahead.control }) }
  }
  return { ...ahead, total, result, units: null }
}
