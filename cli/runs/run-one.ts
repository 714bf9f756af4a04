import { ERRORS } from '../../core/errors.ts'
import type { Plan } from '../../core/plan.ts'
import type { Work } from '../../runner/work.ts'
import type { Context } from '../context.ts'
import { errorOf, exitCodeOf } from '../jobs/job-end.ts'
import type { Home } from '../local/open-home.ts'
import { openJobResult, storeOf, trustOwnResult } from '../local/result-files.ts'
import { type JobEnd, type JobOrder, runJob } from '../local/run-job.ts'
import { progressLine } from '../output/progress-line.ts'
import type { EvidenceData } from '../results/models/evidence-data.ts'
import { gateFault } from './gates.ts'
import type { Interruption } from './interruption.ts'
import { NAME_MARK, type RunOptions, threadsOf } from './options.ts'
import { type EndedRun, emptyRecord, type RunRecord } from './record.ts'
import type { RunRequest } from './request.ts'
import { tellFailure, tellUnits } from './tell.ts'
import { verifyAgain } from './verify.ts'

/** One request of a call, its snapshot pinned. */
export interface RunCall {
  readonly request: RunRequest
  readonly plan: Plan
  readonly options: RunOptions
  readonly interruption: Interruption
  /** Compute even where a result of this engine is there. */
  readonly again?: boolean
  /** Work on it that was begun while the home was opening. */
  readonly ahead?: Work | null
}

const INTERRUPTED_EXIT = ERRORS.interrupted.cli

/**
 * Runs and shows one request. What goes wrong with it is told and becomes a part of its record; only a bug is thrown.
 */
export async function runOne(context: Context, home: Home, call: RunCall): Promise<EndedRun> {
  const { request, options } = call
  const startedAt = context.monotonic()
  const order = {
    plan: call.plan,
    head: request,
    threads: threadsOf(context, options.threads, request.run.cpu),
    again: call.again === true,
    stop: call.interruption.controller(),
  }
  const line = progressLine(context.terminal, {
    name: request.name,
    quiet: context.quiet,
    monotonic: context.monotonic,
  })
  let record: RunRecord = { ...emptyRecord(request), jobId: call.plan.jobId }
  try {
    if (context.output === 'table') void loadWhatShows(home, call.plan)
    const ended = await runJob(context, home, { ...order, ahead: call.ahead ?? null, onProgress: line.show }).finally(
      line.done,
    )
    if (!ended.reused && ended.job.status === 'completed') trustOwnResult(ended.job)
    record = recordOf(home, call, ended)
    tellUnits(context, { kind: call.plan.kind, name: request.name }, ended)
    if (ended.job.status !== 'completed') return tellEnd(context, { record, ended })
    return await showCompleted(context, home, { call, order, ended, record })
  } catch (thrown) {
    const durationMs = Math.round(context.monotonic() - startedAt)
    return tellFailure(context, { thrown, record: { ...record, durationMs } })
  }
}

/** Loads what the summary will need while other threads compute. */
async function loadWhatShows(home: Home, { backtest }: Plan): Promise<void> {
  try {
    await import('../results/show-result.ts')
    const { readTickers } = await import('../results/models/read-data.ts')
    await readTickers(home.datasetsDir, backtest.snapshotId)
  } catch {
    // Told by the summary itself.
  }
}

interface Ended {
  readonly record: RunRecord
  readonly ended: JobEnd
}

function tellEnd(context: Context, { record, ended }: Ended): EndedRun {
  const { style, note } = { style: context.terminal.noteStyle, note: context.terminal.note }
  const why = record.error === null ? '' : `: ${record.error.message}`
  note(`${record.name}: ${style(record.status === 'cancelled' ? 'warn' : 'bad', record.status)}${why}\n`)
  return { record, exitCode: ended.interrupted ? INTERRUPTED_EXIT : exitCodeOf(ended.job) }
}

interface Completed extends Ended {
  readonly call: RunCall
  readonly order: Omit<JobOrder, 'onProgress'>
}

async function showCompleted(context: Context, home: Home, completed: Completed): Promise<EndedRun> {
  const { call, ended } = completed
  const { options, request } = call
  const html = options.html?.replaceAll(NAME_MARK, request.name) ?? null
  const { metricsOf } = await import('../../storage/out/documents/parse-summary.ts')
  // The row tells no missing figure from a NaN; the files do.
  const metrics = metricsOf((await openJobResult(home, ended.job)).summary)
  if (context.output === 'table' || html !== null) {
    const { showResult } = await import('../results/show-result.ts')
    const took = ended.reused ? {} : { durationMs: ended.durationMs }
    await showResult(context, home, { job: ended.job, name: request.name, reused: ended.reused, html, ...took })
  }
  const codes = options.gates.map((gate) => tellGate(context, request.name, gateFault(gate, metrics)))
  if (options.verify) codes.push(await verifyAgain(context, home, { order: completed.order, first: ended.job }))
  const evidence = context.output === 'table' ? null : await evidenceOf(home, ended.job)
  return { record: { ...completed.record, metrics, evidence }, exitCode: Math.max(0, ...codes) }
}

async function evidenceOf(home: Home, job: JobEnd['job']): Promise<EvidenceData> {
  const { readEvidence } = await import('../results/models/read-evidence.ts')
  return await readEvidence(home, job)
}

function tellGate(context: Context, name: string, fault: string | null): number {
  if (fault === null) return 0
  context.terminal.note(`${name}: ${context.terminal.noteStyle('bad', 'gate not met:')} ${fault}\n`)
  return ERRORS.gate_not_met.cli
}

function recordOf(home: Home, { request, plan }: RunCall, ended: JobEnd): RunRecord {
  const { job } = ended
  return {
    kind: request.kind,
    name: request.name,
    namespace: request.namespace,
    jobId: job.jobId,
    status: job.status,
    reused: ended.reused,
    snapshotId: job.snapshotId ?? plan.backtest.snapshotId,
    datasetVersionIds: job.datasetVersionIds,
    resultPath: job.resultPath === null ? null : storeOf(home).locate(job.resultPath),
    durationMs: Math.round(ended.durationMs),
    engineMs: Math.round(ended.engineMs),
    metrics: job.metrics,
    error: errorOf(job),
    evidence: null,
  }
}
