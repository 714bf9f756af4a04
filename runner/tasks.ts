import type { BacktestPlan } from '../core/plan.ts'
import type { Run } from '../engine/compute.ts'
import type { BacktestResult } from '../engine/result.ts'
import type { ArtifactTable } from '../storage/out/artifact-tables.ts'
import type { FileEntry } from '../storage/out/documents/manifest.ts'
import type { Control } from './control.ts'
import type { Pace } from './port.ts'

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

/** What it answers. */
export type TaskResult<T extends Task> = T extends { do: 'open' }
  ? Run
  : T extends { do: 'summarise' }
    ? BacktestResult
    : T extends { do: 'write' }
      ? FileEntry
      : undefined
