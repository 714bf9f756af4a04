import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { createVirtualClock } from '../test/world/virtual-clock.ts'
import { createTimers } from './timers.ts'

type Step = { readonly key: string; readonly ms: number | null; readonly wait: number }

test('every key comes due once, at the earliest time asked for, in the order of time', async () => {
  const step: fc.Arbitrary<Step> = fc.record({
    key: fc.constantFrom(...'abcdefgh'),
    ms: fc.option(fc.nat(1000)),
    wait: fc.nat(100),
  })
  const law = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const clock = createVirtualClock()
    const due: [key: string, at: number][] = []
    const timers = createTimers(clock, (key) => due.push([key, clock.monotonic()]))
    const wanted = new Map<string, number>()
    const expected: [key: string, at: number][] = []
    for (const { key, ms, wait } of steps) {
      if (ms === null) {
        timers.clear(key)
        wanted.delete(key)
      } else {
        timers.set(key, ms)
        wanted.set(key, Math.min(wanted.get(key) ?? Number.POSITIVE_INFINITY, clock.monotonic() + ms))
      }
      const until = clock.monotonic() + wait
      for (const [other, at] of [...wanted].filter(([, at]) => at <= until)) {
        expected.push([other, at])
        wanted.delete(other)
      }
      await clock.advance(wait)
      assert.equal(timers.size(), wanted.size)
    }
    await clock.advance(2000)
    expected.push(...wanted)
    const sorted = (list: [string, number][]) => [...list].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
    assert.deepEqual(sorted(due), sorted(expected))
    assert.deepEqual(
      due.map(([, at]) => at),
      due.map(([, at]) => at).sort((a, b) => a - b),
    )
    assert.equal(clock.pending(), 0)
  })
  await fc.assert(law, { numRuns: 200 })
})
