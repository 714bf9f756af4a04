import { relative } from 'node:path'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import type { Home } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import type { Style } from '../terminal.ts'
import type { ModelSource } from './models/provenance-of.ts'
import type { SummaryFile } from './summaries/files-block.ts'
import { writeHtml } from './write-html.ts'

/** A completed job to show. */
export interface Shown {
  readonly job: Job
  readonly name: string
  readonly reused: boolean
  /** What it took this command; absent: what the files say it took. */
  readonly durationMs?: number
  /** Absolute path of the report to write, or null. */
  readonly html: string | null
}

/** What the terminal says beside the model. */
interface Told {
  readonly reused: boolean
  readonly durationMs: number | null
  readonly files: readonly SummaryFile[]
}

/** A model that was read: its report to write, its summary to print. */
interface Readable {
  readonly model: Parameters<typeof writeHtml>[1]
  readonly summary: (told: Told, style: Style) => string
}

/** Prints the summary of a completed job (as a table alone) and writes its report where one is asked for. */
export async function showResult(context: Context, home: Home, shown: Shown): Promise<void> {
  const { job, name, reused, durationMs, html } = shown
  const opened = await openJobResult(home, job)
  const source = { job, name, opened, again: `hindcast rerun ${job.jobId}` }
  const { model, summary } = await READ[job.kind](home, source, html !== null)
  if (html !== null) await writeHtml(html, model)
  if (context.output !== 'table') return
  const files = [
    { label: 'artifacts', path: nearer(opened.directory) },
    ...(html === null ? [] : [{ label: 'report', path: nearer(html) }]),
  ]
  const told = { reused, durationMs: durationMs ?? model.head.durationMs, files }
  context.terminal.out(summary(told, context.terminal.style))
}

/** Only what a kind needs is loaded. `whole`: with what only a report shows. */
const READ: Readonly<Record<Job['kind'], (home: Home, source: ModelSource, whole: boolean) => Promise<Readable>>> = {
  backtest: async (home, source) => {
    const { readModel } = await import('./models/backtest-model.ts')
    const { renderSummary } = await import('./summaries/summary.ts')
    const model = await readModel(home, source)
    return { model, summary: (told, style) => renderSummary({ model, ...told }, style) }
  },
  walkforward: async (home, source) => {
    const { readWalkModel } = await import('./models/walk-model.ts')
    const { renderWalkSummary } = await import('./summaries/walk-summary.ts')
    const model = await readWalkModel(home, source)
    return { model, summary: (told, style) => renderWalkSummary({ model, ...told }, style) }
  },
  montecarlo: async (home, source, whole) => {
    const { readPathModel } = await import('./models/path-model.ts')
    const { renderPathSummary } = await import('./summaries/path-summary.ts')
    const model = await readPathModel(home, source, { fan: whole })
    return { model, summary: (told, style) => renderPathSummary({ model, ...told }, style) }
  },
}

/** The model that the report of a job is made of. */
export async function readReportModel(home: Home, source: ModelSource): Promise<Readable['model']> {
  return (await READ[source.job.kind](home, source, true)).model
}

/** A path as it is shortest to type from here. */
export function nearer(path: string): string {
  const near = relative(process.cwd(), path)
  return near !== '' && near.length < path.length && !near.startsWith('../../..') ? near : path
}
