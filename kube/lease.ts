import type { Clock, Random } from './clock.ts'
import type { Cluster } from './cluster.ts'

export interface ElectionOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly namespace: string
  readonly name: string
  /** Unique to this process: the pod's name and a random text. */
  readonly identity: string
  /** Called when we lead; the signal is aborted when we no longer do. */
  readonly onLead: (signal: AbortSignal) => void
  /** Called once when a lead that we held is lost, not after stop(). */
  readonly onLost: (reason: string) => void
  readonly onTrouble: (error: unknown) => void
  readonly times?: ElectionTimes
}

/** Lease times in ms; operator.md 4.1 gives the defaults 15 s, 10 s and 2 s. */
export interface ElectionTimes {
  readonly leaseMs: number
  readonly renewWithinMs: number
  readonly retryMs: number
}

export interface Election {
  leads(): boolean
  /** Who was last seen to hold the lease; null before the first look. */
  holder(): string | null
  /** Stops trying, aborts the lead's signal and gives the lease back, so that another takes over at once. */
  stop(): Promise<void>
}
