import type { LaunchFacts } from '../reconcile/types.ts'

/** What this process knows of making the Job of each open attempt; nothing of it outlives the process. */
export interface Launches {
  facts(jobId: string, attempt: number, made: number): LaunchFacts
  /** The attempt was opened, or one more Job of it counted: a create may follow. */
  permit(jobId: string, attempt: number): void
  /** The Job is there, made or found to be ours. */
  answered(jobId: string, attempt: number): void
  refused(jobId: string, attempt: number, refusal: NonNullable<LaunchFacts['refused']>): void
  conflict(jobId: string, attempt: number, words: string): void
  /** Of attempts that ended. */
  forget(jobId: string): void
}

type Known = Pick<LaunchFacts, 'permit' | 'refused' | 'conflict'> & { readonly attempt: number }

export function createLaunches(): Launches {
  const known = new Map<string, Known>()
  const nothing = (attempt: number): Known => ({ attempt, permit: false, refused: null, conflict: null })
  /** Of an older attempt nothing is kept. */
  const of = (jobId: string, attempt: number): Known => {
    const found = known.get(jobId)
    return found?.attempt === attempt ? found : nothing(attempt)
  }
  const change = (jobId: string, attempt: number, change: Partial<Known>) => {
    known.set(jobId, { ...of(jobId, attempt), ...change })
  }
  return {
    facts: (jobId, attempt, made) => {
      const { permit, refused, conflict } = of(jobId, attempt)
      return { permit, made, refused, conflict }
    },
    permit: (jobId, attempt) => change(jobId, attempt, { permit: true }),
    answered: (jobId, attempt) => change(jobId, attempt, { permit: false, refused: null, conflict: null }),
    // The permit stays: the server said that no Job was made.
    refused: (jobId, attempt, refused) => change(jobId, attempt, { refused }),
    conflict: (jobId, attempt, conflict) => change(jobId, attempt, { conflict }),
    forget: (jobId) => void known.delete(jobId),
  }
}
