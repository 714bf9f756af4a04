import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { createVirtualClock, type VirtualClock } from '../test/world/virtual-clock.ts'
import { LANE_PATIENCE, LANES, type Lane } from './lanes.ts'
import { createQueue, type Queue, type QueueFailure } from './queue.ts'

/** A queue whose passes end when the test says so. */
function byHand(workers: number) {
  const clock = createVirtualClock()
  const log: string[] = []
  const failures: QueueFailure[] = []
  const open = new Map<string, { end: (answer?: { afterMs: number }) => void; fail: () => void }>()
  const queue: Queue = createQueue({
    clock,
    random: () => 1,
    workers,
    onError: (failure) => failures.push(failure),
    process(key) {
      assert.equal(open.has(key), false, `${key} runs twice at once`)
      log.push(key)
      return new Promise((resolve, reject) => {
        const close = (run: () => void) => () => {
          open.delete(key)
          run()
        }
        open.set(key, {
          end: (answer) => close(() => resolve(answer))(),
          fail: close(() => reject(new Error('no'))),
        })
      })
    },
  })
  return { clock, queue, log, open, failures, settle: () => clock.advance(0) }
}

test('a key that waits is taken once, however often it is named', async () => {
  const { queue, log, settle } = byHand(1)
  for (let k = 0; k < 5; k++) queue.add('ns/a', 'status')
  await settle()
  assert.deepEqual(log, ['ns/a'])
})

test('a key named while it runs gets exactly one more pass', async () => {
  const { queue, log, open, settle } = byHand(4)
  queue.add('ns/a', 'status')
  await settle()
  queue.add('ns/a', 'status')
  queue.add('ns/a', 'gc')
  await settle()
  assert.deepEqual(log, ['ns/a'])
  open.get('ns/a')!.end()
  await settle()
  open.get('ns/a')!.end()
  await settle()
  assert.deepEqual(log, ['ns/a', 'ns/a'])
})

test('lanes go by urgency, also for keys that were named before', async () => {
  const { queue, log, open, settle } = byHand(1)
  queue.add('ns/gc', 'gc')
  queue.add('ns/admit', 'admit')
  queue.add('ns/status', 'status')
  queue.add('ns/cancel', 'cancel')
  for (let k = 0; k < 4; k++) {
    await settle()
    open.get(log.at(-1)!)!.end()
  }
  await settle()
  assert.deepEqual(log, ['ns/cancel', 'ns/status', 'ns/admit', 'ns/gc'])
})

test('a waiting key that becomes urgent moves up', async () => {
  const { queue, log, open, settle } = byHand(1)
  queue.add('ns/busy', 'status')
  await settle()
  queue.add('ns/a', 'gc')
  queue.add('ns/b', 'status')
  queue.add('ns/a', 'cancel')
  open.get('ns/busy')!.end()
  await settle()
  assert.deepEqual(log, ['ns/busy', 'ns/a'])
  assert.equal(queue.figures().depth.gc, 0)
})

test('namespaces of a lane take turns, whoever came first', async () => {
  const { queue, log, open, settle } = byHand(1)
  for (const key of ['big/1', 'big/2', 'big/3', 'small/1']) queue.add(key, 'status')
  for (let k = 0; k < 4; k++) {
    await settle()
    open.get(log.at(-1)!)!.end()
  }
  assert.deepEqual(log, ['big/1', 'small/1', 'big/2', 'big/3'])
})

test('a failed pass comes back after 50 ms, doubling up to a minute, and forgets it on success', async () => {
  const { clock, queue, open, failures, settle } = byHand(1)
  queue.add('ns/a', 'status')
  await settle()
  for (let k = 0; k < 14; k++) {
    open.get('ns/a')!.fail()
    await settle()
    await clock.advance(failures.at(-1)!.retryInMs)
  }
  assert.deepEqual(
    failures.map(({ retryInMs }) => retryInMs),
    [50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000, 60_000],
  )
  open.get('ns/a')!.end()
  await settle()
  queue.add('ns/a', 'status')
  await settle()
  open.get('ns/a')!.fail()
  await settle()
  assert.equal(failures.at(-1)!.retryInMs, 50)
  assert.equal(queue.figures().retries, 15)
})

test('an answer with a time brings the key back then', async () => {
  const { clock, queue, log, open, settle } = byHand(1)
  queue.add('ns/a', 'status')
  await settle()
  open.get('ns/a')!.end({ afterMs: 5000 })
  await clock.advance(4999)
  assert.equal(log.length, 1)
  await clock.advance(1)
  assert.equal(log.length, 2)
})

test('of several times asked for, the earliest counts', async () => {
  const { clock, queue, log } = byHand(1)
  queue.addAfter('ns/a', 'status', 5000)
  queue.addAfter('ns/a', 'status', 1000)
  queue.addAfter('ns/a', 'status', 9000)
  await clock.advance(1000)
  assert.deepEqual(log, ['ns/a'])
  assert.equal(queue.figures().delayed, 0)
})

test('figures tell depth, the oldest wait and the longest run', async () => {
  const { clock, queue, settle } = byHand(1)
  queue.add('ns/a', 'status')
  await settle()
  queue.add('ns/b', 'admit')
  await clock.advance(3000)
  const figures = queue.figures()
  assert.deepEqual(
    [figures.running, figures.depth.admit, figures.oldestWaitMs, figures.longestRunMs],
    [1, 1, 3000, 3000],
  )
})

test('drain waits for what runs and starts nothing more', async () => {
  const { queue, log, open, settle } = byHand(1)
  queue.add('ns/a', 'status')
  await settle()
  queue.add('ns/b', 'status')
  const drained = queue.drain(10_000)
  queue.add('ns/c', 'status')
  open.get('ns/a')!.end({ afterMs: 1 })
  assert.equal(await drained, true)
  await settle()
  assert.deepEqual(log, ['ns/a'])
  assert.equal(queue.figures().delayed, 0)
})

test('drain gives up when its time is over', async () => {
  const { clock, queue, settle } = byHand(1)
  queue.add('ns/a', 'status')
  await settle()
  const drained = queue.drain(10_000)
  await clock.advance(10_000)
  assert.equal(await drained, false)
})

type Command =
  | { readonly do: 'add'; readonly key: string; readonly lane: Lane }
  | { readonly do: 'later'; readonly key: string; readonly lane: Lane; readonly ms: number }
  | { readonly do: 'end' | 'fail'; readonly nth: number; readonly afterMs?: number }
  | { readonly do: 'wait'; readonly ms: number }

const keys = fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2', 'c/1')
const lanes = fc.constantFrom(...LANES)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key: keys, lane: lanes }),
  fc.record({ do: fc.constant('later' as const), key: keys, lane: lanes, ms: fc.nat(2000) }),
  fc.record({ do: fc.constantFrom('end' as const, 'fail' as const), nth: fc.nat(4), afterMs: fc.nat(500) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(1000) }),
)

test('whatever happens, no key is lost and none runs twice at once', async () => {
  const law = fc.asyncProperty(
    fc.array(command, { maxLength: 60 }),
    fc.integer({ min: 1, max: 3 }),
    async (script, workers) => {
      const { clock, queue, log, open, settle } = byHand(workers)
      /** Key -> length of the log when a pass was last asked for. */
      const owed = new Map<string, number>()
      for (const step of script) {
        if (step.do === 'add') {
          owed.set(step.key, log.length)
          queue.add(step.key, step.lane)
        } else if (step.do === 'later') {
          owed.set(step.key, log.length)
          queue.addAfter(step.key, step.lane, step.ms)
        } else if (step.do === 'wait') await clock.advance(step.ms)
        else {
          const running = [...open.values()][step.nth % Math.max(1, open.size)]
          if (step.do === 'fail') running?.fail()
          else running?.end(step.afterMs === undefined ? undefined : { afterMs: step.afterMs })
        }
        await settle()
        assert.ok(open.size <= workers)
      }
      await finish(clock, open, settle)
      for (const [key, since] of owed) assert.ok(log.indexOf(key, since) >= 0, `${key} was lost`)
      const { depth, delayed, running } = queue.figures()
      assert.deepEqual([Object.values(depth).reduce((a, b) => a + b), delayed, running], [0, 0, 0])
    },
  )
  await fc.assert(law, { numRuns: 200 })
})

/** Lets all passes end well until nothing is left. */
async function finish(
  clock: VirtualClock,
  open: ReadonlyMap<string, { end: () => void }>,
  settle: () => Promise<void>,
) {
  for (let round = 0; round < 100 && (open.size > 0 || clock.pending() > 0); round++) {
    for (const pass of [...open.values()]) pass.end()
    await settle()
    await clock.advance(60_000)
  }
}

test('a flood in urgent lanes delays a key by a bounded number of turns', async () => {
  const law = fc.asyncProperty(lanes, fc.integer({ min: 1, max: 4 }), async (lane, ahead) => {
    const { queue, log, open, settle } = byHand(1)
    for (let k = 1; k < ahead; k++) queue.add(`quiet/${k}`, lane)
    queue.add('quiet/mine', lane)
    let flood = 0
    const pour = () => {
      for (const other of LANES) if (other !== lane) queue.add(`loud/${other}-${flood++}`, other)
    }
    for (let k = 0; k < 4; k++) pour()
    await settle()
    for (let k = 0; k < 200 && !log.includes('quiet/mine'); k++) {
      pour()
      open.get(log.at(-1)!)!.end()
      await settle()
    }
    const turns = log.indexOf('quiet/mine')
    assert.ok(turns >= 0 && turns <= ahead * (LANE_PATIENCE + LANES.length), `${turns} turns`)
  })
  await fc.assert(law, { numRuns: 40 })
})

test('a namespace with many keys delays another by one turn for each namespace', async () => {
  const { queue, log, open, settle } = byHand(1)
  for (let k = 0; k < 1000; k++) queue.add(`loud/${k}`, 'status')
  for (let k = 0; k < 10; k++) queue.add(`quiet/${k}`, 'status')
  await settle()
  for (let k = 0; k < 20; k++) {
    open.get(log.at(-1)!)!.end()
    await settle()
  }
  assert.equal(log.slice(0, 20).filter((key) => key.startsWith('quiet/')).length, 10)
})
