import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptProgress } from '../../core/outcome.ts'
import type { ProgressChannel } from '../../storage/progress/channel.ts'
import { memoryProgress } from '../../storage/progress/memory.ts'
import { startSideChannel } from './side-channel.ts'

const pods = { namespace: 'research', jobId: '0'.repeat(32), attempt: 2, parallelism: 2 }
const at = (stage: AttemptProgress['stage'], percent: number): AttemptProgress => ({
  stage,
  percent,
  date: null,
  done: 0,
  total: 0,
})

/** A side channel that beats every 5 ms into a memory that can be taken away. */
function world() {
  const memory = memoryProgress(() => 0)
  const is = { up: true, cancels: 0, events: [] as string[] }
  const channel = new Proxy(memory, {
    get: (real, name: keyof ProgressChannel) => (is.up ? real[name] : () => Promise.reject(new Error('away'))),
  })
  const side = startSideChannel({
    channel,
    pods,
    index: 1,
    podUid: 'p',
    timeoutSeconds: 300,
    beatMs: 5,
    rowBeatMs: 10_000,
    now: () => 0,
    residentBytes: () => 7,
    onCancel: () => {
      is.cancels += 1
    },
    log: (event) => is.events.push(event),
  })
  const beat = async () => (await memory.readBeats([pods]))[0]?.[1] ?? null
  return { memory, is, side, beat }
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    if (await holds()) return
    await sleep(5)
  }
  assert.fail('never came')
}

test('nothing beats before the claim, and everything after it', async () => {
  const { memory, side, beat } = world()
  side.note(at('init_dependencies', 0))
  await sleep(30)
  assert.equal(await beat(), null)
  side.note(at('started', 2))
  await until(async () => ((await beat())?.seq ?? 0) >= 3)
  assert.deepEqual([(await beat())?.percent, (await beat())?.rssBytes, side.percent()], [2, 7, 2])
  assert.equal((await memory.read([pods]))[0]?.stage, 'started')
  await side.end()
})

test('row and Redis take their numbers from one count', async () => {
  const { side, beat } = world()
  side.note(at('started', 2))
  await until(async () => (await beat()) !== null)
  const own = side.beats.next()
  await until(async () => ((await beat())?.seq ?? 0) > own)
  await side.end()
})

test('a loss and a return are told of once each, and the newest note is written again', async () => {
  const { memory, is, side, beat } = world()
  side.note(at('computing', 20))
  await until(async () => (await beat()) !== null)
  assert.equal(side.beats.redisLost(), false)
  is.up = false
  side.note(at('computing', 30))
  side.note(at('computing', 40))
  await until(() => side.beats.redisLost())
  await sleep(30)
  is.up = true
  await until(async () => (await memory.read([pods]))[0]?.percent === 40)
  await until(() => !side.beats.redisLost())
  assert.deepEqual(is.events, ['redis_degraded', 'redis_recovered'])
  await side.end()
})

test('a flag of this attempt is passed on, one of another is not', async () => {
  const { memory, is, side, beat } = world()
  side.note(at('started', 2))
  await memory.flagCancel(pods, 1, 3600)
  await until(async () => ((await beat())?.seq ?? 0) >= 3)
  assert.equal(is.cancels, 0)
  await memory.flagCancel(pods, 2, 3600)
  await until(() => is.cancels > 0)
  await side.end()
})

test('how it ended is said last, at the percentage it had reached', async () => {
  const { memory, side } = world()
  side.note(at('computing', 41))
  await side.end('cancelled')
  const [note] = await memory.read([pods])
  assert.deepEqual([note?.stage, note?.percent, note?.seq], ['cancelled', 41, 2])
})

test('nothing is said after the end', async () => {
  const { side, beat } = world()
  side.note(at('started', 2))
  await until(async () => (await beat()) !== null)
  await side.end()
  const last = (await beat())?.seq
  await sleep(30)
  assert.equal((await beat())?.seq, last)
})
