import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { createVirtualClock } from '../../test/world/virtual-clock.ts'
import { createOutage } from './outage.ts'

/** Two who rest for so long, and when each of them went on. */
function resters(ms: readonly [number, number], random = () => 0.5) {
  const clock = createVirtualClock()
  const began = clock.monotonic()
  const outage = createOutage({ clock, random })
  const stopping = new AbortController()
  const wentOn: (number | null)[] = ms.map(() => null)
  for (const [i, each] of ms.entries()) {
    void outage.rest(each, stopping.signal).then(() => {
      wentOn[i] = clock.monotonic() - began
    })
  }
  return { clock, outage, stopping, wentOn }
}

test('whoever rests goes on at its own time while nobody is answered', async () => {
  const { clock, wentOn } = resters([2_000, 30_000])
  await clock.advance(10_000)
  assert.deepEqual(wentOn, [2_000, null])
  await clock.advance(30_000)
  assert.deepEqual(wentOn, [2_000, 30_000])
})

test('an answer to somebody wakes all within a second, and nobody later than its own time', async () => {
  const { clock, outage, wentOn } = resters([5_100, 30_000])
  await clock.advance(5_000)
  outage.over()
  await clock.advance(2_000)
  assert.deepEqual(wentOn, [5_100, 5_500])
})

test('an answer while nobody rests changes nothing for those who rest later', async () => {
  const clock = createVirtualClock()
  const outage = createOutage({ clock, random: () => 0 })
  outage.over()
  let over = false
  void outage.rest(9_000, new AbortController().signal).then(() => {
    over = true
  })
  await clock.advance(8_999)
  assert.equal(over, false)
  await clock.advance(1)
  assert.equal(over, true)
})

test('a stop ends the rest at once, also of those who were just woken', async () => {
  const { clock, outage, stopping, wentOn } = resters([20_000, 30_000])
  await clock.advance(1_000)
  outage.over()
  stopping.abort()
  await clock.advance(0)
  assert.deepEqual(wentOn, [1_000, 1_000])
  await outage.rest(60_000, stopping.signal)
})
