import type { KubeObject } from '../../kube/object.ts'
import { createOutage } from '../../kube/reflector/outage.ts'
import { type Change, type ReflectorOptions, startReflector, type Trouble } from '../../kube/reflector/reflector.ts'
import { createMemoryCluster, type MemoryClusterOptions } from '../world/memory-cluster.ts'
import { createVirtualClock } from '../world/virtual-clock.ts'

export const backtest = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'Backtest',
  metadata: { name, namespace: 'ns', labels },
})
export const ref = (name: string) => ({ kind: 'Backtest' as const, namespace: 'ns', name })
/** Resources that are not terminal. */
export const ACTIVE = 'status.phase!=Completed,status.phase!=Failed,status.phase!=Cancelled'

/** A reflector over a simulated API server; each case changes one thing about the way between them. */
export function reflectorWorld(change: Partial<ReflectorOptions> = {}, server: Partial<MemoryClusterOptions> = {}) {
  const clock = createVirtualClock()
  const api = createMemoryCluster({ clock, ...server })
  const told: Change[] = []
  const troubles: Trouble[] = []
  const cluster = api.client()
  const outage = createOutage({ clock, random: () => 0.5 })
  const reflector = startReflector({
    cluster,
    clock,
    random: () => 0.5,
    kind: 'Backtest',
    namespaces: ['ns'],
    onChange: (one) => told.push(one),
    onTrouble: (trouble) => troubles.push(trouble),
    outage,
    ...change,
  })
  const names = () =>
    reflector
      .list()
      .map((object) => object.metadata.name)
      .sort()
  return {
    clock,
    api,
    cluster,
    outage,
    reflector,
    told,
    troubles,
    names,
    brief: () => told.map(({ type, key }) => `${type} ${key}`),
  }
}
