import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ResourceStatus } from '../../core/status/shape.ts'
import { storm } from './chaos.ts'
import { endFaults, isQuiet, subjects, watchInvariants } from './invariants.ts'
import { backtest, monteCarlo, walkForward } from './resources.ts'
import { createWorld, type World } from './world.ts'

const SECOND = 1_000
const statusOf = (world: World, name: string): ResourceStatus | undefined =>
  subjects(world).find(({ metadata }) => metadata.name === name)?.status

/** Lets time pass in small steps, watching, until nothing is under way. */
async function settle(world: World, atMostMs = 7_200 * SECOND): Promise<void> {
  const watcher = watchInvariants(world)
  for (let passed = 0; passed < atMostMs; passed += SECOND) {
    await world.clock.advance(SECOND)
    watcher.look()
    if (isQuiet(world)) break
  }
  await world.clock.advance(60 * SECOND)
  watcher.look()
  assert.deepEqual([...watcher.faults, ...endFaults(world)], [])
}

test('a calm world runs the three kinds to their end', async () => {
  const world = createWorld({ seed: 1 })
  world.start()
  world.apply(backtest('plain', 1))
  world.apply(walkForward('walk', 2, { parallelism: 4 }))
  world.apply(monteCarlo('luck', { backtestRef: { name: 'plain' } }))
  await settle(world)
  for (const name of ['plain', 'walk', 'luck']) assert.equal(statusOf(world, name)?.phase, 'Completed', name)
  world.stop()
})

const LONG = process.env.HINDCAST_TEST_LONG === '1'
/** A seed of its own for a run, or where to begin. */
const FIRST = Number(process.env.HINDCAST_WORLD_SEED ?? 1)
const SEEDS = Number(process.env.HINDCAST_WORLD_SEEDS ?? (LONG ? 2_000 : 20))

for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
  test(`whatever happens in the world of seed ${seed}, every job ends rightly`, async () => {
    const { faults, story } = await storm(seed)
    assert.deepEqual(faults, [], `seed ${seed}:\n${story.join('\n')}`)
  })
}
