import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { loadOperatorConfig } from '../../operator/config.ts'
import { jobOf } from '../../operator/templates/job.ts'
import { loadRunnerConfig, RUNNER_VARIABLES } from '../../runner/config.ts'
import { attempt, JOB_ID, opened } from '../operator/observed.ts'

/** What the Secret `hindcast-runner` of a namespace holds, and what Kubernetes fills in. */
const SECRET: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://runner:pw@db/hindcast',
  REDIS_URL: 'redis://redis:6379',
  HINDCAST_S3_ACCESS_KEY_ID: 'key',
  HINDCAST_S3_SECRET_ACCESS_KEY: 'secret',
}
const POD: Readonly<Record<string, string>> = {
  'metadata.uid': '3c1d1f2e-0000-4000-8000-00000000000a',
  'metadata.name': 'momentum-2015-1a2b3c4d-a1-x7k2p',
  'spec.nodeName': 'node-a',
}

type Value = { secretKeyRef?: { key: string; optional?: boolean }; fieldRef?: { fieldPath: string } }
type Spec = { template: { spec: { containers: [{ env: { name: string; value?: string; valueFrom?: Value }[] }] } } }

/** The environment a pod of the Job finds, as Kubernetes resolves it. */
function environment(store: string, change: Readonly<Record<string, string>> = {}): Record<string, string> {
  const config = loadOperatorConfig({
    DATABASE_URL: 'postgres://operator:pw@db/hindcast',
    REDIS_URL: 'redis://redis:6379',
    HINDCAST_NAMESPACE: 'hindcast',
    HINDCAST_RUNNER_IMAGE: `registry/runner@sha256:${'ab'.repeat(32)}`,
    HINDCAST_STORE: store,
    ...change,
  })
  const seen = { ...opened, attempt: attempt({ parallelism: 2, cpu: 4, timeout: 900 }) }
  const { spec } = jobOf({ seen, object: null, requestId: 'req-1' }, 1, config)
  const env: Record<string, string> = { JOB_COMPLETION_INDEX: '1' }
  for (const { name, value, valueFrom } of (spec as Spec).template.spec.containers[0].env) {
    const found = value ?? SECRET[valueFrom?.secretKeyRef?.key ?? ''] ?? POD[valueFrom?.fieldRef?.fieldPath ?? '']
    assert.ok(found !== undefined || valueFrom?.secretKeyRef?.optional === true, `${name} has no value`)
    if (found !== undefined) env[name] = found
  }
  return env
}

for (const store of ['pvc:results', 's3://bucket/hindcast']) {
  test(`the runner accepts what the operator's Job gives it (${store})`, () => {
    const config = loadRunnerConfig(environment(store))
    assert.deepEqual(
      [config.jobId, config.attempt, config.index, config.parallelism, config.threads, config.timeoutSeconds],
      [JOB_ID, 1, 1, 2, 4, 900],
    )
    assert.deepEqual([config.namespace, config.name, config.requestId], ['research', 'momentum-2015', 'req-1'])
    assert.equal(config.artifacts.kind, store.startsWith('pvc') ? 'files' : 's3')
    assert.equal(config.imageDigest, `sha256:${'ab'.repeat(32)}`)
  })
}

test('every variable of the Job is one that the runner reads, or a key of its store', () => {
  const known = new Set(RUNNER_VARIABLES.map(({ name }) => name))
  const test = { HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '5', HINDCAST_TEST_BALLAST_MIB: '64@2015-06-30' }
  const unread = Object.keys(environment('s3://bucket', test)).filter((name) => !known.has(name))
  assert.deepEqual(
    unread.filter((name) => !/^HINDCAST_(?:S3_|ENV$|TEST_)/.test(name)),
    [],
  )
})

test('the pacing of a test reaches the runner', () => {
  const paced = environment('pvc:results', { HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '5' })
  assert.equal(loadRunnerConfig(paced).pace?.msPerDate, 5)
})
