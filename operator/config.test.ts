import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadOperatorConfig, OPERATOR_VARIABLES } from './config.ts'

/** All that is required, and nothing else. */
const REQUIRED = {
  DATABASE_URL: 'postgres://hindcast:s3cret@db:5432/hindcast',
  REDIS_URL: 'redis://:s3cret@redis:6379',
  HINDCAST_NAMESPACE: 'research',
  HINDCAST_RUNNER_IMAGE: 'example/hindcast-runner@sha256:00ff',
  HINDCAST_STORE: 'pvc:hindcast',
}

test('without more than what is required, slots, limits and clocks are those of the design', () => {
  const config = loadOperatorConfig(REQUIRED)
  assert.deepEqual(
    [config.slotsPerPriority, config.slots, config.timeoutSeconds, config.memoryLimitBytes],
    [2, 6, 3600, 4_294_967_296],
  )
  assert.deepEqual([config.namespaces, config.kubeconfig, config.pace], [['research'], null, null])
  assert.deepEqual(config.clocks, {
    retryMs: [60_000, 300_000, 900_000],
    beatLookMs: 5_000,
    beatLostMs: 30_000,
    noProgressMs: 600_000,
    cancelDeleteMs: 10_000,
    cancelForceMs: 20_000,
    cancelSettleMs: 25_000,
    ageingMs: 1_800_000,
    unschedulableMs: 900_000,
    startLimitMs: 86_400_000,
    imagePullMs: 900_000,
    quotaRetryMs: 30_000,
    resyncMs: 600_000,
    sweepMs: 3_600_000,
    cleanupMs: 3_600_000,
    cleanupSoonMs: 20_000,
    statusMs: 10_000,
    leaseMs: 15_000,
    leaseRenewMs: 10_000,
    leaseRetryMs: 2_000,
    drainMs: 10_000,
    graceMs: 15_000,
    deadlineAllowanceMs: 420_000,
    nodeTolerationMs: 20_000,
  })
})

test('an empty environment is told everything it lacks at once', () => {
  assert.throws(
    () => loadOperatorConfig({}),
    (error: Error) => Object.keys(REQUIRED).every((name) => error.message.includes(`${name} is not set`)),
  )
})

const values: readonly [name: string, value: string, allowed: boolean][] = [
  ['HINDCAST_STORE', 'pvc:results', true],
  ['HINDCAST_STORE', 's3://bucket/some/prefix', true],
  ['HINDCAST_STORE', 's3://bucket/../other', false],
  ['HINDCAST_STORE', '/srv/hindcast', false],
  ['HINDCAST_NAMESPACES', 'a,b', true],
  ['HINDCAST_NAMESPACES', 'a, b', false],
  ['HINDCAST_NAMESPACES', 'Upper', false],
  ['HINDCAST_RETRY_MS', '1,2,3', true],
  ['HINDCAST_RETRY_MS', '1,2', false],
  ['HINDCAST_RETRY_MS', '0,2,3', false],
  ['BACKTEST_MAX_WORKERS', '0', false],
  ['BACKTEST_JOB_TIMEOUT', '299', false],
  ['BACKTEST_JOB_MEMORY_LIMIT', '536870911', false],
  ['HINDCAST_RUNNER_PULL_POLICY', 'always', false],
  ['HINDCAST_LOG_LEVEL', 'trace', false],
  ['HINDCAST_INSTALLATION_ID', 'mine', false],
  ['HINDCAST_RUNNER_IMAGE', '-x', false],
  ['KUBECONFIG', 'relative', false],
  ['HINDCAST_TEST_PACE_MS', '5', false],
]
for (const [name, value, allowed] of values) {
  test(`${name}="${value}" is ${allowed ? 'allowed' : 'refused by its name'}`, () => {
    const env = { ...REQUIRED, [name]: value }
    if (allowed) loadOperatorConfig(env)
    else assert.throws(() => loadOperatorConfig(env), { code: 'environment_invalid', message: new RegExp(name) })
  })
}

test('slots in all follow the slots of a priority', () => {
  assert.equal(loadOperatorConfig({ ...REQUIRED, BACKTEST_MAX_WORKERS: '5' }).slots, 15)
  assert.equal(loadOperatorConfig({ ...REQUIRED, BACKTEST_MAX_WORKERS: '5', HINDCAST_SLOTS: '7' }).slots, 7)
})

test('clocks that would overtake each other are refused', () => {
  assert.throws(() => loadOperatorConfig({ ...REQUIRED, HINDCAST_CANCEL_FORCE_MS: '9000' }), {
    message: /HINDCAST_CANCEL_DELETE_MS=10000 must be less than HINDCAST_CANCEL_FORCE_MS=9000/,
  })
})

test('a bad URL is refused without its password', () => {
  for (const name of ['DATABASE_URL', 'REDIS_URL']) {
    assert.throws(
      () => loadOperatorConfig({ ...REQUIRED, [name]: 'mysql://u:s3cret@host/x' }),
      (error: Error) => error.message.includes(name) && !error.message.includes('s3cret'),
    )
  }
})

test('every variable has a name of its own', () => {
  const names = OPERATOR_VARIABLES.map((variable) => variable.name)
  assert.equal(new Set(names).size, names.length)
})

test('the reference page says of every variable what is allowed', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/reference/operator-environment.md'), 'utf8')
  for (const { name, allowed } of OPERATOR_VARIABLES) {
    assert.ok(page.includes(`| \`${name}\` |`) && page.includes(allowed), name)
  }
})
