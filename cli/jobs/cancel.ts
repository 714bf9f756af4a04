import { HindcastError } from '../../core/errors.ts'
import { isTerminal } from '../../core/lifecycle.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { postCancel, type RunningNote, readNote } from '../local/mailbox.ts'
import { type Home, withHome } from '../local/open-home.ts'
import { findJob } from './find-job.ts'

/**
 * `hindcast cancel JOB`. A job that another process computes is asked of that process, which holds the records; any
 * other is cancelled here. Exit 2 when it has ended already.
 */
export async function cancelJob(context: Context, job: string): Promise<number> {
  const folder = existingHome(context.home)
  const note = readNote(folder)
  if (note?.job != null && answersTo(note.job, job)) {
    postCancel(folder, note.job.jobId)
    const { name, jobId } = note.job
    context.terminal.out(`asked the process that computes ${name} (${jobId}) in ${context.home} to cancel it\n`)
    return 0
  }
  return await withHome(context, { create: false }, (home) => cancelWaiting(context, home, job))
}

async function cancelWaiting(context: Context, home: Home, text: string): Promise<number> {
  const { job, resource } = await findJob(home.ledger, text)
  const shown = `${resource?.name ?? 'job'} (${job.jobId})`
  if (isTerminal(job.status)) throw new HindcastError('already_terminal', `${shown} is already ${job.status}`)
  const message = `cancelled by ${context.user}`
  const steer = { jobId: job.jobId, attempt: job.attempt, epoch: home.epoch }
  await home.ledger.requestCancel(job.jobId, context.user)
  const ended = await home.ledger.cancel(steer, { errorClass: 'cancelled', message })
  if (ended === 'fenced') throw new HindcastError('already_terminal', `${shown} ended meanwhile`)
  const { namespace, jobId } = job
  await home.ledger.audit({ actor: context.user, action: 'cancel', namespace, jobId, ip: null, details: {} })
  context.terminal.out(`cancelled ${shown} in ${context.home}\n`)
  return 0
}

/** Whether the text names the job that is being computed, by the rules of find-job.ts. */
export function answersTo(running: NonNullable<RunningNote['job']>, text: string): boolean {
  const { jobId, name, namespace } = running
  return text === name || text === `${namespace}/${name}` || (/^[0-9a-f]{4,32}$/.test(text) && jobId.startsWith(text))
}
