import type { BacktestPlan } from '../core/plan.ts'
import type { Run } from '../engine/compute.ts'
import type { BacktestResult } from '../engine/result.ts'
import type { ArtifactTable } from '../storage/out/artifact-tables.ts'
import type { FileEntry } from '../storage/out/documents/manifest.ts'
import type { Control } from './control.ts'
import type { PathTask, PathTaskResult } from './monte-carlo/task.ts'
import type { Pace } from './port.ts'
import type { WalkTask, WalkTaskResult } from './walk-forward/task.ts'

/** What a thread can be asked for. Panels, daily output and results lie on shared memory: nothing large is copied. */
export type Task =
  | { readonly do: 'open'; readonly plan: BacktestPlan; readonly datasetsDir: string }
  | {
      readonly do: 'dates'
      readonly run: Run
      readonly control: Control
      readonly turn: number
      readonly pace: Pace | null
    }
  | { readonly do: 'summarise'; readonly run: Run; readonly control: Control }
  /** Loads what `write` needs. */
  | { readonly do: 'prepare' }
  | { readonly do: 'write'; readonly directory: string; readonly table: ArtifactTable }
  | WalkTask
  | PathTask

/** What it answers. */
export type TaskResult<T extends Task> = T extends { do: 'open' }
  ? Run
  : T extends { do: 'summarise' }
    ? BacktestResult
    : T extends { do: 'write' }
      ? FileEntry
      : T extends WalkTask
        ? WalkTaskResult<T>
        : T extends PathTask
          ? PathTaskResult<T>
          : undefined

/** Whether a task is one of a walk's. */
export function isWalkTask(task: { readonly do: string }): task is WalkTask {
  return task.do === 'open-walk' || task.do.startsWith('walk-') || task.do === 'merge-walk'
}

/** Whether a task is one of a MonteCarlo's. */
export function isPathTask(task: { readonly do: string }): task is PathTask {
  return task.do === 'open-source' || task.do === 'paths' || task.do === 'merge-paths'
}
