import { readMonteCarlo } from '../../storage/out/kinds/read-monte-carlo.ts'
import type { OpenedResult } from '../../storage/out/read-result.ts'
import type { Context } from '../context.ts'
import { monteCarloOf } from '../jobs/computation-of.ts'
import { renderPathSummary } from './path-summary.ts'
import { nearer, type Shown } from './show-result.ts'

/** Prints the summary of a completed MonteCarlo, as a table alone. */
export async function showPaths(context: Context, opened: OpenedResult, shown: Shown): Promise<void> {
  if (context.output !== 'table') return
  const { job, name, reused } = shown
  const { startedAt, completedAt } = opened.manifest
  const text = renderPathSummary(
    {
      name,
      jobId: job.jobId,
      reused,
      durationMs: shown.durationMs ?? Date.parse(completedAt) - Date.parse(startedAt),
      sourceJobId: monteCarloOf(job).source.jobId,
      paths: await readMonteCarlo(opened),
      artifacts: nearer(opened.directory),
    },
    context.terminal.style,
  )
  context.terminal.out(text)
}
