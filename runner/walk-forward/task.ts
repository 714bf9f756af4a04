import type { WalkForwardPlan } from '../../core/plan.ts'
import type { Panel } from '../../engine/panel.ts'
import { computeUnit, prepareRows, type UnitResult } from '../../engine/walk-forward/compute-unit.ts'
import { mergeUnits, type WalkForwardResult } from '../../engine/walk-forward/merge-units.ts'
import { planWalk, type Walk } from '../../engine/walk-forward/plan-walk.ts'
import { allocateWalk, type WalkMemory } from '../../engine/walk-forward/walk-memory.ts'
import { openPanel } from '../../storage/in/open-panel.ts'
import { type Control, stepsDone, takeDates, takeUnit } from '../control.ts'
import { keepPace } from '../pace.ts'
import type { Pace } from '../port.ts'
import { unitSteps } from './steps.ts'

/** A walk ready to be computed; panel and memory lie on shared memory. */
export interface WalkRun {
  readonly walk: Walk
  readonly panel: Panel
  readonly memory: WalkMemory
}

/** What a thread can be asked to do for a walk. */
export type WalkTask =
  | { readonly do: 'open-walk'; readonly plan: WalkForwardPlan; readonly datasetsDir: string }
  /** Daily scores of every combination, a turn of rows at a time. */
  | ({ readonly do: 'walk-rows'; readonly turn: number } & Shared)
  /** Windows, one at a time, until none is left. */
  | ({ readonly do: 'walk-windows' } & Shared)
  | { readonly do: 'merge-walk'; readonly walk: Walk; readonly units: readonly UnitResult[] }

interface Shared {
  readonly run: WalkRun
  readonly control: Control
  readonly pace: Pace | null
}

export type WalkTaskResult<T extends WalkTask> = T extends { do: 'open-walk' }
  ? WalkRun
  : T extends { do: 'walk-windows' }
    ? readonly UnitResult[]
    : T extends { do: 'merge-walk' }
      ? WalkForwardResult
      : undefined

/** Does one task of a walk in this thread. Throws what the engine and the panel throw, or Stopped. */
export async function performWalkTask(task: WalkTask): Promise<WalkTaskResult<WalkTask>> {
  switch (task.do) {
    case 'open-walk':
      return await open(task)
    case 'walk-rows':
      return computeRows(task)
    case 'walk-windows':
      return computeWindows(task)
    case 'merge-walk':
      return mergeUnits(task.walk, task.units)
  }
}

async function open({ plan, datasetsDir }: Extract<WalkTask, { do: 'open-walk' }>): Promise<WalkRun> {
  const allocate = (bytes: number) => new SharedArrayBuffer(bytes)
  const panel = await openPanel({ datasetsDir, snapshot: plan.snapshot, allocate })
  const walk = planWalk(plan.walkForward, panel)
  return { walk, panel, memory: allocateWalk(walk, panel, allocate) }
}

function computeRows({ run, control, turn, pace }: Extract<WalkTask, { do: 'walk-rows' }>): undefined {
  // Of a search too large to be kept only labels are made here; each window scores for itself.
  const combinations = run.memory.scores === null ? 0 : run.walk.space.combinations.length
  for (;;) {
    const rows = takeDates(control, turn, run.walk.rows.count)
    if (rows === null) return undefined
    let last = 0
    for (const date of prepareRows(run, rows[0], rows[1])) {
      last = date
      keepPace({ control, pace, date })
    }
    stepsDone(control, last, (rows[1] - rows[0]) * combinations)
  }
}

function computeWindows({ run, control, pace }: Extract<WalkTask, { do: 'walk-windows' }>): UnitResult[] {
  const found: UnitResult[] = []
  for (;;) {
    const unit = takeUnit(control, run.walk.windows.length)
    if (unit === null) return found
    found.push(computeWindow({ run, control, pace }, unit))
  }
}

function computeWindow({ run, control, pace }: Shared, unit: number): UnitResult {
  const steps = unitSteps(run, unit)
  const work = computeUnit({ ...run, unit })
  let counted = 0
  for (;;) {
    const step = work.next()
    if (step.done === true) {
      stepsDone(control, run.panel.dates[run.walk.windows[unit]!.test.first]!, steps - counted)
      return step.value
    }
    const { done, total, date } = step.value
    const reached = Math.min(steps, Math.floor((steps * done) / total))
    stepsDone(control, date, reached - counted)
    counted = reached
    keepPace({ control, pace, date })
  }
}
