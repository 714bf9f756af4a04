import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { KubeError, type KubeErrorCode } from '../kube/kube-error.ts'
import type { KubeObject } from '../kube/object.ts'
import { createVirtualClock } from '../test/world/virtual-clock.ts'
import { createCleaner } from './cleaner.ts'
import { loadOperatorConfig } from './config.ts'

const ENV = {
  DATABASE_URL: 'postgres://a@b/c',
  REDIS_URL: 'redis://b',
  HINDCAST_NAMESPACE: 'research',
  HINDCAST_RUNNER_IMAGE: 'runner:1',
  HINDCAST_STORE: 'pvc:results',
}

/** A cleaner whose API server answers so, one answer after the other and then well. */
function cleanerOf(answers: readonly KubeErrorCode[] = [], env: object = { HINDCAST_CLEANUP_IMAGE: 'cli:1' }) {
  const clock = createVirtualClock()
  const made: KubeObject[] = []
  let asked = 0
  const cleaner = createCleaner({
    cluster: {
      create: async (object) => {
        const refusal = answers[asked]
        asked += 1
        if (refusal !== undefined) throw new KubeError(refusal, refusal)
        made.push(object)
        return object
      },
    },
    clock,
    config: loadOperatorConfig({ ...ENV, ...env }),
    log: () => {},
    mayAct: () => true,
  })
  return { clock, made, cleaner, asked: () => asked }
}

test('a clean-up that many ask for runs once, and not before a runner had its grace', async () => {
  const { clock, made, cleaner } = cleanerOf()
  for (let i = 0; i < 50; i += 1) cleaner.need('research')
  await clock.advance(15_000)
  assert.equal(made.length, 0)
  await clock.advance(10_000)
  assert.deepEqual(
    made.map((job) => [job.metadata.namespace, job.metadata.name]),
    [['research', 'hindcast-cleanup']],
  )
})

test('what is asked for while one runs is done by another, soon after its name is free', async () => {
  const { clock, made, cleaner } = cleanerOf(['already_exists', 'unavailable'])
  cleaner.need('research')
  await clock.advance(60_000)
  assert.equal(made.length, 1)
})

test('what the namespace forbids is not tried for ever', async () => {
  const { clock, asked, cleaner } = cleanerOf(['forbidden', 'forbidden'])
  cleaner.need('research')
  await clock.advance(600_000)
  assert.equal(asked(), 1)
})

test('without an image of the command line nothing is started', async () => {
  const { clock, asked, cleaner } = cleanerOf([], {})
  cleaner.need('research')
  await clock.advance(600_000)
  assert.equal(asked(), 0)
})

test('the clean-up has the namespace’s own account and keys, no token, and holds no slot', async () => {
  const { clock, made, cleaner } = cleanerOf()
  cleaner.need('lab')
  await clock.advance(30_000)
  const [job] = made
  assert.ok(job !== undefined)
  const { spec } = (job.spec as { template: { spec: Record<string, unknown> } }).template
  assert.deepEqual([spec.serviceAccountName, spec.automountServiceAccountToken], ['hindcast-runner', false])
  assert.notEqual(job.metadata.labels?.['app.kubernetes.io/managed-by'], 'hindcast')
  const text = JSON.stringify(job)
  assert.ok(text.includes('"value":"lab"') && text.includes('file:///store?claim=results'))
})
