import { formatIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { WalkForwardPlan } from '../../core/plan.ts'
import type { Panel } from '../../engine/panel.ts'
import { computeUnit, prepareRows, type UnitResult } from '../../engine/walk-forward/compute-unit.ts'
import { isUnitOf, mergeUnits, type WalkForwardResult } from '../../engine/walk-forward/merge-units.ts'
import { planWalk, type Walk } from '../../engine/walk-forward/plan-walk.ts'
import { readUnit, writeUnit } from '../../engine/walk-forward/unit-text.ts'
import { allocateWalk, type WalkMemory } from '../../engine/walk-forward/walk-memory.ts'
import { openPanel } from '../../storage/in/open-panel.ts'
import type { UnitBytes } from '../../storage/ledger/ledger.ts'
import { stepsDone, takeDates } from '../control.ts'
import { keepPace } from '../pace.ts'
import { failureOfUnit } from '../units/failure.ts'
import { takeUnit } from '../units/queue.ts'
import { readUnits } from '../units/read-units.ts'
import type { Merge, UnitShare } from '../units/units.ts'
import { neededRows } from './needed-rows.ts'
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
  /** Daily scores of every combination that windows of the queue share, a turn of rows at a time. */
  | ({ readonly do: 'walk-rows'; readonly turn: number } & UnitShare<WalkRun>)
  /** Windows, one at a time, until none waits; each is sent as it is done. */
  | ({ readonly do: 'walk-windows' } & UnitShare<WalkRun>)
  | { readonly do: 'merge-walk'; readonly walk: Walk; readonly units: readonly UnitBytes[] }

export type WalkTaskResult<T extends WalkTask> = T extends { do: 'open-walk' }
  ? WalkRun
  : T extends { do: 'merge-walk' }
    ? Merge<WalkForwardResult>
    : undefined

/** Does one task of a walk in this thread. Throws what the engine and the panel throw, or Stopped. */
export async function performWalkTask(
  task: WalkTask,
  send: (unit: UnitBytes) => void,
): Promise<WalkTaskResult<WalkTask>> {
  switch (task.do) {
    case 'open-walk':
      return await open(task)
    case 'walk-rows':
      return computeRows(task)
    case 'walk-windows':
      return computeWindows(task, send)
    case 'merge-walk':
      return merge(task)
  }
}

async function open({ plan, datasetsDir }: Extract<WalkTask, { do: 'open-walk' }>): Promise<WalkRun> {
  const allocate = (bytes: number) => new SharedArrayBuffer(bytes)
  const panel = await openPanel({ datasetsDir, snapshot: plan.snapshot, allocate })
  const walk = planWalk(plan.walkForward, panel)
  return { walk, panel, memory: allocateWalk(walk, panel, allocate) }
}

function computeRows(task: Extract<WalkTask, { do: 'walk-rows' }>): undefined {
  const { run, control, queue, turn, pace, counted } = task
  // Of a search too large to be kept only labels are made here; each window scores for itself.
  const combinations = run.memory.scores === null ? 0 : run.walk.space.combinations.length
  for (;;) {
    const rows = takeDates(control, turn, run.walk.rows.count)
    if (rows === null) return undefined
    let last = 0
    for (const [from, to] of neededRows(run.walk, queue, rows)) {
      for (const date of prepareRows(run, from, to)) {
        last = date
        keepPace({ control, pace, date })
      }
    }
    stepsDone(control, last, counted ? (rows[1] - rows[0]) * combinations : 0)
  }
}

function computeWindows(task: UnitShare<WalkRun>, send: (unit: UnitBytes) => void): undefined {
  const text = new TextEncoder()
  for (;;) {
    const unit = takeUnit(task.queue)
    if (unit === null) return undefined
    try {
      send({ unit, bytes: text.encode(writeUnit(computeWindow(task, unit))) })
    } catch (thrown) {
      throw failureOfUnit(nameOf(task.run.walk, unit), thrown)
    }
  }
}

function nameOf({ windows }: Walk, unit: number): string {
  const { trainStart, testEnd } = windows[unit]!
  return `window ${unit} (${formatIsoDate(trainStart)} to ${formatIsoDate(testEnd)})`
}

function computeWindow({ run, control, pace, counted }: UnitShare<WalkRun>, unit: number): UnitResult {
  const steps = counted ? unitSteps(run, unit) : 0
  const work = computeUnit({ ...run, unit })
  let done = 0
  for (;;) {
    const step = work.next()
    if (step.done === true) {
      stepsDone(control, run.panel.dates[run.walk.windows[unit]!.test.first]!, steps - done)
      return step.value
    }
    const { date } = step.value
    const reached = Math.min(steps, Math.floor((steps * step.value.done) / step.value.total))
    stepsDone(control, date, reached - done)
    done = reached
    keepPace({ control, pace, date })
  }
}

function merge({ walk, units }: Extract<WalkTask, { do: 'merge-walk' }>): Merge<WalkForwardResult> {
  const text = new TextDecoder('utf-8', { fatal: true })
  const { read, damaged } = readUnits(units, ({ unit, bytes }) => {
    const held = readUnit(text.decode(bytes))
    if (held.unit === unit && isUnitOf(walk, held)) return held
    throw new HindcastError('artifact_corrupt', `unit ${unit} holds a window of another walk`)
  })
  return damaged.length > 0 ? { damaged } : { result: mergeUnits(walk, read) }
}
