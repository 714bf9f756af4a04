import type { Claim, Completion, Failure, Fenced, Job, Ledger, Steer } from '../../storage/ledger/ledger.ts'
import { isAway, type Patience, type PatiencePorts, patiently } from './patience.ts'

/** How long each kind of statement is tried. */
export interface PatienceTable {
  /** T2, and what is read before it: a runner never computes unclaimed (platform.md 8.4). */
  readonly claim: Patience
  /** T3 and the merge: nothing is computed twice (design.md 3 *Commit*). */
  readonly commit: Patience
  /** T4 and T5: the termination message can tell them as well. */
  readonly settle: Patience
}

/** An end that the record does not know yet. */
export type Unwritten =
  | { readonly what: 'completed'; readonly completion: Completion }
  | { readonly what: 'failed' | 'cancelled'; readonly failure: Failure }

export interface PatientLedger {
  readonly ledger: Ledger
  /** For work that ends in several statements: as patient as a commit. */
  readonly patiently: <T>(work: () => Promise<T>) => Promise<T>
  /** The end that could not be written, after a call has thrown `database_unavailable`. */
  readonly unwritten: () => Unwritten | null
}

/**
 * The ledger of a pod: statements that decide something wait for the database; beats, progress and the storing of units
 * beside the work do not, they come again.
 */
export function patientLedger(ledger: Ledger, table: PatienceTable, ports: PatiencePorts): PatientLedger {
  let unwritten: Unwritten | null = null
  const ending = async (end: Unwritten, patience: Patience, work: () => Promise<Job | Fenced>) => {
    unwritten = end
    const ended = await patiently(work, patience, ports)
    unwritten = null
    return ended
  }
  const settle = (what: 'failed' | 'cancelled', by: Claim | Steer, failure: Failure) => {
    const write = what === 'failed' ? ledger.fail : ledger.cancel
    return ending(
      { what, failure },
      table.settle,
      sure({ ledger, by, what, failure }, () => write(by, failure)),
    )
  }
  return {
    unwritten: () => unwritten,
    patiently: (work) => patiently(work, table.commit, ports),
    ledger: {
      ...ledger,
      findJob: (jobId) => patiently(() => ledger.findJob(jobId), table.claim, ports),
      findAttempts: (jobId) => patiently(() => ledger.findAttempts(jobId), table.claim, ports),
      findSnapshot: (snapshotId) => patiently(() => ledger.findSnapshot(snapshotId), table.claim, ports),
      newestSnapshot: (dataset) => patiently(() => ledger.newestSnapshot(dataset), table.claim, ports),
      claim: (claim) => patiently(() => ledger.claim(claim), table.claim, ports),
      // The same result of the same attempt is success: the ledger looks when a try after a lost answer is fenced.
      complete: (claim, completion) =>
        ending({ what: 'completed', completion }, table.commit, () => ledger.complete(claim, completion)),
      fail: (by, failure) => settle('failed', by, failure),
      cancel: (by, failure) => settle('cancelled', by, failure),
      openUnits: (...args) => patiently(() => ledger.openUnits(...args), table.commit, ports),
      readUnits: (...args) => patiently(() => ledger.readUnits(...args), table.commit, ports),
      takeMerge: (...args) => patiently(() => ledger.takeMerge(...args), table.commit, ports),
    },
  }
}

interface Ending {
  readonly ledger: Ledger
  readonly by: Claim | Steer
  readonly what: 'failed' | 'cancelled'
  readonly failure: Failure
}

/** A write whose answer may be lost on the way: fenced after that, the row says whether it was our own write. */
function sure({ ledger, by, what, failure }: Ending, write: () => Promise<Job | Fenced>): () => Promise<Job | Fenced> {
  let lost = false
  return async () => {
    try {
      const written = await write()
      if (written !== 'fenced' || !lost) return written
    } catch (thrown) {
      lost ||= isAway(thrown)
      throw thrown
    }
    const job = await ledger.findJob(by.jobId)
    const ours = job?.status === what && job.attempt === by.attempt && job.errorClass === failure.errorClass
    return ours ? job : 'fenced'
  }
}
