import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ERRORS, type ErrorCode } from '../../core/errors.ts'
import { afterFailure } from './retries.ts'

const DELAYS = [60_000, 300_000, 900_000]
const evicted = { code: 'evicted', message: 'node-a' } as const
const POLICY = { retryLimit: 3, workerLossPolicy: 'fail' } as const

for (const [retried, delayMs] of [
  [0, 60_000],
  [1, 300_000],
  [2, 900_000],
] as const) {
  test(`retry ${retried + 1} of a failure that another try can cure waits ${delayMs / 1000} s`, () => {
    assert.deepEqual(afterFailure(evicted, POLICY, { retried, delaysMs: DELAYS }), { is: 'retry', delayMs })
  })
}

test('after the last retry the end names the count and the last error', () => {
  assert.deepEqual(afterFailure(evicted, POLICY, { retried: 3, delaysMs: DELAYS }), {
    is: 'end',
    code: 'retries_exhausted',
    message: 'failed after 3 retries; the last error was evicted: node-a',
  })
})

test('a lowered limit counts at once', () => {
  const next = afterFailure(evicted, { ...POLICY, retryLimit: 1 }, { retried: 1, delaysMs: DELAYS })
  assert.match(next.is === 'end' ? next.message : '', /after 1 retry;/)
})

test('with a limit of 0 a job fails with the failure itself', () => {
  const next = afterFailure(evicted, { ...POLICY, retryLimit: 0 }, { retried: 0, delaysMs: DELAYS })
  assert.deepEqual(next, { is: 'end', ...evicted })
})

/** platform.md 7.1, column Retry. */
const CURABLE: readonly ErrorCode[] = [
  'evicted',
  'job_deleted',
  'image_pull',
  'storage_error',
  'storage_full',
  'database_unavailable',
  'cluster_unavailable',
]
const BY_POLICY: readonly ErrorCode[] = ['heartbeat_lost', 'worker_lost', 'node_lost']

for (const code of Object.keys(ERRORS) as ErrorCode[]) {
  const expected = CURABLE.includes(code) ? 'always' : BY_POLICY.includes(code) ? 'by policy' : 'never'
  test(`${code} is tried again ${expected}`, () => {
    const tried = (['fail', 'retry'] as const).map((workerLossPolicy) => {
      const next = afterFailure(
        { code, message: '' },
        { ...POLICY, workerLossPolicy },
        { retried: 0, delaysMs: DELAYS },
      )
      return next.is === 'retry'
    })
    assert.deepEqual(tried, { always: [true, true], 'by policy': [false, true], never: [false, false] }[expected])
  })
}
