import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { isRead, type OperatorCall } from './actors/deployment.ts'
import type { Weather } from './actors/process.ts'
import { endFaults, isQuiet, subjects, watchInvariants } from './invariants.ts'
import { backtest } from './resources.ts'
import { createWorld, type World } from './world.ts'

/** A leader that stands still at a call for longer than its Lease, and wakes when another one leads. */

const SECOND = 1_000
const PAUSE_MS = 60 * SECOND
const MOST_MS = 1_800 * SECOND
const LONG = process.env.HINDCAST_TEST_LONG === '1'
/** In a long run every one of the first so many calls, else the first of each sort. */
const EVERY = 200
const LEADER = 'operator-1'
/** A Lease it may try to renew: that is how it learns that another holds it. */
const isWrite = (call: OperatorCall): boolean => !isRead(call) && !call.what.includes(' Lease ')

interface Played {
  readonly calls: readonly OperatorCall[]
  /** What the leader wrote after it woke. */
  readonly late: readonly string[]
  readonly faults: readonly string[]
  readonly ends: readonly string[]
}

/** A run, and another asked for while the leader stands still at its call of that number (0: never). */
async function play(at: number): Promise<Played> {
  let world: World | null = null
  let wokenAfter = Number.POSITIVE_INFINITY
  let calls = 0
  const weather = ({ process }: OperatorCall): Weather => {
    if (process !== LEADER) return 'fine'
    calls += 1
    if (calls === at) pause(world!)
    return 'fine'
  }
  const pause = ({ processes, apply, clock, calls: all }: World) => {
    processes[0]!.stopped = true
    apply(backtest('meanwhile', 6))
    clock.after(PAUSE_MS, () => {
      wokenAfter = all.length
      processes[0]!.stopped = false
    })
  }
  world = createWorld({ seed: 7, weather })
  const watcher = watchInvariants(world)
  world.apply(backtest('first', 5))
  world.start()
  world.start()
  for (let passed = 0; passed < MOST_MS; passed += SECOND / 2) {
    await world.clock.advance(SECOND / 2)
    watcher.look()
    if (passed > 2 * PAUSE_MS && isQuiet(world)) break
  }
  const faults = [...watcher.faults, ...endFaults(world)]
  const ends = subjects(world).map(({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.attempt}`)
  world.stop()
  const own = ({ process }: OperatorCall) => process === LEADER
  const late = world.calls.slice(wokenAfter).filter((call) => own(call) && isWrite(call))
  return { calls: world.calls.filter(own), late: late.map(({ what }) => what), faults, ends }
}

test('a leader that stands still at any call writes nothing when it wakes, and every run ends once', async () => {
  const calm = await play(0)
  assert.deepEqual([calm.faults, calm.ends], [[], ['first Completed 1']])
  const sorts = calm.calls.map(({ what }) => what.split(' ', 2).join(' '))
  const chosen = sorts.flatMap((what, index) =>
    (LONG ? index < EVERY : sorts.indexOf(what) === index) ? [{ what, number: index + 1 }] : [],
  )
  assert.ok(chosen.length >= 10, `${chosen.length} sorts of calls`)
  for (const { what, number } of chosen) {
    const { late, faults, ends } = await play(number)
    const expected = [[], [], ['first Completed 1', 'meanwhile Completed 1']]
    assert.deepEqual([late, faults, ends], expected, `call ${number}, ${what}`)
  }
})

test('a leader whose epoch is no longer the newest makes room for one that can write', async () => {
  const world = createWorld({ seed: 7 })
  world.start()
  await world.clock.advance(30 * SECOND)
  // Raised by one that had lost its Lease by then: nobody who leads can write any more.
  world.state.epoch += 1
  world.apply(backtest('after', 5))
  for (let passed = 0; passed < MOST_MS && !isQuiet(world); passed += SECOND) await world.clock.advance(SECOND)
  assert.deepEqual(endFaults(world), [])
  assert.deepEqual(
    subjects(world).map(({ status }) => [status?.phase, status?.attempt]),
    [['Completed', 1]],
  )
  assert.ok(world.processes.length > 1)
  world.stop()
})
