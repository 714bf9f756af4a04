import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { breaker } from './breaker.ts'

/** A breaker of 30 s on a clock that the test moves, and a count of the calls that got through. */
function world() {
  const now = { ms: 0, calls: 0 }
  const guard = breaker(30_000, () => now.ms)
  const call = (work: () => Promise<string>) =>
    guard.call(() => {
      now.calls += 1
      return work()
    })
  return { now, guard, call }
}
const good = async () => 'value'
const bad = async () => {
  throw new Error('away')
}

test('a call gets through and gives its value', async () => {
  const { guard, call } = world()
  assert.equal(guard.failing, true, 'nothing has succeeded yet')
  assert.equal(await call(good), 'value')
  assert.equal(guard.failing, false)
})

test('after a failure nothing is tried for thirty seconds, then the next call is', async () => {
  const { now, guard, call } = world()
  await assert.rejects(call(bad), /away/)
  now.ms = 29_999
  await assert.rejects(call(good), /left alone/)
  assert.deepEqual([now.calls, guard.failing], [1, true])
  now.ms = 30_000
  assert.equal(await call(good), 'value')
  assert.deepEqual([now.calls, guard.failing], [2, false])
})

test('a second failure opens it for as long again', async () => {
  const { now, call } = world()
  await assert.rejects(call(bad))
  now.ms = 30_000
  await assert.rejects(call(bad), /away/)
  now.ms = 59_999
  await assert.rejects(call(good), /left alone/)
})

test('word that it is back closes it at once', async () => {
  const { guard, call } = world()
  await assert.rejects(call(bad))
  guard.close()
  assert.equal(await call(good), 'value')
})
