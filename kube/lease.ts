import { type Clock, microTime, type Random, sleep } from './clock.ts'
import type { Cluster } from './cluster.ts'
import { KINDS } from './kinds.ts'
import { isKubeError } from './kube-error.ts'
import type { KubeObject } from './object.ts'

export interface ElectionOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly namespace: string
  readonly name: string
  /** Unique to this process: the pod's name, `_` and a random text. */
  readonly identity: string
  /** The pod that runs one process at a time, this one now: another holder from it is dead. Absent: not known. */
  readonly pod?: string
  /** Called when we lead; the signal is aborted when we no longer do. */
  readonly onLead: (signal: AbortSignal) => void
  /** Called once when a lead that we held is lost, not after stop(). Nothing is tried again: the process shall end. */
  readonly onLost: (reason: string) => void
  /** A try that failed, for the log. */
  readonly onTrouble: (error: unknown) => void
  /** A try was answered after one that failed: the API server is back. */
  readonly onAnswered?: () => void
  readonly times?: ElectionTimes
}

/** Lease times in ms. */
export interface ElectionTimes {
  /** A lease that did not change for this long on our clock is free. */
  readonly leaseMs: number
  /** A leader that could not renew for this long no longer leads; shorter than leaseMs. */
  readonly renewWithinMs: number
  readonly retryMs: number
}

export interface Election {
  leads(): boolean
  /** Who was last seen to hold the lease; null before the first look, '' when nobody does. */
  holder(): string | null
  /** Stops trying, aborts the lead's signal and gives the lease back, so that another takes over at once. */
  stop(): Promise<void>
}

/** operator.md 4.1. */
const DEFAULT_TIMES: ElectionTimes = { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2000 }
/** Tries come after 0.8 to 1 of retryMs, so that two candidates do not stay in step. */
const RETRY_SPREAD = 0.2

interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

/**
 * Competes for a Lease for the life of the process. All times are measured by our own monotonic clock from the last
 * change we saw, never by the times other machines wrote. A lease alone makes nothing safe, since a leader may sleep
 * through its end: writes are fenced by the epoch in Postgres.
 */
export function runElection(options: ElectionOptions): Election {
  const candidate = new Candidate(options)
  candidate.start()
  return candidate
}

type Lease = KubeObject<LeaseSpec>

class Candidate implements Election {
  readonly #options: ElectionOptions
  readonly #times: ElectionTimes
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #seen: { readonly lease: Lease; readonly changedAt: number } | null = null
  /** Held the lease at our first look and was a process of our own pod. */
  #predecessor: string | null = null
  /** Whether to look at the lease before writing it. */
  #stale = true
  #lead: { readonly abort: AbortController; renewedAt: number } | null = null
  #cancelExpiry = () => {}

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#times = options.times ?? DEFAULT_TIMES
  }

  start(): void {
    this.#running = this.#run()
  }

  leads(): boolean {
    const now = this.#options.clock.monotonic()
    return this.#lead !== null && now - this.#lead.renewedAt < this.#times.renewWithinMs
  }

  holder(): string | null {
    return this.#seen === null ? null : (this.#seen.lease.spec?.holderIdentity ?? '')
  }

  async stop(): Promise<void> {
    const { cluster, clock, onTrouble } = this.#options
    const held = this.leads()
    this.#stopping.abort()
    this.#cancelExpiry()
    this.#lead?.abort.abort()
    this.#lead = null
    await this.#running
    if (!held || this.#seen === null) return
    const { lease } = this.#seen
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) }
    await cluster.replace({ ...lease, spec }).catch(onTrouble)
  }

  async #run(): Promise<void> {
    const { clock, random, onTrouble, onAnswered } = this.#options
    let failed = false
    while (!this.#stopping.signal.aborted) {
      // Counted from before the call: the answer may be late, and others count from the write.
      const at = clock.monotonic()
      try {
        const ours = await this.#attemptTwice()
        if (failed) onAnswered?.()
        failed = false
        if (this.#stopping.signal.aborted) return
        if (ours && clock.monotonic() - at < this.#times.renewWithinMs) this.#renewed(at)
        else if (!ours && this.#lead !== null) this.#lose(`the lease is held by ${this.holder()}`)
      } catch (error) {
        failed = true
        if (!this.#stopping.signal.aborted) onTrouble(error)
      }
      await sleep(clock, this.#times.retryMs * (1 - RETRY_SPREAD * random()), this.#stopping.signal)
    }
  }

  /** Someone else wrote it, or an answer of ours was lost: what is true now decides, at once. */
  #attemptTwice(): Promise<boolean> {
    return this.#attempt().catch((error: unknown) => {
      if (isKubeError(error, 'conflict', 'not_found', 'already_exists')) return this.#attempt()
      throw error
    })
  }

  /** One try to take or renew the lease; true when it is ours. */
  async #attempt(): Promise<boolean> {
    const { cluster, namespace, name } = this.#options
    if (!this.leads() || this.#stale) {
      try {
        this.#note(await cluster.get({ kind: 'Lease', namespace, name }))
      } catch (error) {
        if (!isKubeError(error, 'not_found')) throw error
        this.#note(await cluster.create(this.#ours(null)))
        return true
      }
    }
    if (!this.#isFree()) return false
    // Until the answer is here, what we know of the lease may be old: our write may have happened all the same.
    this.#stale = true
    this.#note(await cluster.replace(this.#ours(this.#seen!.lease)))
    return true
  }

  #note(lease: KubeObject): void {
    this.#stale = false
    if (this.#seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return
    const isFirst = this.#seen === null
    this.#seen = { lease: lease as Lease, changedAt: this.#options.clock.monotonic() }
    const { pod } = this.#options
    // Only whom we found there: were two alive under one pod's name, they would take it from each other for ever.
    if (isFirst && pod !== undefined && this.holder()?.startsWith(`${pod}_`)) this.#predecessor = this.holder()
  }

  #isFree(): boolean {
    const { lease, changedAt } = this.#seen!
    const { holderIdentity: holder, leaseDurationSeconds: seconds } = lease.spec ?? {}
    const leaseMs = seconds === undefined ? this.#times.leaseMs : seconds * 1000
    if (!holder || holder === this.#options.identity || holder === this.#predecessor) return true
    return this.#options.clock.monotonic() - changedAt >= leaseMs
  }

  /** The lease as ours, made new where there is none. */
  #ours(before: Lease | null): Lease {
    const { namespace, name, identity, clock } = this.#options
    const now = microTime(clock.now())
    const spec = before?.spec
    const same = spec?.holderIdentity === identity
    return {
      apiVersion: KINDS.Lease.apiVersion,
      kind: 'Lease',
      metadata: before?.metadata ?? { name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(this.#times.leaseMs / 1000),
        acquireTime: same && spec?.acquireTime ? spec.acquireTime : now,
        renewTime: now,
        leaseTransitions: (spec?.leaseTransitions ?? 0) + (same || before === null ? 0 : 1),
      },
    }
  }

  #renewed(at: number): void {
    const { clock, onLead } = this.#options
    const { renewWithinMs } = this.#times
    this.#cancelExpiry()
    this.#cancelExpiry = clock.after(Math.max(0, at + renewWithinMs - clock.monotonic()), () =>
      this.#lose(`the lease could not be renewed for ${renewWithinMs / 1000} s`),
    )
    if (this.#lead !== null) {
      this.#lead.renewedAt = at
      return
    }
    this.#lead = { abort: new AbortController(), renewedAt: at }
    onLead(this.#lead.abort.signal)
  }

  #lose(reason: string): void {
    if (this.#lead === null) return
    const { abort } = this.#lead
    this.#lead = null
    this.#cancelExpiry()
    this.#stopping.abort()
    abort.abort()
    this.#options.onLost(reason)
  }
}
