import { HindcastError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find-job.ts'
import { KINDS } from '../jobs/kind-of-job.ts'
import { readableResult } from '../jobs/readable-result.ts'
import { withHome } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import { checkHtml } from '../runs/options.ts'
import { readModel } from './read-model.ts'
import { writeHtml } from './write-html.ts'

/** `hindcast report JOB --html FILE`. */
export async function writeReport(context: Context, text: string, flags: { html: string }): Promise<number> {
  const file = checkHtml(flags.html)
  return await withHome(context, { create: false }, async (home) => {
    const { job, name } = await readableResult(context, home.ledger, await findJob(home.ledger, text))
    if (job.kind !== 'backtest') {
      const why = `${name} is a ${KINDS[job.kind]}; this release reports Backtests`
      throw new HindcastError('usage', `${why}. "hindcast export" writes its tables`)
    }
    const opened = await openJobResult(home, job)
    await writeHtml(file, await readModel(home, { job, name, opened, again: `hindcast rerun ${job.jobId}` }))
    context.terminal.out(`${file}\n`)
    return 0
  })
}
