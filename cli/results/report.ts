import type { Context } from '../context.ts'
import { findJob } from '../jobs/find-job.ts'
import { readableResult } from '../jobs/readable-result.ts'
import { withHome } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import { checkHtml } from '../runs/options.ts'
import { readReportModel } from './show-result.ts'
import { writeHtml } from './write-html.ts'

/** `hindcast report JOB --html FILE`. */
export async function writeReport(context: Context, text: string, flags: { html: string }): Promise<number> {
  const file = checkHtml(flags.html)
  return await withHome(context, { create: false }, async (home) => {
    const { job, name } = await readableResult(context, home.ledger, await findJob(home.ledger, text))
    const opened = await openJobResult(home, job)
    await writeHtml(file, await readReportModel(home, { job, name, opened, again: `hindcast rerun ${job.jobId}` }))
    context.terminal.out(`${file}\n`)
    return 0
  })
}
