import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HindcastError } from '../core/errors.ts'
import { loadRunnerConfig, RUNNER_VARIABLES } from './config.ts'

const COMPLETE = {
  DATABASE_URL: 'postgres://u:s3cret@db:5432/hindcast',
  REDIS_URL: 'redis://u:s3cret@redis:6379',
  HINDCAST_JOB_ID: '0123456789abcdef0123456789abcdef',
  HINDCAST_ATTEMPT: '3',
  HINDCAST_NAMESPACE: 'research',
  HINDCAST_NAME: 'momentum-2015',
  HINDCAST_POD_UID: '7c7a7f9e-8d8b-4b9f-9a42-0f4f7f7f7f7f',
  HINDCAST_POD_NAME: 'momentum-2015-0a1b2c3d-a3-x7k2p',
  HINDCAST_DATASETS: '/datasets',
  HINDCAST_ARTIFACTS: 'file:///artifacts?claim=results',
  HINDCAST_SCRATCH: '/scratch',
}

test('a pod with the required variables gets the defaults of the design', () => {
  const config = loadRunnerConfig(COMPLETE)
  assert.deepEqual(config, {
    databaseUrl: COMPLETE.DATABASE_URL,
    redisUrl: COMPLETE.REDIS_URL,
    jobId: COMPLETE.HINDCAST_JOB_ID,
    attempt: 3,
    index: 0,
    parallelism: 1,
    namespace: 'research',
    name: 'momentum-2015',
    podUid: COMPLETE.HINDCAST_POD_UID,
    podName: COMPLETE.HINDCAST_POD_NAME,
    nodeName: null,
    datasets: { kind: 'files', root: '/datasets', claim: null },
    artifacts: { kind: 'files', root: '/artifacts', claim: 'results' },
    scratchDir: '/scratch',
    terminationLog: '/dev/termination-log',
    timeoutSeconds: 3600,
    memoryLimitBytes: 4_294_967_296,
    threads: 1,
    imageDigest: null,
    requestId: null,
    logLevel: 'info',
    clocks: {
      beatMs: 5_000,
      rowBeatMs: 10_000,
      databaseStartMs: 120_000,
      commitTriesMs: 300_000,
      settleTriesMs: 20_000,
      retryFirstMs: 1_000,
      retryMostMs: 30_000,
      redisCallMs: 1_000,
      redisPauseMs: 30_000,
      graceMs: 15_000,
    },
    pace: null,
  })
})

test('an empty environment is told everything that is missing at once, by name', () => {
  assert.throws(
    () => loadRunnerConfig({}),
    (error: HindcastError) => {
      for (const name of Object.keys(COMPLETE)) assert.match(error.message, new RegExp(`${name} is not set`))
      return error.code === 'environment_invalid'
    },
  )
})

const FAULTS: readonly [name: string, value: string][] = [
  ['DATABASE_URL', 'mysql://x'],
  ['REDIS_URL', 'redis'],
  ['HINDCAST_JOB_ID', '../../etc'],
  ['HINDCAST_JOB_ID', '0123456789ABCDEF0123456789ABCDEF'],
  ['HINDCAST_ATTEMPT', '0'],
  ['HINDCAST_ATTEMPT', '1e3'],
  ['HINDCAST_INDEX', '1'],
  ['JOB_COMPLETION_INDEX', '64'],
  ['HINDCAST_PARALLELISM', '65'],
  ['HINDCAST_NAMESPACE', 'a/b'],
  ['HINDCAST_NAME', 'A'],
  ['HINDCAST_POD_UID', 'a b'],
  ['HINDCAST_POD_NAME', '../x'],
  ['HINDCAST_DATASETS', 'datasets'],
  ['HINDCAST_ARTIFACTS', 's3://key:secret@bucket'],
  ['HINDCAST_SCRATCH', 'scratch'],
  ['HINDCAST_TERMINATION_LOG', 'log'],
  ['BACKTEST_JOB_TIMEOUT', '299'],
  ['BACKTEST_JOB_MEMORY_LIMIT', '4Gi'],
  ['HINDCAST_THREADS', '0'],
  ['HINDCAST_IMAGE_DIGEST', 'a b'],
  ['HINDCAST_LOG_LEVEL', 'loud'],
  ['HINDCAST_BEAT_MS', '0'],
  ['HINDCAST_ENV', 'staging'],
  ['HINDCAST_TEST_PACE_MS', '5'],
  ['HINDCAST_TEST_BALLAST_MIB', '512@2015-06-30'],
]
for (const [name, value] of FAULTS) {
  test(`${name}=${value} is refused by its name`, () => {
    assert.throws(() => loadRunnerConfig({ ...COMPLETE, [name]: value }), {
      code: 'environment_invalid',
      message: new RegExp(name),
    })
  })
}

test('a URL that is refused is not repeated, because it holds a password', () => {
  const bad = { ...COMPLETE, DATABASE_URL: 'mysql://u:s3cret@db', REDIS_URL: 's3cret' }
  assert.throws(
    () => loadRunnerConfig(bad),
    (error: HindcastError) => !error.message.includes('s3cret'),
  )
})

test("the index is Hindcast's own, else the one that Kubernetes gives", () => {
  const parallel = { ...COMPLETE, HINDCAST_PARALLELISM: '4', JOB_COMPLETION_INDEX: '3' }
  assert.equal(loadRunnerConfig(parallel).index, 3)
  assert.equal(loadRunnerConfig({ ...parallel, HINDCAST_INDEX: '2' }).index, 2)
})

test('an index outside its parallelism is refused', () => {
  assert.throws(() => loadRunnerConfig({ ...COMPLETE, HINDCAST_PARALLELISM: '4', HINDCAST_INDEX: '4' }), {
    message: /HINDCAST_INDEX=4 lies outside the 4 pods/,
  })
})

test('a bucket takes its keys from the environment and shows them to nobody', () => {
  const env = { HINDCAST_S3_ACCESS_KEY_ID: 'AKID', HINDCAST_S3_SECRET_ACCESS_KEY: 's3cret' }
  const config = loadRunnerConfig({ ...COMPLETE, ...env, HINDCAST_ARTIFACTS: 's3://results/hindcast' })
  assert.ok(config.artifacts.kind === 's3')
  assert.deepEqual([config.artifacts.bucket, config.artifacts.scratchDir], ['results', '/scratch'])
  assert.ok(!JSON.stringify(config).includes('"s3cret"'))
  assert.throws(() => loadRunnerConfig({ ...COMPLETE, HINDCAST_ARTIFACTS: 's3://results' }), {
    message: /HINDCAST_ARTIFACTS: .*HINDCAST_S3_ACCESS_KEY_ID/,
  })
})

test('pace is read in tests alone', () => {
  const env = { ...COMPLETE, HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '20' }
  assert.deepEqual(loadRunnerConfig(env).pace, { msPerDate: 20, ballastMib: 0, ballastDate: null })
})

test('the reference page names every variable', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/reference/runner-environment.md'), 'utf8')
  for (const { name } of RUNNER_VARIABLES) assert.ok(page.includes(`\`${name}\``), name)
})

test('every variable has one name and says what it allows', () => {
  assert.equal(new Set(RUNNER_VARIABLES.map(({ name }) => name)).size, RUNNER_VARIABLES.length)
  assert.ok(RUNNER_VARIABLES.every(({ allowed }) => allowed.length > 5))
})
