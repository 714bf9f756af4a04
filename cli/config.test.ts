import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { loadConfig } from './config.ts'

const TEST = { HINDCAST_ENV: 'test' }

test('an empty environment gives the defaults of the seed', () => {
  const config = loadConfig({})
  assert.equal(config.jobTimeoutSeconds, 3600)
  assert.equal(config.jobMemoryLimitBytes, 4_294_967_296)
  assert.deepEqual([config.home, config.pace, config.debug, config.noColor], [null, null, false, false])
})

test('an empty text counts as absent', () => {
  assert.equal(loadConfig({ HINDCAST_HOME: '', BACKTEST_JOB_TIMEOUT: '' }).home, null)
})

const bounds: readonly [name: string, value: string, allowed: boolean][] = [
  ['BACKTEST_JOB_TIMEOUT', '299', false],
  ['BACKTEST_JOB_TIMEOUT', '300', true],
  ['BACKTEST_JOB_TIMEOUT', '14400', true],
  ['BACKTEST_JOB_TIMEOUT', '14401', false],
  ['BACKTEST_JOB_TIMEOUT', '3e3', false],
  ['BACKTEST_JOB_TIMEOUT', ' 300', false],
  ['BACKTEST_JOB_MEMORY_LIMIT', '536870911', false],
  ['BACKTEST_JOB_MEMORY_LIMIT', '536870912', true],
  ['BACKTEST_JOB_MEMORY_LIMIT', '4Gi', false],
  ['HINDCAST_LOCK_WAIT_MS', '0', true],
  ['HINDCAST_LOCK_WAIT_MS', '-1', false],
  ['HINDCAST_DEBUG', 'TRUE', true],
  ['HINDCAST_DEBUG', 'yes', false],
  ['HINDCAST_ENV', 'staging', false],
]
for (const [name, value, allowed] of bounds) {
  test(`${name}="${value}" is ${allowed ? 'allowed' : 'refused by name, value and what is allowed'}`, () => {
    if (allowed) return void loadConfig({ [name]: value })
    const message = new RegExp(`${name}="${value.replace('.', '\\.')}": allowed is `)
    assert.throws(() => loadConfig({ [name]: value }), { code: 'environment_invalid', message })
  })
}

test('all faults are told at once', () => {
  assert.throws(() => loadConfig({ BACKTEST_JOB_TIMEOUT: 'x', HINDCAST_DEBUG: 'x' }), {
    message: /BACKTEST_JOB_TIMEOUT.*HINDCAST_DEBUG|HINDCAST_DEBUG.*BACKTEST_JOB_TIMEOUT/,
  })
})

for (const name of ['HINDCAST_TEST_PACE_MS', 'HINDCAST_TEST_BALLAST_MIB']) {
  for (const mode of [{}, { HINDCAST_ENV: 'production' }, { HINDCAST_ENV: 'ci' }]) {
    test(`${name} is refused with ${JSON.stringify(mode)}, whatever it says`, () => {
      assert.throws(() => loadConfig({ ...mode, [name]: '0' }), {
        code: 'environment_invalid',
        message: new RegExp(`${name} is for tests`),
      })
    })
  }
}

test('pace and ballast are read in tests', () => {
  const env = { ...TEST, HINDCAST_TEST_PACE_MS: '20', HINDCAST_TEST_BALLAST_MIB: '512@1970-01-11' }
  assert.deepEqual(loadConfig(env).pace, { msPerDate: 20, ballastMib: 512, ballastDate: 10 })
})

for (const text of [
  '512',
  '512@',
  '@2015-01-02',
  '512@2015-02-30',
  '512@2015-01-02@x',
  '99999@2015-01-02',
  '-1@2015-01-02',
]) {
  test(`a ballast of "${text}" is refused`, () => {
    assert.throws(() => loadConfig({ ...TEST, HINDCAST_TEST_BALLAST_MIB: text }), { code: 'environment_invalid' })
  })
}

test('a long value is cut in the message', () => {
  assert.throws(
    () => loadConfig({ HINDCAST_ENV: 'x'.repeat(5000) }),
    (error: Error) => error.message.length < 400,
  )
})
