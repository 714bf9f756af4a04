import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { startLimits } from './limits.ts'

const MIB = 1024 * 1024

/** A run of 300 s and 512 MiB on a clock and a memory that the test moves. */
function world() {
  const now = { ms: 0, bytes: 10 * MIB }
  const limits = startLimits({
    timeoutSeconds: 300,
    memoryLimitBytes: 512 * MIB,
    monotonic: () => now.ms,
    memory: () => now.bytes,
  })
  return { now, limits }
}

test('a run inside its limits goes on', () => {
  const { now, limits } = world()
  now.ms = 299_999
  assert.equal(limits.check(), null)
})

test('the timeout ends it at its second', () => {
  const { now, limits } = world()
  now.ms = 300_000
  assert.deepEqual(limits.check(), { why: 'timeout' })
})

test('memory above the limit less what is kept back ends it and says how much it was', () => {
  const { now, limits } = world()
  now.bytes = 449 * MIB
  assert.deepEqual(limits.check(), { why: 'memory', usedBytes: 449 * MIB })
})

test('memory is looked at every two seconds, not at every check', () => {
  const { now, limits } = world()
  assert.equal(limits.check(), null)
  now.bytes = 500 * MIB
  now.ms = 1_999
  assert.equal(limits.check(), null)
  now.ms = 2_000
  assert.equal(limits.check()?.why, 'memory')
})

test('the peak is the most that was seen', () => {
  const { now, limits } = world()
  now.bytes = 200 * MIB
  limits.check()
  now.bytes = 50 * MIB
  assert.equal(limits.peakBytes(), 200 * MIB)
})

test('a timeout counts from where it is told to', () => {
  const limits = startLimits({
    timeoutSeconds: 300,
    memoryLimitBytes: 512 * MIB,
    monotonic: () => 299_000 + 1_000,
    clockFrom: 0,
    memory: () => 0,
  })
  assert.deepEqual(limits.check(), { why: 'timeout' })
})

test('a process that the kernel killed ends the run as its memory limit, whatever is in use now', () => {
  let kills = 0
  const limits = startLimits({
    timeoutSeconds: 300,
    memoryLimitBytes: 512 * MIB,
    monotonic: () => 0,
    memory: () => 100 * MIB,
    kills: () => kills,
  })
  kills = 1
  assert.deepEqual(limits.check(), { why: 'memory', usedBytes: 100 * MIB })
})
