import { keyOf } from '../../kube/object.ts'
import type { PodObject } from '../../kube/workloads.ts'
import { createMemoryCluster } from '../world/memory-cluster.ts'
import { createVirtualClock } from '../world/virtual-clock.ts'
import { type ClusterWorld, writeContract } from './cluster.ts'
import { jobContract } from './cluster-jobs.ts'
import { readContract } from './cluster-reads.ts'

/** Steps of the virtual clock between two looks, and how many of them a test may take. */
const STEP_MS = 50
const MOST_STEPS = 800

const UNPLACED = { reason: 'Unschedulable', message: 'the test gave it no node' }

/** The simulated API server: time passes when a test waits. */
async function memoryWorld(): Promise<ClusterWorld> {
  const clock = createVirtualClock()
  /** Pods that may have a node. */
  const placed = new Set<string>()
  const server = createMemoryCluster({
    clock,
    // Containers run until a test ends them; a signal alone does nothing.
    machines: {
      program: () => ({ start: () => {}, terminate: () => {} }),
      obstacle: (pod) => (placed.has(keyOf(pod)) ? null : UNPLACED),
    },
  })
  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step++) {
      if (await holds()) return
      await clock.advance(STEP_MS)
    }
    throw new Error(`gave up waiting for ${what}`)
  }
  const hasEnded = (pod: PodObject) => {
    const now = server.read({ kind: 'Pod', namespace: 'ns', name: pod.metadata.name }) as PodObject | undefined
    return now === undefined || now.status?.phase === 'Succeeded' || now.status?.phase === 'Failed'
  }
  return {
    cluster: server.client(),
    namespace: 'ns',
    until,
    rest: () => clock.advance(2000),
    async startPod(pod) {
      placed.add(keyOf(pod))
      return server.machines.pod(keyOf(pod))?.alive() === true
    },
    async endPod(pod, { exitCode, disrupted }) {
      if (disrupted) server.machines.disrupt(keyOf(pod), 'EvictionByEvictionAPI')
      server.machines.pod(keyOf(pod))!.exit(exitCode)
      await until('the kubelet to say so', async () => hasEnded(pod))
    },
    silence: () => server.machines.loseNode('node-1', 'live'),
    async forget(version) {
      server.compact()
      return version
    },
    close: async () => server.stop(),
  }
}

writeContract('in memory', memoryWorld)
readContract('in memory', memoryWorld)
jobContract('in memory', memoryWorld)
