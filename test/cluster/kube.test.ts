import { after, before, suite } from 'node:test'
import { openClusterFromKubeconfig, type RemoteCluster } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import type { PodObject } from '../../kube/workloads.ts'
import { type ClusterWorld, type PodEnding, writeContract } from '../contract/cluster.ts'
import { jobContract } from '../contract/cluster-jobs.ts'
import { readContract } from '../contract/cluster-reads.ts'
import { clusterAbsent } from './absent.ts'
import { startApiServerAlone, type TestCluster } from './cluster.ts'
import { installDefinitions } from './definitions.ts'

const LIMIT_MS = 30_000
const LOOK_MS = 25

suite('the port to Kubernetes, on a real API server', { skip: clusterAbsent() }, () => {
  let server: TestCluster
  let cluster: RemoteCluster
  let worlds = 0
  before(async () => {
    server = await startApiServerAlone('kube')
    await installDefinitions(server)
    const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })
    cluster = openClusterFromKubeconfig({ path: server.kubeconfig, context: null }, { clock, random: Math.random })
  })
  after(async () => {
    cluster?.close()
    await server?.stop()
  })

  /** A namespace of its own, on a server without nodes: the test is the kubelet. */
  async function realWorld(): Promise<ClusterWorld> {
    const namespace = `kube-${++worlds}`
    await must(server.api('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } }))
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`
    await until('its service account', async () => (await server.api('GET', account)).status === 200)
    const rest = () => new Promise<void>((resolve) => setTimeout(resolve, 1500))
    return {
      cluster,
      namespace,
      until,
      rest,
      startPod,
      endPod,
      silence: () => {},
      forget: async () => '1',
      close: async () => {},
    }
  }

  async function startPod(pod: PodObject): Promise<boolean> {
    const { name, namespace } = pod.metadata
    const target = { apiVersion: 'v1', kind: 'Node', name: 'node-of-the-test' }
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target }
    const bound = (await cluster.get({ kind: 'Pod', namespace: namespace!, name })) as PodObject
    if (!bound.spec?.nodeName) await must(server.api('POST', `${pathOf(pod)}/binding`, { body: binding }))
    const running = [{ ...STATUS, ready: true, state: { running: { startedAt: bound.metadata.creationTimestamp } } }]
    await patchStatus(pod, {
      phase: 'Running',
      startTime: bound.metadata.creationTimestamp,
      containerStatuses: running,
    })
    return true
  }

  async function endPod(pod: PodObject, { exitCode, disrupted }: PodEnding): Promise<void> {
    const { name, namespace } = pod.metadata
    const ref = { kind: 'Pod' as const, namespace: namespace!, name }
    if (disrupted) {
      // Without its time the condition counts as old, and the disruption controller takes it back.
      const lastTransitionTime = new Date().toISOString()
      const reason = 'EvictionByEvictionAPI'
      const conditions = [{ type: 'DisruptionTarget', status: 'True', reason, lastTransitionTime }]
      await patchStatus(pod, { conditions }, 'application/strategic-merge-patch+json')
      await cluster.delete(ref)
    }
    const leaves = (await cluster.get(ref)).metadata.deletionTimestamp !== undefined
    const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }
    const ended = [{ ...STATUS, ready: false, state: { terminated } }]
    await patchStatus(pod, { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: ended })
    if (leaves) await cluster.delete(ref, { gracePeriodSeconds: 0 }).catch(() => null)
  }

  async function patchStatus(pod: PodObject, status: object, contentType = 'application/merge-patch+json') {
    await must(server.api('PATCH', `${pathOf(pod)}/status`, { body: { status }, contentType }))
  }

  jobContract('real', realWorld)
  readContract('real', realWorld)
  // Last: the garbage collector takes half a minute to learn of new kinds.
  writeContract('real', realWorld)
})

/** What the API demands of a container's status, whatever its state. */
const STATUS = { name: 'runner', image: 'example.com/none', imageID: '', restartCount: 0 }

function pathOf({ metadata }: PodObject): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (performance.now() < end) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`gave up waiting for ${what}`)
}

async function must(call: Promise<{ status: number; json: { message?: string } }>): Promise<void> {
  const { status, json } = await call
  if (status >= 300) throw new Error(`${status} ${json.message}`)
}
