import { strict as assert } from 'node:assert'
import type { JobObject, PodObject } from '../../kube/workloads.ts'
import { trueCondition } from '../../kube/workloads.ts'
import { type ClusterWorld, contractOf, follow, isGone, type MakeClusterWorld, untilCollectorKnows } from './cluster.ts'

const INDEX = 'batch.kubernetes.io/job-completion-index'
const TRACKING = 'batch.kubernetes.io/job-tracking'

/** A Job as Hindcast makes them (design.md 3). Each case changes the spec or the fate of its pods. */
const SPEC = {
  backoffLimit: 0,
  podReplacementPolicy: 'Failed',
  podFailurePolicy: {
    rules: [
      { action: 'Ignore', onExitCodes: { operator: 'In', values: [78] } },
      { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [0] } },
    ],
  },
  template: {
    metadata: { labels: { 'hindcast.dev/job-id': 'j' } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 15,
      containers: [{ name: 'runner', image: 'example.com/none' }],
    },
  },
}

/** What the Job controller makes of the ends of pods: the part of Kubernetes that decisions lean on. */
export function jobContract(title: string, make: MakeClusterWorld): void {
  const contract = contractOf(title, make)
  const started = (body: (seen: Started) => Promise<void>, spec: object = {}) => {
    return async (world: ClusterWorld) => body(await start(world, spec))
  }

  contract(
    'a Job makes a pod of its own: labels, owner, tracking finalizer',
    started(async ({ job, pods, until }) => {
      await until('one active pod', async () => (await job()).status?.active === 1)
      const [pod] = await pods()
      const { uid } = (await job()).metadata
      assert.deepEqual(pod!.metadata.finalizers, [TRACKING])
      assert.deepEqual(pod!.metadata.ownerReferences, [
        { apiVersion: 'batch/v1', kind: 'Job', name: 'a', uid, controller: true, blockOwnerDeletion: true },
      ])
      const labels = pod!.metadata.labels!
      assert.deepEqual(
        ['hindcast.dev/job-id', 'batch.kubernetes.io/job-name', 'batch.kubernetes.io/controller-uid'].map(
          (name) => labels[name],
        ),
        ['j', 'a', uid],
      )
      assert.match(pod!.metadata.name, /^a-[a-z0-9]{5}$/)
      assert.equal((await job()).metadata.generation, 1)
    }),
  )

  contract(
    'a pod that exits 0 completes its Job and is counted once',
    started(async ({ job, pods, end, ended }) => {
      await end(0)
      await ended('Complete')
      const { status } = await job()
      assert.deepEqual([status?.succeeded, status?.active ?? 0, status?.failed ?? 0], [1, 0, 0])
      assert.ok(trueCondition(status?.conditions, 'SuccessCriteriaMet'))
      assert.ok(status?.completionTime)
      assert.deepEqual([(await pods()).length, (await pods())[0]!.metadata.finalizers], [1, undefined])
    }),
  )

  contract(
    'an exit of 64 ends the Job by its policy, FailureTarget first',
    started(async ({ job, end, ended, said, pods }) => {
      await end(64)
      await ended('Failed')
      const { status } = await job()
      assert.deepEqual([status?.failed, trueCondition(status?.conditions, 'Failed')?.reason], [1, 'PodFailurePolicy'])
      assert.match(trueCondition(status?.conditions, 'Failed')!.message!, /exit code 64/)
      assert.ok(said('FailureTarget') >= 0, 'FailureTarget was never said')
      assert.ok(said('FailureTarget') < said('Failed'))
      assert.equal((await pods()).length, 1)
    }),
  )

  contract(
    'a fenced pod (78) is not counted and gets a successor',
    started(async ({ job, end, ended, pods, until }) => {
      await end(78)
      await until('a second pod', async () => (await pods()).length === 2)
      await end(0)
      await ended('Complete')
      assert.deepEqual([(await job()).status?.succeeded, (await job()).status?.failed ?? 0], [1, 0])
    }),
  )

  contract(
    'a disruption ends the Job by its policy',
    started(async ({ job, end, ended }) => {
      await end(143, true)
      await ended('Failed')
      assert.match(trueCondition((await job()).status?.conditions, 'Failed')!.message!, /DisruptionTarget/)
    }),
  )

  contract(
    'an Indexed Job has a pod of each index; one that fails ends the others, and then the Job',
    started(
      async ({ world, job, pods, end, ended, until }) => {
        const byIndex = async (index: string) => (await pods()).find((pod) => pod.metadata.labels?.[INDEX] === index)
        await until('two pods', async () => (await pods()).length === 2)
        await until('index 0 to run', async () => world.startPod((await byIndex('0'))!))
        await end(65, false, await byIndex('1'))
        await until(
          'the other to be told to go',
          async () => (await byIndex('0'))?.metadata.deletionTimestamp !== undefined,
        )
        await until(
          'the target',
          async () => trueCondition((await job()).status?.conditions, 'FailureTarget') !== undefined,
        )
        await until('the Job to count it', async () => (await job()).status?.terminating === 1)
        assert.equal(trueCondition((await job()).status?.conditions, 'Failed'), undefined)
        await end(143, false, await byIndex('0'))
        await ended('Failed')
      },
      { completionMode: 'Indexed', completions: 2, parallelism: 2 },
    ),
  )

  contract(
    'an Indexed Job completes with its last index',
    started(
      async ({ job, pods, end, ended, until }) => {
        await until('two pods', async () => (await pods()).length === 2)
        for (const pod of await pods()) await end(0, false, pod)
        await until('the third', async () => (await pods()).length === 3)
        await end(0)
        await ended('Complete')
        assert.equal((await job()).status?.succeeded, 3)
      },
      { completionMode: 'Indexed', completions: 3, parallelism: 2 },
    ),
  )

  contract(
    'a foreground delete asks the pod to go and keeps the Job until it went; no other pod comes',
    started(async (seen) => {
      const { world, pods, end, until, ref } = seen
      await seen.running()
      await untilCollectorKnows(world, 'Pod')
      await world.cluster.delete(ref, { propagation: 'Foreground' })
      await until('the pod to be told', async () => (await pods())[0]?.metadata.deletionTimestamp !== undefined)
      assert.ok((await seen.job()).metadata.deletionTimestamp)
      await end(143)
      await until('the Job to go', () => isGone(world.cluster, ref))
      assert.deepEqual(await pods(), [])
    }),
  )

  contract(
    'a background delete takes the Job at once, and its pod as soon as its container ended',
    started(async (seen) => {
      const { world, pods, end, until, ref } = seen
      await seen.running()
      await world.cluster.delete(ref, { propagation: 'Background' })
      await until('the Job to go', () => isGone(world.cluster, ref))
      await until('the pod to be told', async () => (await pods())[0]?.metadata.deletionTimestamp !== undefined)
      await end(143)
      await until('the pod to go', async () => (await pods()).length === 0)
    }),
  )

  contract(
    'a pod that is deleted under a live Job is not replaced until it ended',
    started(async (seen) => {
      const { world, pods, end, until } = seen
      await seen.running()
      const [pod] = await pods()
      await world.cluster.delete({ kind: 'Pod', namespace: world.namespace, name: pod!.metadata.name })
      await until('the Job to know', async () => (await seen.job()).status?.terminating === 1)
      assert.equal((await pods()).length, 1)
      await end(143)
      await seen.ended('Failed')
      await until('the pod to go', async () => (await pods()).length === 0)
    }),
  )

  contract(
    'a suspended Job has no pod and says so; resumed it gets one',
    started(
      async ({ world, job, pods, end, ended, until, ref }) => {
        await until(
          'the condition',
          async () => trueCondition((await job()).status?.conditions, 'Suspended') !== undefined,
        )
        assert.deepEqual([await pods(), (await job()).status?.startTime], [[], undefined])
        await world.cluster.patch(ref, { spec: { suspend: false } })
        await end(0)
        await ended('Complete')
      },
      { suspend: true },
    ),
  )

  contract(
    'a Job that is suspended while it runs loses its pod and its start time, and counts no failure',
    started(async (seen) => {
      const { world, job, pods, end, until, ref } = seen
      await seen.running()
      await world.cluster.patch(ref, { spec: { suspend: true } })
      await until('the pod to be told', async () => (await pods())[0]?.metadata.deletionTimestamp !== undefined)
      await end(143)
      await until(
        'the condition',
        async () => trueCondition((await job()).status?.conditions, 'Suspended') !== undefined,
      )
      await until('no start time', async () => (await job()).status?.startTime === undefined)
      await world.rest()
      assert.equal(trueCondition((await job()).status?.conditions, 'Failed'), undefined)
    }),
  )

  contract(
    'a time to live that is set on a finished Job takes it and its pod',
    started(async ({ world, pods, end, ended, until, ref }) => {
      await end(0)
      await ended('Complete')
      await world.cluster.patch(ref, { spec: { ttlSecondsAfterFinished: 0 } })
      await until('the Job to go', () => isGone(world.cluster, ref))
      await until('the pod to go', async () => (await pods()).length === 0)
    }),
  )

  contract(
    'a pod that never ends holds a live Job for ever, also when it is forced away',
    started(async ({ world, job, pods, running, until }) => {
      await running()
      world.silence()
      const [pod] = await pods()
      const ref = { kind: 'Pod' as const, namespace: world.namespace, name: pod!.metadata.name }
      await world.cluster.delete(ref)
      await world.cluster.delete(ref, { gracePeriodSeconds: 0 })
      await until('the Job to know', async () => (await job()).status?.terminating === 1)
      await world.rest()
      assert.deepEqual((await pods())[0]!.metadata.finalizers, [TRACKING])
      assert.equal((await pods()).length, 1)
      assert.deepEqual((await job()).status?.conditions ?? [], [])
    }),
  )

  contract(
    'a pod that never ends lets a deleted Job go once it is forced away',
    started(async ({ world, pods, running, until, ref }) => {
      await running()
      world.silence()
      const [pod] = await pods()
      await world.cluster.delete(ref, { propagation: 'Foreground' })
      await until('the pod to be told', async () => (await pods())[0]?.metadata.deletionTimestamp !== undefined)
      await until('its finalizer to go', async () => (await pods())[0]?.metadata.finalizers === undefined)
      await world.rest()
      assert.equal((await pods()).length, 1)
      await world.cluster.delete(
        { kind: 'Pod', namespace: world.namespace, name: pod!.metadata.name },
        { gracePeriodSeconds: 0 },
      )
      await until('the Job to go', () => isGone(world.cluster, ref))
      assert.deepEqual(await pods(), [])
    }),
  )

  contract(
    'a Job whose pod found no node goes at once when it is deleted',
    started(async ({ world, pods, until, ref }) => {
      await until('its pod', async () => (await pods()).length === 1)
      await untilCollectorKnows(world, 'Pod')
      await world.cluster.delete(ref, { propagation: 'Foreground' })
      await until('the Job to go', () => isGone(world.cluster, ref))
      assert.deepEqual(await pods(), [])
    }),
  )

  contract(
    'a pod without a node that is deleted under a live Job counts as failed, by no rule of the policy',
    started(async ({ world, job, pods, until, ended }) => {
      await until('its pod', async () => (await pods()).length === 1)
      const { name } = (await pods())[0]!.metadata
      await world.cluster.delete({ kind: 'Pod', namespace: world.namespace, name })
      await ended('Failed')
      await until('it to go', async () => (await pods()).length === 0)
      assert.equal(trueCondition((await job()).status?.conditions, 'Failed')?.reason, 'BackoffLimitExceeded')
    }),
  )
}

type Started = Awaited<ReturnType<typeof start>>

async function start(world: ClusterWorld, spec: object) {
  const { cluster, namespace, until } = world
  const ref = { kind: 'Job' as const, namespace, name: 'a' }
  const { resourceVersion } = await cluster.list({ kind: 'Job', namespace })
  const watch = follow(cluster, { kind: 'Job', namespace, resourceVersion })
  await cluster.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'a', namespace },
    spec: { ...SPEC, ...spec },
  })
  const job = async () => (await cluster.get(ref)) as JobObject
  const pods = async () => (await cluster.list({ kind: 'Pod', namespace })).items as readonly PodObject[]
  /** How many events had gone by when a condition was first said; -1 before. */
  const said = (type: string) =>
    watch.events.findIndex(({ object }) => trueCondition((object as JobObject).status?.conditions, type))
  const open = async () =>
    (await pods()).filter(({ status }) => status?.phase === 'Pending' || status?.phase === 'Running')
  return {
    world,
    ref,
    until,
    job,
    pods,
    running: () =>
      until('a pod to run', async () => (await open()).length > 0 && (await world.startPod((await open())[0]!))),
    /** Ends a pod (the only one that has not ended). */
    async end(exitCode: number, disrupted = false, pod?: PodObject) {
      await until('a pod', async () => (await open()).length > 0)
      const which = pod ?? (await open())[0]!
      await until('the pod to run', () => world.startPod(which))
      await world.endPod(which, { exitCode, disrupted })
    },
    async ended(type: string) {
      await until(
        `the Job to be ${type}`,
        async () => trueCondition((await job()).status?.conditions, type) !== undefined,
      )
      // A watch tells what a read shows only some time later.
      await until(`the watch to say ${type}`, async () => said(type) >= 0)
      await watch.stop()
    },
    said,
  }
}
