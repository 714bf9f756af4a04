import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import type { PodObject, PodStatus } from '../../kube/workloads.ts'
import { placeOf } from './import-place.ts'
import { importPod, type PodStart, podStart, receiverCommand } from './import-pod.ts'

const PLACE = { image: 'registry/runner:1', pullPolicy: 'Never', claim: 'results', memoryBytes: 2 ** 31 }
const podOf = (status: PodStatus): PodObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status })
const waiting = (reason: string, message?: string): PodStatus => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'importer', state: { waiting: { reason, ...(message ? { message } : {}) } } }],
})

const STARTS: readonly [title: string, status: PodStatus, start: PodStart][] = [
  ['nothing is known yet', {}, { state: 'waiting', why: 'Pending' }],
  [
    'no node takes it',
    {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes' }],
    },
    { state: 'waiting', why: 'Unschedulable: 0/2 nodes' },
  ],
  ['it is being made', waiting('ContainerCreating'), { state: 'waiting', why: 'ContainerCreating' }],
  ['its image is away', waiting('ErrImagePull', 'not found'), { state: 'failed', why: 'ErrImagePull: not found' }],
  ['its image is never pulled', waiting('ErrImageNeverPull'), { state: 'failed', why: 'ErrImageNeverPull' }],
  [
    'it runs',
    { phase: 'Running', containerStatuses: [{ name: 'importer', state: { running: {} } }] },
    { state: 'running' },
  ],
  [
    'it was evicted',
    { phase: 'Failed', reason: 'Evicted', message: 'the node was low on memory' },
    { state: 'failed', why: 'Evicted: the node was low on memory' },
  ],
  [
    'it ended by itself',
    {
      phase: 'Succeeded',
      containerStatuses: [{ name: 'importer', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    },
    { state: 'failed', why: 'Completed' },
  ],
]
for (const [title, status, start] of STARTS) {
  test(`of a pod it is told how its start stands when ${title}`, () => {
    assert.deepEqual(podStart(podOf(status)), start)
  })
}

test('an import pod has no token, no secret and nothing to write to but its claim', () => {
  const spec = importPod({ namespace: 'quant', name: 'hindcast-import-1' }, PLACE).spec as {
    containers: readonly { securityContext: object; volumeMounts: readonly object[]; env?: object; image: string }[]
    volumes: readonly object[]
    automountServiceAccountToken: boolean
    securityContext: { runAsUser: number; runAsNonRoot: boolean }
  }
  const [container] = spec.containers
  assert.equal(spec.automountServiceAccountToken, false)
  assert.deepEqual([spec.securityContext.runAsUser, spec.securityContext.runAsNonRoot], [1000, true])
  assert.deepEqual(container!.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  assert.deepEqual([container!.env, container!.image], [undefined, 'registry/runner:1'])
  assert.deepEqual(container!.volumeMounts, [{ name: 'store', mountPath: '/store' }])
  assert.deepEqual(spec.volumes, [{ name: 'store', persistentVolumeClaim: { claimName: 'results' } }])
})

test('the receiver writes where runners look for datasets', () => {
  assert.equal(receiverCommand(PLACE).at(-1), 'file:///store/.datasets?claim=results')
})

const SETTINGS = {
  HINDCAST_RUNNER_IMAGE: 'registry/runner:1',
  HINDCAST_RUNNER_PULL_POLICY: 'Never',
  HINDCAST_STORE: 'pvc:results',
  BACKTEST_JOB_MEMORY_LIMIT: String(2 ** 31),
}

test('an installation says image, claim, pull policy and memory; a flag wins over it', () => {
  assert.deepEqual(placeOf('quant', SETTINGS, {}), PLACE)
  const { claim, image } = placeOf('quant', SETTINGS, { claim: 'other', image: 'mine' })
  assert.deepEqual([claim, image], ['other', 'mine'])
})

const REFUSED: readonly [title: string, settings: Parameters<typeof placeOf>[1], why: RegExp][] = [
  ['without an installation', null, /no ConfigMap hindcast-operator in namespace quant.*--claim.*--image/],
  ['of a bucket', { ...SETTINGS, HINDCAST_STORE: 's3://bucket/x' }, /s3:\/\/bucket\/x: push with --store/],
  ['without an image', { HINDCAST_STORE: 'pvc:results' }, /give --image/],
]
for (const [title, settings, why] of REFUSED) {
  test(`a namespace ${title} is refused with what to do`, () => {
    assert.throws(
      () => placeOf('quant', settings, {}),
      (error) => error instanceof HindcastError && error.code === 'cluster_refused' && why.test(error.message),
    )
  })
}
