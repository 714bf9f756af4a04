import { keyOf } from '../../kube/object.ts'
import { createMemoryCluster } from '../world/memory-cluster.ts'
import { createVirtualClock } from '../world/virtual-clock.ts'
import { type ClusterWorld, writeContract } from './cluster.ts'
import { jobContract } from './cluster-jobs.ts'
import { readContract } from './cluster-reads.ts'

/** Steps of the virtual clock between two looks, and how many of them a test may take. */
const STEP_MS = 50
const MOST_STEPS = 400

/** The simulated API server: time passes when a test waits. */
async function memoryWorld(): Promise<ClusterWorld> {
  const clock = createVirtualClock()
  const server = createMemoryCluster({
    clock,
    // Containers run until a test ends them; a signal alone does nothing.
    machines: { program: () => ({ start: () => {}, terminate: () => {} }) },
  })
  return {
    cluster: server.client(),
    namespace: 'ns',
    async until(what, holds) {
      for (let step = 0; step < MOST_STEPS; step++) {
        if (await holds()) return
        await clock.advance(STEP_MS)
      }
      throw new Error(`gave up waiting for ${what}`)
    },
    startPod: async (pod) => server.machines.pod(keyOf(pod))?.alive() === true,
    async endPod(pod, { exitCode, disrupted }) {
      if (disrupted) server.machines.disrupt(keyOf(pod), 'EvictionByEvictionAPI')
      server.machines.pod(keyOf(pod))!.exit(exitCode)
    },
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
