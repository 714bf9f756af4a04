import type { Clock } from '../../../kube/clock.ts'
import type { Cluster } from '../../../kube/cluster.ts'
import { type Election, runElection } from '../../../kube/lease.ts'
import type { OperatorConfig } from '../../../operator/config.ts'
import { lead } from '../../../operator/lead.ts'
import type { Log } from '../../../operator/log.ts'
import { assemble, type Parts } from '../../../operator/parts.ts'
import type { Ledger } from '../../../storage/ledger/ledger.ts'
import type { ProgressChannel } from '../../../storage/progress/channel.ts'

/** Everything that one process of the operator touches; when it dies, none of it answers any more. */
export interface ProcessWorld {
  readonly identity: string
  readonly pod: string
  readonly clock: Clock
  readonly cluster: Cluster
  readonly ledger: Ledger
  readonly progress: ProgressChannel
  readonly random: () => number
  readonly config: OperatorConfig
  readonly log: Log
  /** The process ends by itself: its Lease is lost. */
  readonly onExit: (why: string) => void
}

/** A process of the operator put together as operator/main.ts does, but for sockets and signals. */
export function startOperator(world: ProcessWorld): { readonly parts: Parts; readonly kill: () => void } {
  const { identity, pod, clock, cluster, ledger, progress, random, config, log } = world
  const parts = assemble({
    cluster,
    ledger,
    checkRecord: async () => void (await ledger.installation()),
    progress,
    clock,
    random,
    config,
    log,
    tell: () => {},
  })
  const { leaseMs, leaseRenewMs, leaseRetryMs } = config.clocks
  const election: Election = runElection({
    cluster,
    clock,
    random,
    namespace: config.namespace,
    name: config.lease,
    identity,
    pod,
    times: { leaseMs, renewWithinMs: leaseRenewMs, retryMs: leaseRetryMs },
    onLead: (signal) =>
      void lead(parts, { identity, signal, holds: () => election.leads() }).catch((thrown) =>
        world.onExit(String(thrown)),
      ),
    onLost: (reason) => world.onExit(reason),
    onTrouble: () => {},
    onAnswered: parts.caches.answered,
  })
  return { parts, kill: () => parts.caches.stop() }
}
