import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { backtest, reflectorWorld } from '../../test/kube/reflector-world.ts'
import type { Intercept } from '../../test/world/memory-cluster.ts'
import { sleep } from '../clock.ts'
import { isKubeError, KubeError } from '../kube-error.ts'

test('a server that is down is asked again and again, ever more slowly, and never given up', async () => {
  let down = true
  const seen = reflectorWorld(
    {},
    {
      intercept: (_call, run) => (down ? Promise.reject(new KubeError('unavailable', 'refused')) : run()),
    },
  )
  seen.api.apply(backtest('a'))
  await seen.clock.advance(3_600_000)
  assert.equal(seen.reflector.synced(), false)
  assert.ok(seen.troubles.length > 200 && seen.troubles.length < 300, `${seen.troubles.length} tries in an hour`)
  assert.equal(seen.reflector.figures().trouble?.code, 'unavailable')
  down = false
  await seen.clock.advance(30_000)
  assert.deepEqual(seen.names(), ['a'])
  assert.equal(seen.reflector.figures().trouble, null)
})

test('a server that is back and has forgotten our version is listed soon, however long it was away', async () => {
  let down = false
  const seen = reflectorWorld(
    {},
    { intercept: (_call, run) => (down ? Promise.reject(new KubeError('unavailable', 'refused')) : run()) },
  )
  seen.api.apply(backtest('a'))
  await seen.clock.advance(2_000)
  down = true
  seen.api.cutWatches('Backtest', new KubeError('unavailable', 'cut'))
  await seen.clock.advance(600_000)
  seen.api.apply(backtest('b'))
  seen.api.compact()
  down = false
  await seen.clock.advance(40_000)
  const forgotten = seen.troubles.filter(({ error }) => isKubeError(error, 'gone'))
  assert.deepEqual(
    forgotten.map(({ failures, retryInMs }) => [failures, retryInMs <= 800]),
    [[1, true]],
  )
  assert.deepEqual(seen.names(), ['a', 'b'])
})

test('a server that answers one is asked by all who waited for it within a second', async () => {
  let down = true
  const intercept: Intercept = (_call, run) => (down ? Promise.reject(new KubeError('unavailable', 'refused')) : run())
  const seen = reflectorWorld({}, { intercept })
  await seen.clock.advance(600_000)
  // Just after a try, the next one is half of the longest backoff off.
  const tries = seen.troubles.length
  while (seen.troubles.length === tries) await seen.clock.advance(100)
  down = false
  await seen.clock.advance(1_000)
  assert.equal(seen.reflector.synced(), false)
  seen.outage.over()
  await seen.clock.advance(1_000)
  assert.equal(seen.reflector.synced(), true)
})

for (const code of ['forbidden', 'not_found'] as const) {
  test(`${code} is no outage: it is not asked again because somebody else was answered`, async () => {
    const seen = reflectorWorld({}, { intercept: () => Promise.reject(new KubeError(code, 'no')) })
    await seen.clock.advance(600_000)
    const tries = seen.troubles.length
    for (let i = 0; i < 10; i += 1) seen.outage.over()
    await seen.clock.advance(1_000)
    assert.ok(seen.troubles.length <= tries + 1)
  })
}

test('the end of an outage is told to the others once, and a cut watch that goes on is none', async () => {
  let down = true
  let told = 0
  const outage = {
    rest: (ms: number, signal: AbortSignal) => sleep(seen.clock, ms, signal),
    over: () => {
      told += 1
    },
  }
  const intercept: Intercept = (_call, run) => (down ? Promise.reject(new KubeError('unavailable', 'refused')) : run())
  const seen = reflectorWorld({ outage }, { intercept })
  await seen.clock.advance(60_000)
  assert.equal(told, 0)
  down = false
  await seen.clock.advance(60_000)
  assert.equal(told, 1)
  seen.api.cutWatches('Backtest')
  await seen.clock.advance(5_000)
  seen.api.apply(backtest('a'))
  await seen.clock.advance(60_000)
  assert.equal(told, 1)
})

test('a Retry-After longer than the own backoff is kept', async () => {
  const busy = new KubeError('too_many_requests', 'slow down', { retryAfterMs: 20_000 })
  let calls = 0
  const seen = reflectorWorld({}, { intercept: (_call, run) => (calls++ === 0 ? Promise.reject(busy) : run()) })
  await seen.clock.advance(19_999)
  assert.equal(seen.reflector.synced(), false)
  await seen.clock.advance(1)
  assert.equal(seen.reflector.synced(), true)
})

for (const code of ['forbidden', 'not_found'] as const) {
  test(`${code} is told as the reason why it cannot be ready, until it is over`, async () => {
    let barred = true
    const no = new KubeError(code, 'no')
    const seen = reflectorWorld({}, { intercept: (_call, run) => (barred ? Promise.reject(no) : run()) })
    await seen.clock.advance(100_000)
    assert.deepEqual([seen.reflector.synced(), seen.reflector.figures().trouble?.code], [false, code])
    barred = false
    await seen.clock.advance(30_000)
    assert.deepEqual([seen.reflector.synced(), seen.reflector.figures().trouble], [true, null])
  })
}
