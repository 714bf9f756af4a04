import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Cluster } from '../../kube/cluster.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import type { KubeObject } from '../../kube/object.ts'
import { createMemoryCluster } from '../../test/world/memory-cluster.ts'
import { createVirtualClock } from '../../test/world/virtual-clock.ts'
import { createMetrics, type Gauges } from '../metrics.ts'
import { createLaunches } from '../observe/launches.ts'
import type { Action } from '../reconcile/types.ts'
import { act } from './act.ts'
import type { Hands, Pass } from './context.ts'

const ME = '1a2b3c4d-0000-4000-8000-000000000001'
const JOB_ID = 'f'.repeat(32)
const NAME = 'momentum-1a2b3c4d-a1'
const REF = { kind: 'Job', namespace: 'research', name: NAME } as const

const job = (owner: string): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: NAME,
    namespace: 'research',
    ownerReferences: [
      { apiVersion: 'hindcast.dev/v1alpha1', kind: 'Backtest', name: 'momentum', uid: owner, controller: true },
    ],
  },
  spec: { template: { metadata: {}, spec: { containers: [{ name: 'runner', image: 'x' }] } } },
})

const pass = {
  seen: {
    record: 'row',
    resource: { uid: ME, kind: 'Backtest', namespace: 'research', name: 'momentum', status: null },
    job: { jobId: JOB_ID },
  },
  object: null,
  head: null,
  requestId: null,
} as unknown as Pass

/** Hands on a simulated API server, where creates may meet an error before or after they arrive. */
function handsOf(fault: { code?: KubeErrorCode; arrives?: boolean } = {}) {
  const clock = createVirtualClock()
  const world = createMemoryCluster({ clock })
  const client = world.client('operator')
  const cluster: Cluster = {
    ...client,
    create: async (object) => {
      if (fault.code === undefined) return client.create(object)
      if (fault.arrives === true) await client.create(object)
      throw new KubeError(fault.code, fault.code)
    },
  }
  const launches = createLaunches()
  launches.permit(JOB_ID, 1)
  const assumed: KubeObject[] = []
  const hands = {
    cluster,
    launches,
    clock,
    metrics: createMetrics(() => ({}) as Gauges),
    assume: (object: KubeObject) => void assumed.push(object),
    template: () => job(ME),
  } as unknown as Hands
  return { world, hands, launches, assumed, facts: () => launches.facts(JOB_ID, 1, 1) }
}

const create: Action = { do: 'createJob', attempt: 1 }

test('a Job that was made is known before the watch brings it, and needs no permit any more', async () => {
  const { hands, assumed, facts, world } = handsOf()
  assert.equal(await act(hands, pass, create), 'done')
  assert.deepEqual([assumed.length, facts().permit, world.all('Job').length], [1, false, 1])
  world.stop()
})

test('a Job of that name that our resource controls is adopted', async () => {
  const { hands, assumed, facts, world } = handsOf()
  world.apply(job(ME))
  assert.equal(await act(hands, pass, create), 'done')
  assert.deepEqual([assumed.length, facts().permit, facts().conflict], [1, false, null])
  world.stop()
})

test('a Job of that name that belongs to another is a conflict, and is left alone', async () => {
  const { hands, facts, world } = handsOf()
  world.apply(job('somebody-else'))
  assert.equal(await act(hands, pass, create), 'done')
  assert.match(facts().conflict ?? '', /Backtest momentum \(uid somebody-else\)/)
  assert.equal(world.all('Job').length, 1)
  world.stop()
})

test('a create whose answer is lost keeps its permit, and finds its own Job on the next try', async () => {
  const { hands, facts, world } = handsOf({ code: 'timeout', arrives: true })
  await assert.rejects(act(hands, pass, create), { code: 'timeout' })
  assert.equal(facts().permit, true)
  const again = { ...hands, cluster: world.client('operator') }
  assert.equal(await act(again, pass, create), 'done')
  assert.deepEqual([world.all('Job').length, facts().permit], [1, false])
  world.stop()
})

const refusals: readonly [code: KubeErrorCode, reason: string][] = [
  ['quota', 'QuotaExceeded'],
  ['forbidden', 'Forbidden'],
  ['invalid', 'JobRefused'],
  ['not_found', 'NamespaceMissing'],
]
for (const [code, reason] of refusals) {
  test(`a create that is refused with ${code} is told as ${reason} and may be tried again`, async () => {
    const { hands, facts, world } = handsOf({ code })
    assert.equal(await act(hands, pass, create), 'done')
    assert.deepEqual([facts().refused?.reason, facts().permit], [reason, true])
    world.stop()
  })
}

test('only the very Job that was meant is deleted', async () => {
  const { hands, world } = handsOf()
  world.apply(job(ME))
  const uid = world.read(REF)?.metadata.uid ?? ''
  assert.equal(await act(hands, pass, { do: 'deleteJob', name: NAME, uid: 'another' }), 'done')
  assert.equal(world.read(REF)?.metadata.deletionTimestamp, undefined)
  await act(hands, pass, { do: 'deleteJob', name: NAME, uid })
  assert.notEqual(world.read(REF)?.metadata.deletionTimestamp, undefined)
  world.stop()
})

test('a time to live for a Job that is gone touches nothing', async () => {
  const { hands, world } = handsOf()
  assert.equal(await act(hands, pass, { do: 'setJobTtl', name: NAME, uid: 'x', seconds: 60 }), 'fenced')
  world.stop()
})
