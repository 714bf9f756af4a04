import type { ErrorCode } from '../core/errors.ts'
import type { AttemptProgress, Outcome } from '../core/outcome.ts'
import type { BacktestPlan, Plan } from '../core/plan.ts'
import type { BlobStore } from '../storage/blobs/store.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'
import type { UnitTally } from './units/keeper.ts'

/** One attempt of one job, ready to be claimed. */
export interface AttemptInput<Of extends Plan = BacktestPlan> {
  readonly plan: Of
  /** Name of the resource, for manifest.json and messages. */
  readonly name: string
  readonly attempt: number
  /** Which of the attempt's `parallelism` pods this is, from 0; 0 but for parallel kinds. */
  readonly index: number
  /** Pods of this attempt, at least 1: index i computes the units u with u mod parallelism = i. 1 for a Backtest. */
  readonly parallelism: number
  /** Who claims: the pod's uid, or an id of this process and start on a laptop. */
  readonly podUid: string
  /** Pod name, or host and process on a laptop: column worker_id. */
  readonly workerId: string
  /** Node of the pod; absent on a laptop. */
  readonly nodeName?: string | null
  /** Digest of the runner's image, for manifest.json and the row; absent on a laptop. */
  readonly imageDigest?: string | null
  readonly datasetsDir: string
  readonly artifactsDir: string
  /** Folder with the files of a MonteCarlo's source. Absent: below `artifactsDir`, where its plan says. */
  readonly sourceDir?: string
  /** Version of Hindcast, for manifest.json and the row. */
  readonly engineVersion: string
  /** Worker threads of the engine, at least 1; never changes a byte of the result. */
  readonly threads: number
  readonly timeoutSeconds: number
  /** Monotonic milliseconds from which the timeout counts: the start of the pod's process. Absent: now. */
  readonly clockFrom?: number
  readonly memoryLimitBytes: number
  /** Test-only pacing of design.md 6; null outside tests. */
  readonly pace: Pace | null
  /** Compute nothing before the claim (platform.md 8.4): a pod's. Absent: begin at once (ADR 0090). */
  readonly waitsForClaim?: boolean
}

/** Makes a run long enough, or large enough, to be hit by a test. */
export interface Pace {
  /** Pause after each run day. */
  readonly msPerDate: number
  /** Memory taken on `ballastDate`. */
  readonly ballastMib: number
  /** Day number; null: never. */
  readonly ballastDate: number | null
}

/** Beats of a claim in the row. Redis and row count with one number: an observer takes the higher of the two. */
export interface Beats {
  /** The next number. */
  readonly next: () => number
  /** Whether Redis has none of the last beats. */
  readonly redisLost: () => boolean
  /** Milliseconds between two of them in the row. */
  readonly rowEveryMs: number
}

export interface AttemptPorts {
  readonly ledger: Ledger
  /** Wall clock, milliseconds since 1970: written to rows and manifest.json, never compared between machines. */
  readonly now: () => number
  /** Monotonic milliseconds: every interval and deadline. */
  readonly monotonic: () => number
  /** Called at least every 30 s while computing, and whenever the stage changes. */
  readonly onProgress: (progress: AttemptProgress) => void
  /** Where the result goes. Absent: files below `artifactsDir`. */
  readonly store?: BlobStore
  /**
   * Does work that the record may refuse for a moment, again until patience ends. Absent: once; a laptop's record does
   * not go away.
   */
  readonly patiently?: <T>(work: () => Promise<T>) => Promise<T>
  /**
   * Failures that the row is not told of, since somebody else decides whether they are tried again (T8 starts from a
   * row that has not ended). Absent: none; on a laptop every failure is the end.
   */
  readonly leaves?: (code: ErrorCode) => boolean
  /** How a pod beats; absent on a laptop. */
  readonly beats?: Beats
  /** Aborts when the attempt is to stop: with reason `cancel` the job ends cancelled, else it was interrupted. */
  readonly stop: AbortSignal
}

/** What the caller needs besides the outcome. */
export interface AttemptReport {
  readonly outcome: Outcome
  /** From claim to commit, milliseconds. */
  readonly durationMs: number
  /** From the panel in memory to the result in memory, milliseconds. */
  readonly engineMs: number
  readonly peakMemoryBytes: number
  /** What became of the units of a parallel kind; null for a Backtest, and where the claim was refused. */
  readonly units: UnitTally | null
}
