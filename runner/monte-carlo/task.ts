import { HindcastError } from '../../core/errors.ts'
import type { MonteCarloPlan } from '../../core/plan.ts'
import { type MonteCarloResult, mergeBlocks } from '../../engine/monte-carlo/merge.ts'
import { decodeBlock, encodeBlock } from '../../engine/monte-carlo/path-bytes.ts'
import { type MonteCarloRun, planMonteCarlo, UNIT_PATHS, unitPaths } from '../../engine/monte-carlo/run.ts'
import { createSimulator, type PathBlock, type Simulator, simulateUnit } from '../../engine/monte-carlo/simulate.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import type { UnitBytes } from '../../storage/ledger/ledger.ts'
import { openResult, readDailyIc, readPortfolioReturns } from '../../storage/out/read-result.ts'
import { NO_DATE, stepsDone } from '../control.ts'
import { keepPace } from '../pace.ts'
import { failureOfUnit } from '../units/failure.ts'
import { takeUnit } from '../units/queue.ts'
import { readUnits } from '../units/read-units.ts'
import type { Merge, UnitShare } from '../units/units.ts'

/** A MonteCarlo ready to be computed. */
export interface PathRun {
  readonly run: MonteCarloRun
  /** Paths of a unit, but for the last. */
  readonly blockPaths: number
}

/** What a thread can be asked to do for a MonteCarlo. */
export type PathTask =
  | {
      readonly do: 'open-source'
      readonly plan: MonteCarloPlan
      readonly artifactsDir: string
      readonly sourceDir: string | undefined
    }
  /** Blocks of paths, one at a time, until none waits; each is sent as it is done. */
  | ({ readonly do: 'paths' } & UnitShare<PathRun>)
  | { readonly do: 'merge-paths'; readonly run: MonteCarloRun; readonly units: readonly UnitBytes[] }

export type PathTaskResult<T extends PathTask> = T extends { do: 'open-source' }
  ? PathRun
  : T extends { do: 'merge-paths' }
    ? Merge<MonteCarloResult>
    : undefined

/** Does one task of a MonteCarlo in this thread. Throws what the source and the engine throw, or Stopped. */
export async function performPathTask(
  task: PathTask,
  send: (unit: UnitBytes) => void,
): Promise<PathTaskResult<PathTask>> {
  switch (task.do) {
    case 'open-source':
      return await openSource(task)
    case 'paths':
      return computePaths(task, send)
    case 'merge-paths':
      return merge(task)
  }
}

/** Reads the committed result of the source; one that is not what was planned for is refused. */
async function openSource(task: Extract<PathTask, { do: 'open-source' }>): Promise<PathRun> {
  const { artifactsDir, sourceDir } = task
  const { source, monteCarlo } = task.plan
  const store = sourceDir === undefined ? fileStore(artifactsDir) : { open: async () => sourceDir }
  const opened = await openResult(store, source, { verify: true })
  if (opened.manifest.contentSha256 !== source.contentSha256) {
    const found = opened.manifest.contentSha256
    throw new HindcastError('artifact_corrupt', `the source has the content ${found}, planned: ${source.contentSha256}`)
  }
  const [returns, ic] = await Promise.all([readPortfolioReturns(opened, monteCarlo.basis), readDailyIc(opened)])
  if (returns === null) {
    const message = `basis ${monteCarlo.basis}: the source ${source.jobId} has no such returns; give it a costModel`
    throw new HindcastError('montecarlo_invalid', message, { field: '/spec/basis' })
  }
  return { run: planMonteCarlo(monteCarlo, { returns, ic }), blockPaths: UNIT_PATHS }
}

function computePaths(task: UnitShare<PathRun>, send: (unit: UnitBytes) => void): undefined {
  const simulator = createSimulator(task.run.run)
  for (;;) {
    const unit = takeUnit(task.queue)
    if (unit === null) return undefined
    try {
      send({ unit, bytes: encodeBlock(computeBlock(simulator, task, unit)) })
    } catch (thrown) {
      throw failureOfUnit(nameOf(task.run.run, unit), thrown)
    }
  }
}

function nameOf(run: MonteCarloRun, unit: number): string {
  const { first, count } = unitPaths(run, unit)
  return `block ${unit} (paths ${first} to ${first + count - 1})`
}

function computeBlock(simulator: Simulator, share: UnitShare<PathRun>, unit: number): PathBlock {
  const { control, pace, counted } = share
  const count = (paths: number) => {
    stepsDone(control, NO_DATE, counted ? paths : 0)
    keepPace({ control, pace, date: NO_DATE })
  }
  const work = simulateUnit(simulator, unit)
  let done = 0
  for (;;) {
    const step = work.next()
    if (step.done === true) {
      count(step.value.columns.sharpe.length - done)
      return step.value
    }
    // A block without pairs goes through its paths twice.
    const reached = Math.max(done, step.value.done)
    count(reached - done)
    done = reached
  }
}

function merge({ run, units }: Extract<PathTask, { do: 'merge-paths' }>): Merge<MonteCarloResult> {
  const { read, damaged } = readUnits(units, ({ unit, bytes }) => decodeBlock(run, unit, bytes))
  return damaged.length > 0 ? { damaged } : { result: mergeBlocks(run, read) }
}
