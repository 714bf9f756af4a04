import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { watchBeats } from '../../operator/observe/beats.ts'
import type { OpenPlace } from '../../storage/ledger/operator/port.ts'
import { memoryProgress } from '../../storage/progress/memory.ts'
import { mulberry } from '../flow/mulberry.ts'
import { subjects } from './invariants.ts'
import { backtest } from './resources.ts'
import { createWorld, runningPods } from './world.ts'

/** Outages of Postgres and of Redis, in any order, kill no run that lives and hide none that does not. */

const SECOND = 1_000
const LOST_S = 30
const PROMISE_S = 60
const LOOK_S = 5
const BEAT_S = 5
const ROW_BEAT_S = 10
const STORY_S = 240

interface Outage {
  readonly from: number
  readonly seconds: number
}

interface Story {
  readonly postgres: readonly Outage[]
  readonly redis: readonly Outage[]
  /** The runner's own way to Redis is cut all the time. */
  readonly isCut: boolean
  readonly offset: number
}

const isAway = (outages: readonly Outage[], at: number) =>
  outages.some(({ from, seconds }) => from <= at && at < from + seconds)

const outages = fc.array(
  fc.record({ from: fc.integer({ min: 0, max: STORY_S }), seconds: fc.integer({ min: 1, max: 90 }) }),
  { maxLength: 8 },
)
const anyStory: fc.Arbitrary<Story> = fc.record({
  postgres: outages,
  redis: outages,
  isCut: fc.boolean(),
  offset: fc.integer({ min: 0, max: ROW_BEAT_S - 1 }),
})

/** The seconds at which an operator that reads the record would give the run up; it lives until `dies`. */
async function givenUp(story: Story, dies: number, until: number): Promise<readonly number[]> {
  const jobId = 'f'.repeat(32)
  const pods = { namespace: 'default', jobId, attempt: 1, parallelism: 1 }
  let now = 0
  let seq = 0
  let rowSeq = 0
  const redis = memoryProgress(() => now * SECOND)
  const reach = async <T>(source: 'postgres' | 'redis', answer: () => T): Promise<Awaited<T>> => {
    if (isAway(story[source], now)) throw new Error(`${source} is away`)
    return await answer()
  }
  const row = (): OpenPlace =>
    ({
      job: { ...pods, status: 'running', progressPct: 10, progressStage: 'computing', progressDate: null },
      attempt: { ...pods, status: 'running' },
      claims: [{ jobId, attempt: 1, index: 0, podUid: 'pod', heartbeatSeq: rowSeq }],
    }) as unknown as OpenPlace
  const beats = watchBeats({
    ledger: { openPlaces: () => reach('postgres', () => [row()]) },
    progress: {
      read: (keys) => reach('redis', () => redis.read(keys)),
      readBeats: (keys) => reach('redis', () => redis.readBeats(keys)),
    },
    clock: { now: () => now * SECOND, monotonic: () => now * SECOND, after: () => () => {} },
    lookMs: LOOK_S * SECOND,
    lostMs: LOST_S * SECOND,
  })
  const found: number[] = []
  for (now = 0; now <= until; now += 1) {
    const at = now + story.offset
    if (now < dies && at % BEAT_S === 0) {
      seq += 1
      const beat = { attempt: 1, index: 0, podUid: 'pod', seq, rssBytes: null, percent: 10 }
      if (!story.isCut && !isAway(story.redis, now)) await redis.beat(pods, beat)
      if (at % ROW_BEAT_S === 0 && !isAway(story.postgres, now)) rowSeq = seq
    }
    // A pass may come at any moment, also before the look that sees that the record is back.
    const isLost = (beats.facts(jobId, 1)[0]?.stillMs ?? 0) >= LOST_S * SECOND
    if (isLost && !isAway(story.postgres, now)) found.push(now)
    if (now % LOOK_S === 0) await beats.look()
  }
  return found
}

test('no outage of Postgres and Redis makes a run that lives look lost', () =>
  fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const end = 2 * STORY_S
      assert.deepEqual(await givenUp(story, end + 1, end), [])
    }),
    { numRuns: 300 },
  ))

test('a run that is dead looks lost within 60 s in which the record can be read, whatever Redis does', () =>
  fc.assert(
    fc.asyncProperty(anyStory, fc.integer({ min: LOOK_S, max: STORY_S }), async (story, dies) => {
      let readable = 0
      let due = dies
      for (; readable < PROMISE_S; due += 1) readable = isAway(story.postgres, due) ? 0 : readable + 1
      const [first] = await givenUp(story, dies, due)
      assert.ok(first !== undefined && first <= due, `dead at ${dies} s, due at ${due} s, seen at ${first} s`)
    }),
    { numRuns: 300 },
  ))

for (const seed of [1, 2, 3]) {
  test(`outages of both stores in the world of seed ${seed} end no run whose way to Redis is cut`, async () => {
    const random = mulberry(seed)
    const world = createWorld({ seed, fateOf: () => 'slow' })
    const running = () => subjects(world)[0]?.status?.phase === 'Running'
    world.start()
    world.around.runnersRedis = false
    world.apply(backtest('lives', 1))
    for (let waited = 0; waited < 60 && !running(); waited += 1) await world.clock.advance(SECOND)
    assert.equal(runningPods(world).length, 1)
    for (let i = 0; i < 4; i += 1) {
      for (const store of ['postgres', 'redis'] as const) {
        const at = random() * 60 * SECOND
        world.clock.after(at, () => {
          world.around[store] = false
        })
        world.clock.after(at + random() * 55 * SECOND, () => {
          world.around[store] = true
        })
      }
      await world.clock.advance(130 * SECOND)
    }
    await world.clock.advance(200 * SECOND)
    assert.equal(subjects(world)[0]?.status?.phase, 'Completed')
    assert.equal(world.state.attempts.size, 1)
    world.stop()
  })
}
