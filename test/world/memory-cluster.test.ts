import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { KubeObject } from '../../kube/object.ts'
import { type JobObject, type PodObject, trueCondition } from '../../kube/workloads.ts'
import type { MachinesOptions } from './api-server/machines.ts'
import { createMemoryCluster } from './memory-cluster.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** A Job as Hindcast makes them. Each case changes the world, not the Job. */
const jobSpec = {
  backoffLimit: 0,
  podReplacementPolicy: 'Failed',
  podFailurePolicy: {
    rules: [
      { action: 'Ignore', onExitCodes: { operator: 'In', values: [78] } },
      { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget' }] },
      { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [0] } },
    ],
  },
  template: {
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 15,
      tolerations: [{ key: 'node.kubernetes.io/unreachable', tolerationSeconds: 20 }],
      containers: [{ name: 'runner', env: [{ name: 'JOB', value: 'a' }] }],
    },
  },
}
const job = (spec: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a', namespace: 'ns' },
  spec: { ...jobSpec, ...spec },
})

function world(machines: MachinesOptions = {}, spec: object = {}) {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock, machines })
  cluster.apply(job(spec))
  return {
    clock,
    cluster,
    job: () => cluster.read({ kind: 'Job', namespace: 'ns', name: 'a' }) as JobObject | undefined,
    pods: () => cluster.all('Pod') as readonly PodObject[],
    condition: (type: string) => {
      const seen = cluster.read({ kind: 'Job', namespace: 'ns', name: 'a' }) as JobObject | undefined
      return trueCondition(seen?.status?.conditions, type)
    },
  }
}
const exits = (code: number, message?: string): MachinesOptions => ({
  program: () => ({ start: (pod) => pod.exit(code, message) }),
})
const runs: MachinesOptions = { program: () => ({ start: () => {} }) }

test('a program that exits 0 completes its Job, counted once', async () => {
  const { clock, job, condition, pods } = world(exits(0))
  await clock.advance(5000)
  assert.ok(condition('Complete'))
  assert.equal(job()!.status?.succeeded, 1)
  assert.equal(pods().length, 1)
  assert.equal(pods()[0]!.metadata.finalizers, undefined)
})

for (const [title, machines, reason, pods] of [
  ['exit 64 ends the Job by its policy', exits(64), 'PodFailurePolicy', 1],
  [
    'SIGKILL for memory ends it by its policy',
    { program: () => ({ start: (p) => p.outOfMemory() }) },
    'PodFailurePolicy',
    1,
  ],
] as const satisfies readonly [string, MachinesOptions, string, number][]) {
  test(title, async () => {
    const seen = world(machines)
    await seen.clock.advance(5000)
    assert.equal(seen.condition('FailureTarget')?.reason, reason)
    assert.equal(seen.condition('Failed')?.reason, reason)
    assert.equal(seen.pods().length, pods)
  })
}

test('a fenced pod is ignored and gets a successor', async () => {
  let started = 0
  const seen = world({ program: () => ({ start: (pod) => pod.exit(started++ === 0 ? 78 : 0) }) })
  await seen.clock.advance(15_000)
  assert.ok(seen.condition('Complete'))
  assert.equal(seen.job()!.status?.failed, undefined)
  assert.equal(seen.pods().length, 2)
})

test('the pod keeps exit code, reason and last words', async () => {
  const seen = world(exits(65, 'no data'))
  await seen.clock.advance(5000)
  const state = seen.pods()[0]!.status?.containerStatuses?.[0]?.state?.terminated
  assert.deepEqual([state?.exitCode, state?.reason, state?.message], [65, 'Error', 'no data'])
})

test('an Indexed Job runs a pod of each index and completes with the last', async () => {
  const indexes: (number | null)[] = []
  const machines: MachinesOptions = {
    program: () => ({
      start: (pod) => {
        indexes.push(pod.index)
        pod.exit(0)
      },
    }),
  }
  const seen = world(machines, { completionMode: 'Indexed', completions: 3, parallelism: 3 })
  await seen.clock.advance(5000)
  assert.deepEqual(indexes.sort(), [0, 1, 2])
  assert.ok(seen.condition('Complete'))
})

test('foreground deletion ends the pod first, with its grace, and the Job last', async () => {
  const asked: string[] = []
  const seen = world({ program: () => ({ start: () => {}, terminate: (pod) => void asked.push(pod.name) }) })
  await seen.clock.advance(2000)
  await seen.cluster.client().delete({ kind: 'Job', namespace: 'ns', name: 'a' }, { propagation: 'Foreground' })
  await seen.clock.advance(5000)
  assert.equal(asked.length, 1)
  assert.ok(seen.job()?.metadata.deletionTimestamp)
  assert.equal(seen.cluster.machines.running().length, 1)
  await seen.clock.advance(11_000)
  assert.equal(seen.job(), undefined)
  assert.deepEqual(seen.pods(), [])
  assert.equal(seen.cluster.machines.running().length, 0)
})

test('what a deleted owner leaves is collected, down to the pods', async () => {
  const seen = world(runs)
  const owner = seen.cluster.apply({
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    metadata: { name: 'b', namespace: 'ns' },
  })
  const { apiVersion, kind, metadata } = owner
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid! }]
  seen.cluster.edit({ kind: 'Job', namespace: 'ns', name: 'a' }, { metadata: { ownerReferences } })
  await seen.clock.advance(2000)
  seen.cluster.remove({ kind: 'Backtest', namespace: 'ns', name: 'b' })
  await seen.clock.advance(20_000)
  assert.equal(seen.job(), undefined)
  assert.deepEqual(seen.pods(), [])
})

test('a lost node leaves its pod Running and on its way out for ever, and the Job unfinished', async () => {
  const seen = world(runs)
  await seen.clock.advance(2000)
  seen.cluster.machines.loseNode('node-1', 'die')
  await seen.clock.advance(3_600_000)
  const [pod] = seen.pods()
  assert.equal(pod!.status?.phase, 'Running')
  assert.equal(trueCondition(pod!.status?.conditions, 'DisruptionTarget')?.reason, 'DeletionByTaintManager')
  assert.ok(pod!.metadata.deletionTimestamp)
  assert.equal(seen.condition('Failed'), undefined)
  assert.equal(seen.pods().length, 1)
})

test('a node that comes back ends what was to go, and the Job fails by disruption', async () => {
  const seen = world(runs)
  await seen.clock.advance(2000)
  seen.cluster.machines.loseNode('node-1', 'live')
  await seen.clock.advance(120_000)
  assert.equal(seen.cluster.machines.running().length, 1)
  seen.cluster.machines.recoverNode('node-1')
  await seen.clock.advance(20_000)
  assert.equal(seen.condition('Failed')?.reason, 'PodFailurePolicy')
  assert.equal(seen.cluster.machines.running().length, 0)
})

test('a kubelet that is silent for less than the grace period disturbs nothing', async () => {
  const seen = world({ program: () => ({ start: (pod) => void seen.clock.after(10_000, () => pod.exit(0)) }) })
  await seen.clock.advance(2000)
  seen.cluster.machines.loseNode('node-1', 'live')
  await seen.clock.advance(20_000)
  seen.cluster.machines.recoverNode('node-1')
  await seen.clock.advance(2000)
  assert.ok(seen.condition('Complete'))
})

test('an evicted pod says so and ends its Job by disruption', async () => {
  const seen = world(runs)
  await seen.clock.advance(2000)
  seen.cluster.machines.evict(seen.cluster.machines.running()[0]!.key, 'The node was low on resource: memory')
  await seen.clock.advance(2000)
  assert.equal(seen.pods()[0]!.status?.reason, 'Evicted')
  assert.match(seen.condition('Failed')!.message!, /DisruptionTarget/)
})

test('a pod over its own deadline fails with DeadlineExceeded', async () => {
  const spec = { template: { spec: { ...jobSpec.template.spec, activeDeadlineSeconds: 30 } } }
  const seen = world(runs, spec)
  await seen.clock.advance(40_000)
  assert.equal(seen.pods()[0]!.status?.reason, 'DeadlineExceeded')
  assert.ok(seen.condition('Failed'))
})

test('a Job over its own deadline says so first, ends its pod and fails', async () => {
  const seen = world({ program: () => ({ start: () => {}, terminate: () => {} }) }, { activeDeadlineSeconds: 30 })
  await seen.clock.advance(35_000)
  assert.equal(seen.condition('FailureTarget')?.reason, 'DeadlineExceeded')
  assert.equal(seen.condition('Failed'), undefined)
  assert.ok(seen.pods()[0]!.metadata.deletionTimestamp)
  await seen.clock.advance(15_000)
  assert.equal(seen.condition('Failed')?.reason, 'DeadlineExceeded')
})

test('a pod that is to go is replaced at once where the Job does not say Failed', async () => {
  const { podFailurePolicy, podReplacementPolicy, ...rest } = jobSpec
  const clock = createVirtualClock()
  const program = () => ({ start: () => {}, terminate: () => {} })
  const cluster = createMemoryCluster({ clock, machines: { program } })
  cluster.apply({ ...job(), spec: { ...rest, backoffLimit: 6 } })
  await clock.advance(2000)
  cluster.machines.disrupt(cluster.machines.running()[0]!.key, 'EvictionByEvictionAPI')
  await clock.advance(2000)
  assert.equal(cluster.machines.running().length, 2)
})

test('an obstacle shows as the reason, and the pod goes on when it is gone', async () => {
  let missing = true
  const obstacle = () => (missing ? { reason: 'ImagePullBackOff', message: 'no such image' } : null)
  const seen = world({ ...exits(0), obstacle })
  await seen.clock.advance(5000)
  assert.equal(seen.pods()[0]!.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'ImagePullBackOff')
  missing = false
  await seen.clock.advance(5000)
  assert.ok(seen.condition('Complete'))
})

test('a suspended Job has no pod; resumed it runs', async () => {
  const seen = world(exits(0), { suspend: true })
  await seen.clock.advance(5000)
  assert.deepEqual(seen.pods(), [])
  seen.cluster.edit({ kind: 'Job', namespace: 'ns', name: 'a' }, { spec: { suspend: false } })
  await seen.clock.advance(5000)
  assert.ok(seen.condition('Complete'))
})

test('a finished Job goes when its time to live, set by a patch, is over', async () => {
  const seen = world(exits(0))
  await seen.clock.advance(5000)
  seen.cluster.edit({ kind: 'Job', namespace: 'ns', name: 'a' }, { spec: { ttlSecondsAfterFinished: 60 } })
  await seen.clock.advance(50_000)
  assert.ok(seen.job())
  await seen.clock.advance(20_000)
  assert.equal(seen.job(), undefined)
  assert.deepEqual(seen.pods(), [])
})
