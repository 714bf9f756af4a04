import type { Attempt, ClaimRow, Instant, Job, NewSnapshot, Resource } from '../../../storage/ledger/ledger.ts'
import type { StoreWord } from '../../../storage/ledger/operator/port.ts'

type Rows<Row> = Map<string, { -readonly [Field in keyof Row]: Row[Field] }>

/** The tables of a ledger in memory. Rows change in place and are copied on the way out. */
export interface LedgerState {
  readonly jobs: Rows<Job>
  /** By `job_id/attempt`. */
  readonly attempts: Rows<Attempt>
  /** In the order they were made: the last of an index holds. */
  readonly claims: { -readonly [Field in keyof ClaimRow]: ClaimRow[Field] }[]
  readonly resources: Rows<Resource>
  /** By job id: the units that are done. */
  readonly units: Map<string, Map<number, Uint8Array>>
  readonly snapshots: NewSnapshot[]
  /** By namespace, as clean-ups noted it. */
  readonly rooms: Map<string, NonNullable<StoreWord['measured']>>
  epoch: number
  identity: string | null
  /** The database's clock. */
  readonly now: () => Instant
}

export function createState(now: () => number): LedgerState {
  // Two instants of one process are never the same, as in a database that counts microseconds.
  let micros = 0
  return {
    jobs: new Map(),
    attempts: new Map(),
    claims: [],
    resources: new Map(),
    units: new Map(),
    snapshots: [],
    rooms: new Map(),
    epoch: 0,
    identity: null,
    now: () => {
      micros = (micros + 1) % 1000
      return `${new Date(now()).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`
    },
  }
}

export const attemptKey = (jobId: string, attempt: number) => `${jobId}/${attempt}`

/** The newest claim of each index of an attempt, by index. */
export function newestClaims(state: LedgerState, jobId: string, attempt: number): readonly ClaimRow[] {
  const newest = new Map<number, ClaimRow>()
  for (const claim of state.claims) {
    if (claim.jobId === jobId && claim.attempt === attempt) newest.set(claim.index, claim)
  }
  return [...newest.values()].sort((a, b) => a.index - b.index).map((claim) => ({ ...claim }))
}
