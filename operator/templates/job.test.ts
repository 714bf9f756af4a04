import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KubeObject } from '../../kube/object.ts'
import type { Attempt } from '../../storage/ledger/ledger.ts'
import { attempt, JOB_ID, ME, opened } from '../../test/operator/observed.ts'
import { loadOperatorConfig } from '../config.ts'
import { jobNameOf, jobOf } from './job.ts'

const ENVIRONMENT = {
  DATABASE_URL: 'postgres://operator:secret@db/hindcast',
  REDIS_URL: 'redis://:secret@redis',
  HINDCAST_NAMESPACE: 'hindcast',
  HINDCAST_RUNNER_IMAGE: `registry/runner@sha256:${'ab'.repeat(32)}`,
  HINDCAST_STORE: 'pvc:results',
}
const config = (change: Readonly<Record<string, string>> = {}) => loadOperatorConfig({ ...ENVIRONMENT, ...change })

function make(change: Partial<Attempt> = {}, more: { config?: ReturnType<typeof config>; object?: KubeObject } = {}) {
  const row = attempt(change)
  const seen = { ...opened, attempt: row }
  return jobOf({ seen, object: more.object ?? null, requestId: null }, row.attempt, more.config ?? config()) as Job
}

interface Job extends KubeObject {
  readonly spec: {
    readonly [field: string]: unknown
    readonly template: {
      readonly metadata: object
      readonly spec: { readonly [field: string]: unknown; readonly containers: readonly Container[] }
    }
  }
}
type Container = { readonly [field: string]: unknown; readonly env: readonly Env[] }
type Env = {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly secretKeyRef?: { name: string; key: string } }
}

const podOf = (job: Job) => job.spec.template.spec
const runnerOf = (job: Job) => podOf(job).containers[0] as Container
const envOf = (job: Job) => Object.fromEntries(runnerOf(job).env.map((one) => [one.name, one.value ?? one.valueFrom]))

/** Paths of every leaf, list positions left out: what a Job of ours can ever contain. */
function fieldsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, `${at}[]`))
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([key, item]) => fieldsOf(item, at === '' ? key : `${at}.${key}`))
}

const POD_FIELDS = [
  'activeDeadlineSeconds',
  'automountServiceAccountToken',
  'containers[].env[].name',
  'containers[].env[].value',
  'containers[].env[].valueFrom.fieldRef.fieldPath',
  'containers[].env[].valueFrom.secretKeyRef.key',
  'containers[].env[].valueFrom.secretKeyRef.name',
  'containers[].image',
  'containers[].imagePullPolicy',
  'containers[].name',
  'containers[].resources.limits.ephemeral-storage',
  'containers[].resources.limits.memory',
  'containers[].resources.requests.cpu',
  'containers[].resources.requests.ephemeral-storage',
  'containers[].resources.requests.memory',
  'containers[].securityContext.allowPrivilegeEscalation',
  'containers[].securityContext.capabilities.drop[]',
  'containers[].securityContext.readOnlyRootFilesystem',
  'containers[].terminationMessagePolicy',
  'containers[].volumeMounts[].mountPath',
  'containers[].volumeMounts[].name',
  'enableServiceLinks',
  'priorityClassName',
  'restartPolicy',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.runAsGroup',
  'securityContext.runAsNonRoot',
  'securityContext.runAsUser',
  'securityContext.seccompProfile.type',
  'serviceAccountName',
  'terminationGracePeriodSeconds',
  'tolerations[].effect',
  'tolerations[].key',
  'tolerations[].operator',
  'tolerations[].tolerationSeconds',
  'volumes[].emptyDir.sizeLimit',
  'volumes[].name',
  'volumes[].persistentVolumeClaim.claimName',
]

const JOB_FIELDS = [
  'backoffLimit',
  'completionMode',
  'completions',
  'parallelism',
  'podFailurePolicy.rules[].action',
  'podFailurePolicy.rules[].onExitCodes.containerName',
  'podFailurePolicy.rules[].onExitCodes.operator',
  'podFailurePolicy.rules[].onExitCodes.values[]',
  'podFailurePolicy.rules[].onPodConditions[].status',
  'podFailurePolicy.rules[].onPodConditions[].type',
  'podReplacementPolicy',
  'suspend',
]

const unique = (list: readonly string[]) => [...new Set(list)].sort()

test('a pod has these fields and no other', () => {
  assert.deepEqual(unique(fieldsOf(podOf(make()))), POD_FIELDS)
})

test('a Job has these fields and no other', () => {
  const { template: _, ...spec } = make().spec
  assert.deepEqual(unique(fieldsOf(spec)), JOB_FIELDS)
})

test('whatever stands in a resource, only its names, its queue and four numbers get through', () => {
  const word = fc.string({ minLength: 1, maxLength: 20 })
  const marked = word.map((text) => `EVIL${text}`)
  fc.assert(
    fc.property(marked, marked, marked, (label, value, deep) => {
      const object = {
        apiVersion: 'hindcast.dev/v1alpha1',
        kind: 'Backtest',
        metadata: {
          name: 'momentum-2015',
          labels: { [label]: value, 'hindcast.dev/job-id': value },
          annotations: { [label]: value },
        },
        spec: {
          image: deep,
          serviceAccountName: deep,
          podSpec: { volumes: [deep] },
          env: [{ name: deep, value: deep }],
        },
        status: { jobName: deep },
      }
      assert.ok(!JSON.stringify(make({}, { object })).includes('EVIL'))
    }),
    { numRuns: 100 },
  )
})

test('of a resource its queue and the priority in it are copied, and make the Job wait for the queue', () => {
  const labels = {
    'kueue.x-k8s.io/queue-name': 'research',
    'kueue.x-k8s.io/priority-class': 'low',
    'kueue.x-k8s.io/other': 'x',
    team: 'quant',
  }
  const object = { apiVersion: 'hindcast.dev/v1alpha1', kind: 'Backtest', metadata: { name: 'momentum-2015', labels } }
  const job = make({}, { object })
  assert.equal(job.metadata.labels?.['kueue.x-k8s.io/queue-name'], 'research')
  assert.equal(job.metadata.labels?.['kueue.x-k8s.io/priority-class'], 'low')
  assert.deepEqual(Object.keys(job.metadata.labels ?? {}).filter((key) => !/hindcast|managed-by/.test(key)).length, 2)
  assert.equal(job.spec.suspend, true)
  assert.equal(make().spec.suspend, false)
})

test('exit 78 is ignored before anything else, a disruption fails the Job before an exit code can', () => {
  const { rules } = make().spec.podFailurePolicy as { rules: readonly object[] }
  assert.deepEqual(rules, [
    { action: 'Ignore', onExitCodes: { containerName: 'runner', operator: 'In', values: [78] } },
    { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { containerName: 'runner', operator: 'NotIn', values: [0] } },
  ])
})

test('a Job never tries again by itself, has no deadline and no time to live', () => {
  const { spec } = make()
  assert.deepEqual([spec.backoffLimit, spec.podReplacementPolicy], [0, 'Failed'])
  assert.deepEqual(
    ['activeDeadlineSeconds', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'managedBy'].filter(
      (key) => key in spec,
    ),
    [],
  )
})

test('the pod ends 420 s after its timeout, with a grace of 15 s, and leaves a dead node after 20 s', () => {
  const pod = podOf(make({ timeout: 600 }))
  assert.deepEqual(
    [pod.activeDeadlineSeconds, pod.terminationGracePeriodSeconds, pod.restartPolicy],
    [1020, 15, 'Never'],
  )
  const tolerations = pod.tolerations as readonly { key: string; tolerationSeconds: number }[]
  assert.deepEqual(
    tolerations.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 20],
      ['node.kubernetes.io/unreachable', 20],
    ],
  )
})

test('the pod meets the restricted standard, and has no token', () => {
  const pod = podOf(make())
  assert.deepEqual([pod.automountServiceAccountToken, pod.enableServiceLinks], [false, false])
  assert.equal(pod.serviceAccountName, 'hindcast-runner')
  assert.deepEqual(pod.securityContext, {
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  })
  assert.deepEqual(runnerOf(make()).securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
})

test('memory is asked for and limited alike, processors are only asked for', () => {
  const { resources } = runnerOf(make({ memoryLimit: 536_870_912, cpu: 2.5 })) as Container as unknown as {
    resources: { requests: object; limits: object }
  }
  assert.deepEqual(resources.requests, { cpu: '2500m', memory: '536870912', 'ephemeral-storage': '64Mi' })
  assert.deepEqual(resources.limits, { memory: '536870912', 'ephemeral-storage': String(10 * 1024 ** 3) })
})

test('secrets come by reference from the one Secret, and no value of the operator gets into the pod', () => {
  const job = make({}, { config: config({ HINDCAST_STORE: 's3://bucket/hindcast' }) })
  assert.ok(!JSON.stringify(job).includes('secret@'))
  const keys = runnerOf(job).env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
  assert.ok(keys.every(({ name }) => name === 'hindcast-runner'))
  assert.deepEqual(
    keys.map(({ key }) => key),
    [
      'DATABASE_URL',
      'REDIS_URL',
      'HINDCAST_S3_ACCESS_KEY_ID',
      'HINDCAST_S3_SECRET_ACCESS_KEY',
      'HINDCAST_S3_SESSION_TOKEN',
      'HINDCAST_S3_ENDPOINT',
      'HINDCAST_S3_REGION',
    ],
  )
})

test('a claim is mounted, a bucket is not', () => {
  const names = (job: Job) => (podOf(job).volumes as readonly { name: string }[]).map(({ name }) => name)
  assert.deepEqual(names(make()), ['scratch', 'store'])
  assert.deepEqual(names(make({}, { config: config({ HINDCAST_STORE: 's3://bucket/hindcast' }) })), ['scratch'])
})

test('datasets lie where no namespace can write', () => {
  const pvc = envOf(make())
  assert.deepEqual(
    [pvc.HINDCAST_ARTIFACTS, pvc.HINDCAST_DATASETS],
    ['file:///store?claim=results', 'file:///store/.datasets?claim=results'],
  )
  const s3 = envOf(make({}, { config: config({ HINDCAST_STORE: 's3://bucket/hindcast/' }) }))
  assert.deepEqual(
    [s3.HINDCAST_ARTIFACTS, s3.HINDCAST_DATASETS],
    ['s3://bucket/hindcast', 's3://bucket/hindcast/.datasets'],
  )
})

test('a parallel attempt is one Indexed Job of its pods', () => {
  const { spec } = make({ parallelism: 4 })
  assert.deepEqual([spec.completionMode, spec.completions, spec.parallelism], ['Indexed', 4, 4])
  assert.equal(envOf(make({ parallelism: 4 })).HINDCAST_PARALLELISM, '4')
  assert.equal(make().spec.completionMode, 'NonIndexed')
})

test('the resource owns its Job', () => {
  assert.deepEqual(make().metadata.ownerReferences, [
    { apiVersion: 'hindcast.dev/v1alpha1', kind: 'Backtest', name: 'momentum-2015', uid: ME, controller: true },
  ])
})

test('labels tell job, attempt, kind and priority, on Job and pod', () => {
  const job = make({ priority: 'high' })
  const own = {
    'hindcast.dev/job-id': JOB_ID,
    'hindcast.dev/attempt': '1',
    'hindcast.dev/kind': 'Backtest',
    'hindcast.dev/priority': 'high',
    'app.kubernetes.io/managed-by': 'hindcast',
  }
  assert.deepEqual(job.metadata.labels, own)
  assert.deepEqual(job.spec.template.metadata, { labels: own })
  assert.equal(podOf(job).priorityClassName, 'hindcast-high')
})

test('the pacing of tests goes on only from an operator in test mode', () => {
  assert.equal(envOf(make()).HINDCAST_ENV, undefined)
  const paced = config({
    HINDCAST_ENV: 'test',
    HINDCAST_TEST_PACE_MS: '20',
    HINDCAST_TEST_BALLAST_MIB: '300@2015-06-30',
  })
  const env = envOf(make({}, { config: paced }))
  assert.deepEqual(
    [env.HINDCAST_ENV, env.HINDCAST_TEST_PACE_MS, env.HINDCAST_TEST_BALLAST_MIB],
    ['test', '20', '300@2015-06-30'],
  )
})

test('threads are the whole part of the processors, at least one', () => {
  assert.equal(envOf(make({ cpu: 3.9 })).HINDCAST_THREADS, '3')
  assert.equal(envOf(make({ cpu: 0.1 })).HINDCAST_THREADS, '1')
})

test('the name of a Job has at most 63 characters, whatever name and attempt', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
      fc.uuid(),
      fc.integer({ min: 1, max: 2_147_483_647 }),
      (name, uid, number) => {
        assert.match(jobNameOf({ name, uid }, number), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
      },
    ),
  )
  assert.equal(jobNameOf({ name: 'momentum-2015', uid: ME }, 3), 'momentum-2015-1a2b3c4d-a3')
})

test('a Job is made for the newest attempt alone', () => {
  assert.throws(() => jobOf({ seen: opened, object: null, requestId: null }, 2, config()), /newest attempt/)
})
