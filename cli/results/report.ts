import { HindcastError } from '../../core/errors.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import { type FoundJob, findJob } from '../jobs/find-job.ts'
import { withHome } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import { checkHtml } from '../runs/options.ts'
import { readModel } from './read-model.ts'
import { writeHtml } from './write-html.ts'

/** `hindcast report JOB --html FILE`. */
export async function writeReport(context: Context, text: string, flags: { html: string }): Promise<number> {
  const file = checkHtml(flags.html)
  return await withHome(context, { create: false }, async (home) => {
    const { job, name } = completed(await findJob(home.ledger, text))
    const opened = await openJobResult(home, job)
    await writeHtml(file, await readModel(home, { job, name, opened, again: `hindcast rerun ${job.jobId}` }))
    context.terminal.out(`${file}\n`)
    return 0
  })
}

/** The job with a name for people; throws `usage` where it has no result to read. */
export function completed({ job, resource }: FoundJob): { readonly job: Job; readonly name: string } {
  const name = resource?.name ?? job.jobId.slice(0, 12)
  if (job.status === 'completed') return { job, name }
  const why = job.errorMessage === null ? '' : ` (${job.errorMessage})`
  throw new HindcastError('usage', `${name} is ${job.status}${why}; only a completed job has a result`)
}
