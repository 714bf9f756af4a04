import { HindcastError } from '../../core/errors.ts'
import type { RemoteCluster } from '../../kube/client.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import { isKubeError } from '../../kube/kube-error.ts'
import type { KubeObject, ObjectRef } from '../../kube/object.ts'
import type { PodObject } from '../../kube/workloads.ts'
import { IMPORT_LABEL, podStart } from './import-pod.ts'

/** What the life of an import pod needs of its surroundings. */
export interface PodLife {
  readonly cluster: RemoteCluster
  readonly clock: Clock
  /** Ends the wait for the pod. */
  readonly signal: AbortSignal
  /** A word for people: what could not be removed. */
  readonly tell: (text: string) => void
}

const LOOK_MS = 250
/** Long enough for a node to be added and an image to be pulled. */
const START_LIMIT_MS = 300_000

/** Makes a pod, runs `work` when it runs, and removes it whatever happens. Throws what stands in the pod's way. */
export async function withPod<T>(life: PodLife, pod: KubeObject, work: () => Promise<T>): Promise<T> {
  const ref: ObjectRef = { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name }
  await sweep(life, ref.namespace)
  try {
    await life.cluster.create(pod)
    await running(life, ref)
    return await work()
  } finally {
    // Also when the create failed: its answer may be what was lost.
    await remove(life, ref)
  }
}

async function running({ cluster, clock, signal }: PodLife, ref: ObjectRef): Promise<void> {
  const from = clock.monotonic()
  for (;;) {
    signal.throwIfAborted()
    const start = podStart((await cluster.get(ref)) as PodObject)
    if (start.state === 'running') return
    const where = `the import pod ${ref.namespace}/${ref.name}`
    if (start.state === 'failed') throw new HindcastError('cluster_refused', `${where} cannot start: ${start.why}`)
    if (clock.monotonic() - from > START_LIMIT_MS) {
      const limit = `${START_LIMIT_MS / 60_000} minutes`
      throw new HindcastError('cluster_unavailable', `${where} did not start within ${limit}: ${start.why}`)
    }
    await sleep(clock, LOOK_MS, signal)
  }
}

async function remove({ cluster, tell }: PodLife, ref: ObjectRef): Promise<void> {
  try {
    await cluster.delete(ref, { gracePeriodSeconds: 1 })
  } catch (error) {
    if (isKubeError(error, 'not_found')) return
    if (!isKubeError(error)) throw error
    tell(`the import pod ${ref.namespace}/${ref.name} is left: ${error.message}\n  It ends by itself in 15 s.\n`)
  }
}

/** Pods that ended by themselves because their sender was killed. Whoever may not look for them need not. */
async function sweep({ cluster }: PodLife, namespace: string): Promise<void> {
  try {
    const labelSelector = `${IMPORT_LABEL.name}=${IMPORT_LABEL.value}`
    const { items } = await cluster.list({ kind: 'Pod', namespace, labelSelector })
    for (const { metadata } of (items as readonly PodObject[]).filter((pod) => podStart(pod).state === 'failed'))
      await cluster.delete({ kind: 'Pod', namespace, name: metadata.name })
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'not_found')) throw error
  }
}
