import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import type { EvidenceData } from '../results/models/evidence-data.ts'
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
  /** How far to believe it; null where the job did not complete. */
  readonly evidence: EvidenceData | null
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
  return {
    kind,
    name,
    namespace,
    jobId: null,
    status: 'failed',
    reused: false,
    snapshotId: isPlannable(request) ? templateOf(request).snapshotId : null,
    datasetVersionIds: null,
    resultPath: null,
    durationMs: 0,
    engineMs: 0,
    metrics: null,
    error: null,
    evidence: null,
  }
}
