import { strict as assert } from 'node:assert'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { openClusterFromKubeconfig, type RemoteCluster } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import { createRecorder } from '../../kube/events.ts'
import { isKubeError } from '../../kube/kube-error.ts'
import { runElection } from '../../kube/lease.ts'
import { startReflector } from '../../kube/reflector/reflector.ts'
import type { PodObject } from '../../kube/workloads.ts'
import { backtest, type ClusterWorld, configMap, type PodEnding, refused, writeContract } from '../contract/cluster.ts'
import { jobContract } from '../contract/cluster-jobs.ts'
import { readContract } from '../contract/cluster-reads.ts'
import { clusterAbsent } from './absent.ts'
import { startApiServerAlone, type TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'
import { installDefinitions } from './definitions.ts'

/**
 * Generous: after the API server was away the controllers and the reflector rest up to a minute, and the garbage
 * collector looks for new kinds twice a minute.
 */
const LIMIT_MS = 180_000
/** Pods of a node without an object are taken after 40 s, those of one without a kubelet by these two. */
const NODE = 'node-of-the-test'
const CONTROLLERS = ['--controllers=*,-node-lifecycle-controller,-taint-eviction-controller']

suite('the port to Kubernetes, on a real API server', { skip: clusterAbsent() }, () => {
  let server: TestCluster
  let cluster: RemoteCluster
  let worlds = 0
  const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })
  before(async () => {
    server = await startApiServerAlone('kube', { controllerArgs: CONTROLLERS })
    await installDefinitions(server)
    await must(server.api('POST', '/api/v1/nodes', { body: { metadata: { name: NODE } } }))
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
    const target = { apiVersion: 'v1', kind: 'Node', name: NODE }
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
  test('a lease goes to one candidate, at once to the next when given back, and by time when not', async () => {
    const { namespace } = await realWorld()
    const log: string[] = []
    const dead = new Set<string>()
    const candidate = (identity: string) =>
      runElection({
        // A process that died asks nothing any more.
        cluster: {
          ...cluster,
          replace: (made) => (dead.has(identity) ? new Promise(() => {}) : cluster.replace(made)),
        },
        clock,
        random: Math.random,
        ...{ namespace, name: 'operator', identity },
        // A process or a server may stand still for some seconds: that alone loses no lease.
        times: { leaseMs: 15_000, renewWithinMs: 13_000, retryMs: 200 },
        onLead: () => log.push(identity),
        onLost: () => {},
        onTrouble: (error) => {
          if (!isKubeError(error, 'timeout', 'unavailable', 'too_many_requests')) log.push(String(error))
        },
      })
    const first = candidate('first')
    await until('the first to lead', async () => first.leads())
    const second = candidate('second')
    await first.stop()
    await until('the second to lead', async () => second.leads())
    dead.add('second')
    const third = candidate('third')
    await until('the third to lead', async () => third.leads())
    assert.deepEqual(log, ['first', 'second', 'third'])
    const { spec } = await cluster.get({ kind: 'Lease', namespace, name: 'operator' })
    assert.equal((spec as { leaseTransitions: number }).leaseTransitions, 2)
    await third.stop()
  })

  test('an event is taken, counted when it comes again, and found by its object', async () => {
    const { namespace } = await realWorld()
    const regarding = await cluster.create(backtest(namespace, 'a'))
    const troubles: unknown[] = []
    const recorder = createRecorder({
      cluster,
      clock,
      ...{ controller: 'hindcast.dev/operator', instance: 'operator-1' },
      onTrouble: (error) => troubles.push(error),
    })
    for (let k = 0; k < 3; k++) {
      recorder.record({
        regarding,
        type: 'Warning',
        reason: 'OutOfMemory',
        action: 'Settle',
        note: 'peak 512Mi of 512Mi',
      })
      await recorder.settled()
    }
    assert.deepEqual(troubles, [])
    const [event] = (await cluster.list({ kind: 'Event', namespace })).items
    assert.equal((event!.series as { count: number }).count, 3)
    const shown = await server.kubectl(['describe', 'backtest', 'a', '-n', namespace])
    assert.match(shown, /Warning +OutOfMemory .*peak 512Mi of 512Mi/)
  })

  test('a quota and a missing right have codes of their own', async () => {
    const { namespace } = await realWorld()
    const quota = { metadata: { name: 'few' }, spec: { hard: { 'count/configmaps': '0' } } }
    await must(server.api('POST', `/api/v1/namespaces/${namespace}/resourcequotas`, { body: quota }))
    await until('the quota to be enforced', async () => {
      const error = await cluster
        .create(configMap(namespace, `q-${performance.now()}`.replace('.', '-')))
        .catch((e) => e)
      return isKubeError(error, 'quota')
    })
    const path = await server.userConfig({ user: 'stranger' })
    const stranger = openClusterFromKubeconfig({ path, context: null }, { clock, random: Math.random })
    await refused('forbidden', stranger.list({ kind: 'Backtest', namespace }))
    await refused(
      'forbidden',
      (async () => {
        for await (const _ of stranger.watch({ kind: 'Backtest', namespace, resourceVersion: '0' }));
      })(),
    )
    stranger.close()
  })

  test('a reflector follows through a killed API server and loses nothing', async () => {
    const { namespace } = await realWorld()
    const told: string[] = []
    const reflector = startReflector({
      cluster,
      clock,
      random: Math.random,
      kind: 'Backtest',
      namespaces: [namespace],
      onChange: ({ type, key }) => told.push(`${type} ${key.split('/')[1]}`),
      onTrouble: () => {},
    })
    await cluster.create(backtest(namespace, 'before'))
    await until('the first', async () => reflector.synced() && reflector.list().length === 1)
    await cluster.delete({ kind: 'Backtest', namespace, name: 'before' })
    reflector.assume(await cluster.create(backtest(namespace, 'just-before')))
    await server.restartApiServer()
    await until('a write', () =>
      cluster.create(backtest(namespace, 'after')).then(
        () => true,
        // The answer of a try before may have been lost.
        (error) => isKubeError(error, 'already_exists'),
      ),
    )
    const names = () =>
      reflector
        .list()
        .map((object) => object.metadata.name)
        .sort()
    await until('all of it', async () => isDeepStrictEqual(names(), ['after', 'just-before']))
    assert.ok(told.includes('deleted before'))
    reflector.stop()
  })

  // Last: the garbage collector takes half a minute to learn of new kinds.
  writeContract('real', realWorld)
})

/** What the API demands of a container's status, whatever its state. */
const STATUS = { name: 'runner', image: 'example.com/none', imageID: '', restartCount: 0 }

function pathOf({ metadata }: PodObject): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
}

function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  return waitFor(what, LIMIT_MS, holds)
}

async function must(call: Promise<{ status: number; json: { message?: string } }>): Promise<void> {
  const { status, json } = await call
  if (status >= 300) throw new Error(`${status} ${json.message}`)
}
