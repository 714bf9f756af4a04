import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import type { OpenPlace } from '../../storage/ledger/operator/port.ts'
import { memoryProgress } from '../../storage/progress/memory.ts'
import { watchBeats } from './beats.ts'

const JOB = { namespace: 'default', jobId: 'f'.repeat(32) }
const PODS = { ...JOB, attempt: 1, parallelism: 1 }
const LOOK_MS = 5_000
const LOST_MS = 30_000

/** One running attempt, whose row and Redis a test moves by hand, on a clock that it winds. */
function worldOf({ lookMs = LOOK_MS } = {}) {
  let now = 0
  let seq = 0
  let percent = 10
  let postgres = true
  let redis = true
  const channel = memoryProgress(() => now)
  const away = () => Promise.reject(new HindcastError('database_unavailable', 'away'))
  const rows = (): readonly OpenPlace[] => [
    {
      job: { ...JOB, status: 'running', progressPct: percent, progressStage: 'computing', progressDate: null },
      attempt: { jobId: JOB.jobId, attempt: 1, parallelism: 1, status: 'running' },
      claims: [{ jobId: JOB.jobId, attempt: 1, index: 0, podUid: 'pod', heartbeatSeq: seq }],
    } as unknown as OpenPlace,
  ]
  const beats = watchBeats({
    ledger: { openPlaces: () => (postgres ? Promise.resolve(rows()) : away()) },
    progress: {
      read: (keys) => (redis ? channel.read(keys) : Promise.reject(new Error('gone'))),
      readBeats: (keys) => (redis ? channel.readBeats(keys) : Promise.reject(new Error('gone'))),
    },
    clock: { now: () => now, monotonic: () => now, after: () => () => {} },
    lookMs,
    lostMs: LOST_MS,
  })
  return {
    beats,
    rowBeat: () => {
      seq += 1
    },
    redisBeat: (beat: number, podUid = 'pod') =>
      channel.beat(PODS, { attempt: 1, index: 0, podUid, seq: beat, rssBytes: null, percent: 10 }),
    note: (at: number) =>
      channel.write(JOB, { attempt: 1, seq: at, percent: at, stage: 'computing', date: null, updatedAt: null }, 3600),
    rowProgress: (at: number) => {
      percent = at
    },
    reach: (what: { postgres?: boolean; redis?: boolean }) => {
      postgres = what.postgres ?? postgres
      redis = what.redis ?? redis
    },
    /** So many looks, each a look's time after the other. */
    async looks(count: number, each: (i: number) => unknown = () => {}) {
      for (let i = 0; i < count; i += 1) {
        now += lookMs
        await each(i + 1)
        await beats.look()
      }
    },
    sleep: (ms: number) => {
      now += ms
    },
    still: () => beats.facts(JOB.jobId, 1)[0]?.stillMs,
  }
}

test('a claim whose number stands still in both sources ages', async () => {
  const world = worldOf()
  await world.looks(7)
  assert.equal(world.still(), 30_000)
})

const moving: readonly [title: string, move: (world: ReturnType<typeof worldOf>, i: number) => unknown][] = [
  ['a beat in the row alone is a sign of life', (world) => world.rowBeat()],
  ['a beat in Redis alone is a sign of life', (world, i) => world.redisBeat(i)],
]
for (const [title, move] of moving) {
  test(title, async () => {
    const world = worldOf()
    await world.looks(10, (i) => move(world, i))
    assert.equal(world.still(), 0)
  })
}

test('a beat of another pod keeps nobody alive', async () => {
  const world = worldOf()
  await world.looks(7, (i) => world.redisBeat(i, 'other'))
  assert.equal(world.still(), 30_000)
})

test('while no source can be read nothing is known, and the count begins anew', async () => {
  const world = worldOf()
  await world.looks(6)
  world.reach({ postgres: false, redis: false })
  await world.looks(3)
  assert.equal(world.still(), null)
  world.reach({ postgres: true, redis: true })
  await world.looks(1)
  assert.equal(world.still(), 0)
})

test('with Redis away the row decides alone', async () => {
  const world = worldOf()
  await world.looks(1)
  world.reach({ redis: false })
  await world.looks(6)
  assert.equal(world.still(), 30_000)
  assert.deepEqual([world.beats.postgresUp(), world.beats.redisUp()], [true, false])
})

test('while the record cannot be read silence is unknown, and once it can the count begins anew', async () => {
  const world = worldOf()
  await world.looks(1)
  world.reach({ postgres: false })
  await world.looks(6)
  assert.equal(world.still(), null)
  assert.equal(world.beats.longestSilence(), 0)
  world.reach({ postgres: true })
  await world.looks(1)
  assert.equal(world.still(), 0)
})

test('Redis that comes back is given three looks, however still the row is', async () => {
  const world = worldOf()
  await world.looks(1)
  world.reach({ redis: false })
  await world.looks(5)
  world.reach({ redis: true })
  await world.looks(1)
  assert.equal(world.still(), 15_000)
  await world.looks(3)
  assert.equal(world.still(), 30_000)
})

test('what we slept through counts for nobody', async () => {
  const world = worldOf()
  await world.looks(2)
  world.sleep(90_000)
  await world.looks(1)
  assert.equal(world.still(), 0)
})

for (const lookMs of [200, 1_000, LOOK_MS]) {
  test(`a pause of ten seconds delays no loss, though it looks every ${lookMs} ms`, async () => {
    const world = worldOf({ lookMs })
    await world.looks(2)
    world.sleep(10_000 - lookMs)
    await world.looks(1)
    assert.equal(world.still(), 10_000 + lookMs)
  })
}

test('progress comes from Redis, from the row where that is ahead or alone', async () => {
  const world = worldOf()
  const shown = () => world.beats.progress(JOB.jobId, 1)
  await world.note(40)
  await world.looks(1)
  assert.deepEqual(shown(), { percent: 40, stage: 'computing', date: null, source: 'redis' })
  world.rowProgress(50)
  await world.looks(1)
  assert.equal(shown()?.source, 'record')
  world.reach({ redis: false })
  await world.looks(1)
  assert.deepEqual([shown()?.percent, shown()?.source], [50, 'record'])
})

test('beats without progress are seen apart from silence', async () => {
  const world = worldOf()
  await world.looks(7, world.rowBeat)
  const [facts] = world.beats.facts(JOB.jobId, 1)
  assert.deepEqual([facts?.stillMs, facts?.idleMs], [0, 30_000])
})
