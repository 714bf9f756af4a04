import type { Clock } from '../../../kube/clock.ts'
import type { Cluster } from '../../../kube/cluster.ts'
import type { KindName } from '../../../kube/kinds.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { type Change, type Reflector, startReflector } from '../../../kube/reflector/reflector.ts'
import { waitFor } from '../daemons.ts'

const KINDS = ['Backtest', 'WalkForward', 'MonteCarlo', 'Job', 'Pod'] as const
const SYNC_LIMIT_MS = 60_000

/** Sees everything that scripts make on the server, in every namespace, by watches of its own. */
export interface Lookout {
  /** Objects of a namespace as they were last seen, by kind. */
  all(namespace: string): ReadonlyMap<KindName, readonly KubeObject[]>
  /** Tells of every change in a namespace; the answer ends it. */
  follow(namespace: string, onChange: (change: Change) => void): () => void
  stop(): void
}

export async function openLookout(cluster: Cluster, clock: Clock): Promise<Lookout> {
  const followers = new Map<string, (change: Change) => void>()
  const reflectors = new Map<KindName, Reflector>()
  for (const kind of KINDS) {
    const reflector = startReflector({
      cluster,
      clock,
      random: Math.random,
      kind,
      namespaces: null,
      indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
      onChange: (change) => followers.get(change.object.metadata.namespace ?? '')?.(change),
      onTrouble: () => {},
    })
    reflectors.set(kind, reflector)
  }
  await waitFor('the first lists', SYNC_LIMIT_MS, () => [...reflectors.values()].every((one) => one.synced()))
  return {
    all: (namespace) =>
      new Map([...reflectors].map(([kind, one]) => [kind, one.byIndex('namespace', namespace).toSorted(byName)])),
    follow(namespace, onChange) {
      followers.set(namespace, onChange)
      return () => followers.delete(namespace)
    },
    stop: () => {
      for (const one of reflectors.values()) one.stop()
    },
  }
}

function byName({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  return a.name < b.name ? -1 : 1
}
