import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import { isPlannable, type RunRequest, templateOf } from './request.ts'

/** One element of `run -o json` (design.md 5); absent values are null. */
export interface RunRecord {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly jobId: string | null
  readonly status: string
  readonly reused: boolean
  readonly snapshotId: string | null
  readonly datasetVersionIds: Readonly<Record<string, string>> | null
  /** Absolute. */
  readonly resultPath: string | null
  readonly durationMs: number
  readonly engineMs: number
  readonly metrics: Readonly<Record<string, number | null>> | null
  readonly error: { readonly class: string; readonly message: string } | null
}

/** A record with what it adds to the exit code of the command. */
export interface EndedRun {
  readonly record: RunRecord
  readonly exitCode: number
}

/** Prints the records as data; a table has been printed job by job already. */
export async function printRecords(context: Context, runs: readonly EndedRun[]): Promise<void> {
  if (context.output === 'table') return
  await print(
    context,
    runs.map((run) => run.record),
    () => '',
  )
}

/** The record of a request before there is a job. */
export function emptyRecord(request: RunRequest): RunRecord {
  const { kind, name, namespace } = request
  const none = { jobId: null, error: null, durationMs: 0, datasetVersionIds: null, resultPath: null, metrics: null }
  return {
    kind,
    name,
    namespace,
    status: 'failed',
    reused: false,
    snapshotId: isPlannable(request) ? templateOf(request).snapshotId : null,
    engineMs: 0,
    ...none,
  }
}
