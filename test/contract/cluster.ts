import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Cluster, Selection, WatchEvent } from '../../kube/cluster.ts'
import { isKubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import type { KubeObject, ObjectRef } from '../../kube/object.ts'
import type { PodObject } from '../../kube/workloads.ts'

/** An API server with its controllers, an empty namespace in it, and a way to let time pass. */
export interface ClusterWorld {
  readonly cluster: Cluster
  readonly namespace: string
  /** Lets time pass until it holds; fails after some seconds. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>
  /** Lets a second or two pass, in which nothing may happen. */
  rest(): Promise<void>
  /** Gives a pod a node and lets its container run; false while it is not there yet. */
  startPod(pod: PodObject): Promise<boolean>
  /** Does to a running pod what a kubelet does when its container ends; one that was told to go goes. */
  endPod(pod: PodObject, how: PodEnding): Promise<void>
  /** From now on no kubelet says anything. */
  silence(): void
  /** Gives a version whose history is forgotten; of the one given where the server can be told to forget. */
  forget(version: string): Promise<string>
  close(): Promise<void>
}

/** `disrupted`: marked as such, asked to go, and ended by the signal. */
export type PodEnding = { readonly exitCode: number; readonly disrupted?: boolean }
export type MakeClusterWorld = () => Promise<ClusterWorld>
export type Contract = (what: string, body: (world: ClusterWorld) => Promise<void>) => void

export const SPEC = {
  dataset: 'sp500',
  alpha: { name: 'momentum' },
  startDate: '2015-01-02',
  endDate: '2015-12-31',
  timeoutSeconds: 600,
}
const NOBODY = '00000000-0000-4000-8000-000000000000'

export const backtest = (namespace: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'Backtest',
  metadata: { name, namespace, ...more },
  spec: SPEC,
})
export const configMap = (namespace: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...more },
  data: { a: '1' },
})

export function contractOf(title: string, make: MakeClusterWorld): Contract {
  return (what, body) => {
    test(`${title}: ${what}`, async () => {
      const world = await make()
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  }
}

export async function refused(code: KubeErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    if (isKubeError(error, code)) return true
    throw error
  })
}

/** Writes: what each call gives, refuses and leaves. */
export function writeContract(title: string, make: MakeClusterWorld): void {
  const contract = contractOf(title, make)
  const at = (namespace: string, name = 'a') => ({ kind: 'Backtest' as const, namespace, name })

  contract(
    'a new object gets uid, version, generation 1, a time, and only the default status',
    async ({ cluster, namespace }) => {
      const made = await cluster.create({ ...backtest(namespace, 'a'), status: { phase: 'Completed' } })
      assert.match(made.metadata.uid!, /^[0-9a-f]{8}-/)
      assert.match(made.metadata.creationTimestamp!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.equal(made.metadata.generation, 1)
      assert.deepEqual(made.status, { observedGeneration: -1 })
      assert.equal((await cluster.get(at(namespace))).metadata.resourceVersion, made.metadata.resourceVersion)
    },
  )

  contract(
    'a name is taken once, and is free again after a delete, under another uid',
    async ({ cluster, namespace }) => {
      const first = await cluster.create(backtest(namespace, 'a'))
      await refused('already_exists', cluster.create(backtest(namespace, 'a')))
      assert.equal(await cluster.delete(at(namespace)), null)
      const second = await cluster.create(backtest(namespace, 'a'))
      assert.notEqual(second.metadata.uid, first.metadata.uid)
    },
  )

  contract('what is not there cannot be read, patched, given a status or deleted', async ({ cluster, namespace }) => {
    const nothing = at(namespace)
    await refused('not_found', cluster.get(nothing))
    await refused('not_found', cluster.patch(nothing, { metadata: { labels: { a: 'b' } } }))
    await refused('not_found', cluster.applyStatus(nothing, { phase: 'Running' }))
    await refused('not_found', cluster.delete(nothing))
  })

  contract('a label moves no generation, the spec does, and null takes a key away', async ({ cluster, namespace }) => {
    await cluster.create(backtest(namespace, 'a'))
    const labelled = await cluster.patch(at(namespace), { metadata: { labels: { a: 'b', c: 'd' } } })
    assert.equal(labelled.metadata.generation, 1)
    const longer = await cluster.patch(at(namespace), {
      spec: { timeoutSeconds: 900 },
      metadata: { labels: { a: null } },
    })
    assert.equal(longer.metadata.generation, 2)
    assert.deepEqual(longer.metadata.labels, { c: 'd' })
  })

  contract(
    'the status has a door of its own: a patch of the object does not reach it',
    async ({ cluster, namespace }) => {
      await cluster.create(backtest(namespace, 'a'))
      const patched = await cluster.patch(at(namespace), { status: { phase: 'Completed' } })
      assert.deepEqual(patched.status, { observedGeneration: -1 })
    },
  )

  contract('an applied status replaces what was applied before, and nothing else', async ({ cluster, namespace }) => {
    await cluster.create(backtest(namespace, 'a', { labels: { a: 'b' } }))
    await cluster.applyStatus(at(namespace), { phase: 'Pending', jobName: 'j', observedGeneration: 1 })
    const second = await cluster.applyStatus(at(namespace), { phase: 'Running', observedGeneration: 1 })
    assert.deepEqual(second.status, { phase: 'Running', observedGeneration: 1 })
    assert.deepEqual([second.metadata.generation, second.metadata.labels], [1, { a: 'b' }])
  })

  contract('a write that changes nothing is no write', async ({ cluster, namespace }) => {
    await cluster.create(backtest(namespace, 'a'))
    const status = { phase: 'Pending', observedGeneration: 1, conditions: [condition('Ready', 'False')] }
    const first = await cluster.applyStatus(at(namespace), status)
    const second = await cluster.applyStatus(at(namespace), status)
    const third = await cluster.patch(at(namespace), { spec: { timeoutSeconds: SPEC.timeoutSeconds } })
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion)
    assert.equal(third.metadata.resourceVersion, first.metadata.resourceVersion)
  })

  contract('a write meant for one uid does not hit its namesake', async ({ cluster, namespace }) => {
    await cluster.create(backtest(namespace, 'a'))
    const other = { ...at(namespace), uid: NOBODY }
    await refused('conflict', cluster.patch(other, { metadata: { labels: { a: 'b' } } }))
    await refused('conflict', cluster.delete(other))
    const { metadata, status } = await cluster.get(at(namespace))
    assert.deepEqual([metadata.labels, status], [undefined, { observedGeneration: -1 }])
    await cluster.patch({ ...at(namespace), uid: metadata.uid! }, { metadata: { labels: { a: 'b' } } })
    assert.equal(await cluster.delete({ ...at(namespace), uid: metadata.uid! }), null)
  })

  contract('a replace is guarded by the version it read', async ({ cluster, namespace }) => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l', namespace } }
    const made = await cluster.create({ ...lease, spec: { holderIdentity: 'a' } })
    const taken = await cluster.replace({ ...made, spec: { holderIdentity: 'b' } })
    await refused('conflict', cluster.replace({ ...made, spec: { holderIdentity: 'c' } }))
    assert.deepEqual((await cluster.get({ kind: 'Lease', namespace, name: 'l' })).spec, taken.spec)
  })

  contract('a patch that names an old version is refused', async ({ cluster, namespace }) => {
    const { metadata } = await cluster.create(backtest(namespace, 'a'))
    await cluster.patch(at(namespace), { metadata: { labels: { a: 'b' } } })
    const old = { metadata: { resourceVersion: metadata.resourceVersion, labels: { a: 'c' } } }
    await refused('conflict', cluster.patch(at(namespace), old))
  })

  contract('a finalizer holds a deleted object until it is taken away', async ({ cluster, namespace }) => {
    const ref = { kind: 'ConfigMap' as const, namespace, name: 'c' }
    await cluster.create(configMap(namespace, 'c', { finalizers: ['example.com/hold'] }))
    const leaving = await cluster.delete(ref)
    assert.ok(leaving?.metadata.deletionTimestamp)
    assert.ok((await cluster.get(ref)).metadata.deletionTimestamp)
    await cluster.patch(ref, { metadata: { finalizers: null } })
    await refused('not_found', cluster.get(ref))
  })

  contract('what loses its owner is collected', async ({ cluster, namespace, until }) => {
    const owner = await cluster.create(backtest(namespace, 'a'))
    await cluster.create(configMap(namespace, 'owned', { ownerReferences: [ownedBy(owner)] }))
    await cluster.delete(at(namespace), { propagation: 'Background' })
    await until('the owned object to go', () => isGone(cluster, { kind: 'ConfigMap', namespace, name: 'owned' }))
  })

  contract('a foreground delete keeps the owner until what blocks it is gone', async (world) => {
    const { cluster, namespace, until } = world
    const owner = await cluster.create(backtest(namespace, 'a'))
    const held = { finalizers: ['example.com/hold'], ownerReferences: [ownedBy(owner)] }
    await cluster.create(configMap(namespace, 'owned', held))
    await untilCollectorKnows(world, 'ConfigMap')
    const leaving = await cluster.delete(at(namespace), { propagation: 'Foreground' })
    assert.deepEqual(leaving?.metadata.finalizers, ['foregroundDeletion'])
    const owned = { kind: 'ConfigMap' as const, namespace, name: 'owned' }
    await until('the owned object to be deleted', async () => {
      return (await cluster.get(owned)).metadata.deletionTimestamp !== undefined
    })
    assert.ok((await cluster.get(at(namespace))).metadata.deletionTimestamp)
    await cluster.patch(owned, { metadata: { finalizers: null } })
    await until('the owner to go', () => isGone(cluster, at(namespace)))
  })
}

/**
 * Waits until the garbage collector has heard of all there is of a kind. It hears of one kind in order, but of some
 * kinds later than of others, and lets an owner go at once while it knows of nothing that blocks it.
 */
export async function untilCollectorKnows(
  { cluster, namespace, until }: ClusterWorld,
  kind: 'ConfigMap' | 'Pod',
): Promise<void> {
  const nobody = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: NOBODY }
  const last = { kind, namespace, name: 'without-owner' }
  const spec = kind === 'Pod' ? { spec: { containers: [{ name: 'none', image: 'example.com/none' }] } } : {}
  await cluster.create({
    apiVersion: 'v1',
    kind,
    metadata: { name: last.name, namespace, ownerReferences: [nobody] },
    ...spec,
  })
  await until('the collector to find what has no owner', () => isGone(cluster, last))
}

export function condition(type: string, status: string) {
  return { type, status, reason: 'R', message: '', observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' }
}

export function ownedBy(owner: KubeObject) {
  const { apiVersion, kind, metadata } = owner
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid!, controller: true, blockOwnerDeletion: true }
}

export async function isGone(cluster: Cluster, ref: ObjectRef): Promise<boolean> {
  try {
    await cluster.get(ref)
    return false
  } catch (error) {
    if (isKubeError(error, 'not_found')) return true
    throw error
  }
}

/** Reads a watch in the background. */
export function follow(cluster: Cluster, query: Selection & { resourceVersion: string; timeoutSeconds?: number }) {
  const events: WatchEvent[] = []
  const stop = new AbortController()
  let ended: 'open' | 'quietly' | { error: unknown } = 'open'
  const reading = (async () => {
    try {
      for await (const event of cluster.watch({ ...query, signal: stop.signal })) events.push(event)
      ended = 'quietly'
    } catch (error) {
      ended = { error }
    }
  })()
  return {
    events,
    brief: () => events.map(({ type, object }) => `${type} ${object.metadata.name}`.trim()),
    ended: () => ended,
    async stop() {
      stop.abort()
      await reading
    },
  }
}
