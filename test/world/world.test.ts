import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ResourceStatus } from '../../core/status/shape.ts'
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
