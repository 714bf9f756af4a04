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
  /** Unique to this process: the pod's name and a random text. */
  readonly identity: string
  /** Called when we lead; the signal is aborted when we no longer do. */
  readonly onLead: (signal: AbortSignal) => void
  /** Called once when a lead that we held is lost, not after stop(). Nothing is tried again: the process shall end. */
  readonly onLost: (reason: string) => void
  /** A try that failed, for the log. */
  readonly onTrouble: (error: unknown) => void
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
  const { cluster, clock, random, namespace, name, identity } = options
  const times = options.times ?? DEFAULT_TIMES
  const ref = { kind: 'Lease' as const, namespace, name }
  const stopping = new AbortController()
  let seen: { readonly lease: KubeObject<LeaseSpec>; readonly changedAt: number } | null = null
  /** Whether to look at the lease before writing it. */
  let stale = true
  let lead: { readonly abort: AbortController; renewedAt: number } | null = null
  let cancelExpiry = () => {}

  const note = (lease: KubeObject<LeaseSpec>) => {
    stale = false
    if (seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion)
      seen = { lease, changedAt: clock.monotonic() }
  }
  const leads = () => lead !== null && clock.monotonic() - lead.renewedAt < times.renewWithinMs
  const isFree = () => {
    const { holderIdentity: holder, leaseDurationSeconds } = seen!.lease.spec ?? {}
    const leaseMs = leaseDurationSeconds === undefined ? times.leaseMs : leaseDurationSeconds * 1000
    return !holder || holder === identity || clock.monotonic() - seen!.changedAt >= leaseMs
  }

  /** One try to take or renew the lease; true when it is ours. */
  async function attempt(): Promise<boolean> {
    if (!leads() || stale) {
      try {
        note((await cluster.get(ref)) as KubeObject<LeaseSpec>)
      } catch (error) {
        if (!isKubeError(error, 'not_found')) throw error
        note((await cluster.create(leaseOf({ leaseTransitions: 0 }))) as KubeObject<LeaseSpec>)
        return true
      }
    }
    if (!isFree()) return false
    // Until the answer is here, what we know of the lease may be old: our write may have happened all the same.
    stale = true
    note((await cluster.replace(leaseOf(seen!.lease.spec ?? {}, seen!.lease))) as KubeObject<LeaseSpec>)
    return true
  }

  function leaseOf(spec: LeaseSpec, before?: KubeObject): KubeObject<LeaseSpec> {
    const now = microTime(clock.now())
    const same = spec.holderIdentity === identity
    return {
      apiVersion: KINDS.Lease.apiVersion,
      kind: 'Lease',
      metadata: before?.metadata ?? { name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(times.leaseMs / 1000),
        acquireTime: same && spec.acquireTime ? spec.acquireTime : now,
        renewTime: now,
        leaseTransitions: (spec.leaseTransitions ?? 0) + (same || before === undefined ? 0 : 1),
      },
    }
  }

  function renewed(at: number): void {
    cancelExpiry()
    cancelExpiry = clock.after(Math.max(0, at + times.renewWithinMs - clock.monotonic()), () =>
      lose(`the lease could not be renewed for ${times.renewWithinMs / 1000} s`),
    )
    if (lead !== null) {
      lead.renewedAt = at
      return
    }
    lead = { abort: new AbortController(), renewedAt: at }
    options.onLead(lead.abort.signal)
  }

  function lose(reason: string): void {
    if (lead === null) return
    const { abort } = lead
    lead = null
    cancelExpiry()
    stopping.abort()
    abort.abort()
    options.onLost(reason)
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Counted from before the call: the answer may be late, and others count from the write.
      const at = clock.monotonic()
      try {
        const ours = await attempt().catch((error: unknown) => {
          // Someone else wrote it, or an answer of ours was lost: what is true now decides.
          if (isKubeError(error, 'conflict', 'not_found', 'already_exists')) return attempt()
          throw error
        })
        if (stopping.signal.aborted) return
        if (ours && clock.monotonic() - at < times.renewWithinMs) renewed(at)
        else if (!ours && lead !== null) lose(`the lease is held by ${seen!.lease.spec?.holderIdentity}`)
      } catch (error) {
        if (!stopping.signal.aborted) options.onTrouble(error)
      }
      await sleep(clock, times.retryMs * (1 - RETRY_SPREAD * random()), stopping.signal)
    }
  }

  const running = run()
  return {
    leads,
    holder: () => (seen === null ? null : (seen.lease.spec?.holderIdentity ?? '')),
    async stop() {
      const held = leads() && seen !== null
      stopping.abort()
      cancelExpiry()
      lead?.abort.abort()
      lead = null
      await running
      if (!held) return
      const spec = {
        ...seen!.lease.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: microTime(clock.now()),
      }
      await cluster.replace({ ...seen!.lease, spec }).catch(options.onTrouble)
    },
  }
}
