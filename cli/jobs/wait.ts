import { setTimeout as sleep } from 'node:timers/promises'
import { parseIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { Stage } from '../../core/outcome.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { type RunningJob, readNote } from '../local/mailbox.ts'
import { withHome } from '../local/open-home.ts'
import { print } from '../output/print.ts'
import { progressLine } from '../output/progress-line.ts'
import { wholeNumber } from '../runs/options.ts'
import { answersTo } from './cancel.ts'
import { findJob } from './find-job.ts'
import { errorOf, exitCodeOf } from './job-end.ts'

const LOOK_AGAIN_MS = 200
const LONGEST_WAIT_SECONDS = 604_800

/** `hindcast watch JOB`: the progress line of a job that another process computes, then how it ended. */
export async function watchJob(context: Context, job: string): Promise<number> {
  return await follow(context, job, { deadline: Number.POSITIVE_INFINITY, seconds: 0 })
}

/** `hindcast wait JOB`: the same without the progress line, for scripts; exit 124 after `--timeout` seconds. */
export async function waitForJob(context: Context, job: string, flags: { timeout: string }): Promise<number> {
  const seconds = wholeNumber('--timeout', flags.timeout, 1, LONGEST_WAIT_SECONDS)
  return await follow({ ...context, quiet: true }, job, { deadline: context.monotonic() + seconds * 1000, seconds })
}

async function follow(context: Context, text: string, limit: { deadline: number; seconds: number }): Promise<number> {
  const folder = existingHome(context.home)
  let line: ReturnType<typeof progressLine> | null = null
  for (;;) {
    const running = readNote(folder)?.job ?? null
    if (running === null || !answersTo(running, text)) break
    if (context.monotonic() >= limit.deadline) {
      throw new HindcastError(
        'timeout',
        `${running.name} was still running after ${limit.seconds} s (${running.percent}%)`,
      )
    }
    if (!context.quiet) {
      line ??= progressLine(context.terminal, { name: running.name, quiet: false, monotonic: context.monotonic })
      line.show(progressOf(running))
    }
    await sleep(LOOK_AGAIN_MS)
  }
  line?.done()
  return await withHome(context, { create: false }, async ({ ledger }) => {
    const { job, resource } = await findJob(ledger, text)
    const name = resource?.name ?? job.jobId
    await print(context, { jobId: job.jobId, name, status: job.status, error: errorOf(job) }, () => {
      const why = job.errorMessage === null ? '' : `: ${job.errorMessage}`
      return `${name} (${job.jobId}) is ${job.status}${why}\n`
    })
    return exitCodeOf(job)
  })
}

function progressOf(running: RunningJob) {
  const date = running.date === null ? null : parseIsoDate(running.date)
  return { percent: running.percent, stage: running.stage as Stage, date, done: 0, total: 0 }
}
