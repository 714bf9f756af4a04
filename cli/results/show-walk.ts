import { metricsOf } from '../../storage/out/documents/parse-summary.ts'
import { readWalkForward } from '../../storage/out/kinds/read-walk-forward.ts'
import type { OpenedResult } from '../../storage/out/read-result.ts'
import type { Context } from '../context.ts'
import { walkForwardOf } from '../jobs/computation-of.ts'
import { nearer, type Shown } from './show-result.ts'
import { renderWalkSummary } from './walk-summary.ts'

/** Prints the summary of a completed WalkForward, as a table alone. */
export async function showWalk(context: Context, opened: OpenedResult, shown: Shown): Promise<void> {
  if (context.output !== 'table') return
  const { job, name, reused } = shown
  const { startedAt, completedAt } = opened.manifest
  const text = renderWalkSummary(
    {
      name,
      jobId: job.jobId,
      reused,
      durationMs: shown.durationMs ?? Date.parse(completedAt) - Date.parse(startedAt),
      computation: walkForwardOf(job),
      metrics: metricsOf(opened.summary),
      walk: await readWalkForward(opened),
      artifacts: nearer(opened.directory),
    },
    context.terminal.style,
  )
  context.terminal.out(text)
}
