import type { AttemptProgress } from '../core/outcome.ts'
import type { BacktestPlan } from '../core/plan.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'

/** One attempt of one job, ready to be claimed: `runAttempt(input, ports): Promise<AttemptReport>` in attempt.ts. */
export interface AttemptInput {
  readonly plan: BacktestPlan
  /** Name of the resource, for manifest.json and messages. */
  readonly name: string
  readonly attempt: number
  /** 0 but for parallel kinds. */
  readonly index: number
  /** Who claims: the pod's uid, or an id of this process and start on a laptop. */
  readonly podUid: string
  /** Pod name, or host and process on a laptop: column worker_id. */
  readonly workerId: string
  readonly datasetsDir: string
  readonly artifactsDir: string
  /** Worker threads of the engine, at least 1; never changes a byte of the result. */
  readonly threads: number
  readonly timeoutSeconds: number
  readonly memoryLimitBytes: number
  /** Test-only pacing of design.md 6; null outside tests. */
  readonly pace: { readonly msPerDate: number; readonly ballastMib: number; readonly ballastDate: string | null } | null
}

export interface AttemptPorts {
  readonly ledger: Ledger
  /** Wall clock, milliseconds since 1970: written to rows and manifest.json, never compared between machines. */
  readonly now: () => number
  /** Monotonic milliseconds: every interval and deadline. */
  readonly monotonic: () => number
  /** Called at least every 30 s while computing, and whenever the stage changes. */
  readonly onProgress: (progress: AttemptProgress) => void
  /** Aborts on SIGINT or SIGTERM. Its reason is `cancel` when the user asked for the job to end. */
  readonly stop: AbortSignal
}

/** What the caller needs besides the outcome. */
export interface AttemptReport {
  readonly outcome: import('../core/outcome.ts').Outcome
  /** From claim to commit, milliseconds. */
  readonly durationMs: number
  /** Panel opened to result in memory, milliseconds. */
  readonly engineMs: number
  readonly peakMemoryBytes: number
}
