import { relative } from 'node:path'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import type { Home } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import { readModel } from './read-model.ts'
import { renderSummary } from './summary.ts'
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

/** Prints the summary of a completed job (as a table alone) and writes its report where one is asked for. */
export async function showResult(
  context: Context,
  home: Home,
  { job, name, reused, durationMs, html }: Shown,
): Promise<void> {
  const opened = await openJobResult(home, job)
  if (job.kind === 'montecarlo') {
    const { showPaths } = await import('./show-paths.ts')
    return await showPaths(context, opened, {
      job,
      name,
      reused,
      html,
      ...(durationMs === undefined ? {} : { durationMs }),
    })
  }
  if (job.kind === 'walkforward') {
    const { showWalk } = await import('./show-walk.ts')
    return await showWalk(context, opened, {
      job,
      name,
      reused,
      html,
      ...(durationMs === undefined ? {} : { durationMs }),
    })
  }
  const model = await readModel(home, { job, name, opened, again: `hindcast rerun ${job.jobId}` })
  if (html !== null) await writeHtml(html, model)
  if (context.output !== 'table') return
  const files = [
    { label: 'artifacts', path: nearer(opened.directory) },
    ...(html === null ? [] : [{ label: 'report', path: nearer(html) }]),
  ]
  context.terminal.out(
    renderSummary({ model, reused, durationMs: durationMs ?? model.head.durationMs, files }, context.terminal.style),
  )
}

/** A path as it is shortest to type from here. */
export function nearer(path: string): string {
  const near = relative(process.cwd(), path)
  return near !== '' && near.length < path.length && !near.startsWith('../../..') ? near : path
}
