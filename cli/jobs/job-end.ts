import { ERRORS, type ErrorCode } from '../../core/errors.ts'
import type { Job } from '../../storage/ledger/ledger.ts'

/** What a job's end means to the command that ran it or waited for it: 0, or the code of its failure. */
export function exitCodeOf(job: Job): number {
  if (job.status === 'completed') return 0
  const code = job.errorClass ?? 'cancelled'
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode].cli : ERRORS.cancelled.cli
}

/** Class and message of a job that did not complete. */
export function errorOf(job: Job): { readonly class: string; readonly message: string } | null {
  return job.errorClass === null ? null : { class: job.errorClass, message: job.errorMessage ?? '' }
}
