import { HindcastError } from '../../core/errors.ts'
import { invariant } from '../../core/invariant.ts'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find-job.ts'
import { requestOfJob } from '../jobs/request-of-job.ts'
import { withHome } from '../local/open-home.ts'
import { interruptible } from './interruption.ts'
import { readThreads } from './options.ts'
import { planAll } from './plan-all.ts'
import { printRecords } from './record.ts'
import { planPaths } from './resolve-source.ts'
import { runOne } from './run-one.ts'

/** `hindcast rerun JOB`: the same question on the same snapshot, computed again under the next attempt. */
export async function rerun(context: Context, job: string, flags: { threads?: string }): Promise<number> {
  const threads = readThreads(flags.threads)
  return await withHome(context, { create: false }, async (home) => {
    const found = await findJob(home.ledger, job)
    const request = requestOfJob(found)
    const [planned] = await planAll(context, home.datasetsDir, [request])
    if (planned === undefined || 'failed' in planned) return planned?.failed.exitCode ?? 0
    const plan = 'plan' in planned ? planned.plan : await planPaths(home, planned.later, new Map())
    if (plan.jobId !== found.job.jobId) {
      invariant(plan.kind === 'MonteCarlo', 'the recorded computation gives the recorded job id')
      throw new HindcastError('source_failed', `${request.name}: its source has another result now; run its manifest`)
    }
    return await interruptible(context, async (interruption) => {
      const options = { threads, html: null, verify: false, gates: [] }
      const ended = await runOne(context, home, { request, plan, options, interruption, again: true })
      await printRecords(context, [ended])
      return Math.max(interruption.exitCode(), ended.exitCode)
    })
  })
}
