import type { ErrorCode } from './errors.ts'

/**
 * How an attempt ended. Cancelled, interrupted and fenced are values, not errors. Delivered: an index of a parallel
 * kind stored all its units and another pod merges them; the row is not touched, and the pod has done its part.
 */
export type Outcome =
  | {
      readonly outcome: 'completed'
      /** `{namespace}/{job_id}/{attempt}`. */
      readonly resultPath: string
      readonly contentSha256: string
      readonly manifestSha256: string
      /** snake_case name -> number, NaN where it could not be computed, null where it is not defined. */
      readonly metrics: Readonly<Record<string, number | null>>
    }
  | { readonly outcome: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly outcome: 'cancelled'; readonly message: string }
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'interrupted' }
  | { readonly outcome: 'fenced' }

/** Where an attempt is, as people see it (platform.md 2.2). `percent` never falls within an attempt. */
export interface AttemptProgress {
  readonly percent: number
  readonly stage: Stage
  /** Date being computed, day number; null outside `computing`. */
  readonly date: number | null
  /** Run days done and to do; 0 of 0 before the run's days are known. */
  readonly done: number
  readonly total: number
}

/** Stages of a running attempt with the percentage each begins at. */
export const STAGES = {
  init_dependencies: 0,
  started: 2,
  loading_data: 10,
  computing: 20,
  saving_parquet: 92,
  saving_db: 95,
  completed: 100,
} as const

export type Stage = keyof typeof STAGES
