import type { Ledger, OpenedAttempt } from '../../storage/ledger/ledger.ts'

const MESSAGE =
  'the process that computed it ended without a word (killed, or the machine went down); you can resubmit it'

/**
 * Ends every attempt that is open in the record. Whoever holds a home is its only process, so that each of them
 * belongs to one that is gone. Gives the number of attempts it ended.
 */
export async function settleLost(ledger: Ledger, epoch: number): Promise<number> {
  const open = await ledger.openAttempts()
  for (const opened of open) await settle(ledger, epoch, opened)
  return open.length
}

async function settle(ledger: Ledger, epoch: number, { job, attempt }: OpenedAttempt): Promise<void> {
  const steer = { jobId: job.jobId, attempt: attempt.attempt, epoch }
  const lost = {
    errorClass: 'worker_lost',
    message: `attempt ${attempt.attempt}: ${MESSAGE}${await keptText(ledger, job.jobId)}`,
  }
  if (job.cancelRequestedAt !== null) {
    const by = job.cancelRequestedBy ?? 'somebody'
    await ledger.cancel(steer, { errorClass: 'cancelled', message: `cancelled by ${by}` })
  } else if (job.status === 'running') {
    await ledger.lost(steer, lost)
  } else {
    await ledger.failWaiting(steer, lost)
  }
}

/** What a run that is asked for again will not have to compute. */
async function keptText(ledger: Ledger, jobId: string): Promise<string> {
  const units = (await ledger.countUnits([jobId])).get(jobId)
  return units === undefined || units.done === 0 ? '' : `, ${units.done} of ${units.total} units are done`
}
