import { HindcastError } from '../../core/errors.ts'
import type { MonteCarloPlan } from '../../core/plan.ts'
import { type MonteCarloResult, mergeBlocks } from '../../engine/monte-carlo/merge.ts'
import { type MonteCarloRun, planMonteCarlo } from '../../engine/monte-carlo/run.ts'
import { createSimulator, type PathBlock, type Simulator, simulateUnit } from '../../engine/monte-carlo/simulate.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import { openResult, readDailyIc, readPortfolioReturns } from '../../storage/out/read-result.ts'
import { type Control, NO_DATE, stepsDone, takeUnit } from '../control.ts'
import { keepPace } from '../pace.ts'
import type { Pace } from '../port.ts'

/** What a thread can be asked to do for a MonteCarlo. */
export type PathTask =
  | { readonly do: 'open-source'; readonly plan: MonteCarloPlan; readonly artifactsDir: string }
  /** Blocks of paths, one at a time, until none is left. */
  | { readonly do: 'paths'; readonly run: MonteCarloRun; readonly control: Control; readonly pace: Pace | null }
  | { readonly do: 'merge-paths'; readonly run: MonteCarloRun; readonly blocks: readonly PathBlock[] }

export type PathTaskResult<T extends PathTask> = T extends { do: 'open-source' }
  ? MonteCarloRun
  : T extends { do: 'paths' }
    ? readonly PathBlock[]
    : MonteCarloResult

/** Does one task of a MonteCarlo in this thread. Throws what the source and the engine throw, or Stopped. */
export async function performPathTask(task: PathTask): Promise<PathTaskResult<PathTask>> {
  switch (task.do) {
    case 'open-source':
      return await openSource(task)
    case 'paths':
      return computePaths(task)
    case 'merge-paths':
      return mergeBlocks(task.run, task.blocks)
  }
}

/** Reads the committed result of the source; one that is not what was planned for is refused. */
async function openSource({ plan, artifactsDir }: Extract<PathTask, { do: 'open-source' }>): Promise<MonteCarloRun> {
  const { source, monteCarlo } = plan
  const opened = await openResult(fileStore(artifactsDir), source, { verify: true })
  if (opened.manifest.contentSha256 !== source.contentSha256) {
    const found = opened.manifest.contentSha256
    throw new HindcastError('artifact_corrupt', `the source has the content ${found}, planned: ${source.contentSha256}`)
  }
  const [returns, ic] = await Promise.all([readPortfolioReturns(opened, monteCarlo.basis), readDailyIc(opened)])
  if (returns === null) {
    const message = `basis ${monteCarlo.basis}: the source ${source.jobId} has no such returns; give it a costModel`
    throw new HindcastError('montecarlo_invalid', message, { field: '/spec/basis' })
  }
  return planMonteCarlo(monteCarlo, { returns, ic })
}

function computePaths({ run, control, pace }: Extract<PathTask, { do: 'paths' }>): PathBlock[] {
  const simulator = createSimulator(run)
  const found: PathBlock[] = []
  for (;;) {
    const unit = takeUnit(control, run.units)
    if (unit === null) return found
    found.push(computeBlock(simulator, { control, pace, unit }))
  }
}

function computeBlock(
  simulator: Simulator,
  { control, pace, unit }: { control: Control; pace: Pace | null; unit: number },
): PathBlock {
  const work = simulateUnit(simulator, unit)
  let counted = 0
  for (;;) {
    const step = work.next()
    if (step.done === true) {
      stepsDone(control, NO_DATE, step.value.columns.sharpe.length - counted)
      keepPace({ control, pace, date: NO_DATE })
      return step.value
    }
    // A block without pairs goes through its paths twice.
    const reached = Math.max(counted, step.value.done)
    stepsDone(control, NO_DATE, reached - counted)
    counted = reached
    keepPace({ control, pace, date: NO_DATE })
  }
}
