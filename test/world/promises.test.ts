import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ResourceStatus } from '../../core/status/shape.ts'
import { endFaults, hasFinished, isQuiet, subjects, watchInvariants } from './invariants.ts'
import { backtest, monteCarlo } from './resources.ts'
import { createWorld, runningPods, type World, type WorldOptions } from './world.ts'

/** Promises with a time in them (operator.md 5, issue 5), on the world's own clock. */

const SECOND = 1_000
const BACKTEST = (name: string) => ({ kind: 'Backtest', namespace: 'research', name }) as const

const statusOf = (world: World, name: string): ResourceStatus | undefined =>
  subjects(world).find(({ metadata }) => metadata.name === name)?.status
const conditionOf = (world: World, name: string, type: string) =>
  statusOf(world, name)?.conditions?.find((one) => one.type === type)
const rowOf = (world: World, name: string) => world.state.jobs.get(statusOf(world, name)?.jobId ?? '')

/** SIGSTOP, and SIGCONT after 90 s. */
function freeze(world: World): void {
  const uid = runningPods(world)[0]?.uid ?? ''
  world.frozen.add(uid)
  world.clock.after(90 * SECOND, () => void world.frozen.delete(uid))
}

/** Ms until it is so; fails when it is not within `mostMs`. */
async function until(world: World, mostMs: number, what: string, check: () => boolean): Promise<number> {
  const watcher = watchInvariants(world)
  for (let passed = 0; passed <= mostMs; passed += SECOND / 2) {
    watcher.look()
    if (check()) {
      assert.deepEqual(watcher.faults, [])
      return passed
    }
    await world.clock.advance(SECOND / 2)
  }
  return assert.fail(`not within ${mostMs} ms: ${what}; ${JSON.stringify(subjects(world).map(({ status }) => status))}`)
}

async function worldOf(options: Omit<WorldOptions, 'seed'>, run: (world: World) => Promise<void>): Promise<void> {
  const world = createWorld({ seed: 11, ...options })
  world.start()
  try {
    await run(world)
    await until(world, 7_200 * SECOND, 'it comes to rest', () => isQuiet(world))
    assert.deepEqual(endFaults(world), [])
  } finally {
    world.stop()
  }
}

async function running(world: World, name: string): Promise<void> {
  await until(world, 60 * SECOND, `${name} runs`, () => statusOf(world, name)?.phase === 'Running')
}

const LOSSES: readonly (readonly [title: string, hit: (world: World) => void])[] = [
  ['a process that is killed', (world) => runningPods(world)[0]?.exit(137)],
  [
    'a pod that is deleted',
    (world) => world.cluster.remove({ kind: 'Pod', namespace: 'research', name: runningPods(world)[0]?.name ?? '' }),
  ],
  ['a process that stands still for 90 s', (world) => freeze(world)],
  [
    'a node that dies with all that is on it',
    (world) => world.cluster.machines.loseNode(runningPods(world)[0]?.node ?? '', 'die'),
  ],
]

for (const [title, hit] of LOSSES) {
  test(`${title} is a loss that row and resource show within 60 s`, () =>
    worldOf({ fateOf: () => 'slow' }, async (world) => {
      world.apply(backtest('lost', 1))
      await running(world, 'lost')
      hit(world)
      await until(world, 60 * SECOND, 'the loss shows', () => statusOf(world, 'lost')?.phase === 'Failed')
      assert.equal(rowOf(world, 'lost')?.status, 'failed')
      assert.match(statusOf(world, 'lost')?.error?.class ?? '', /^(worker|heartbeat|node)_lost$/)
      await world.clock.advance(120 * SECOND)
      assert.equal(statusOf(world, 'lost')?.phase, 'Failed', 'what wakes up later is fenced')
    }))
}

test('a kubelet that stops alone is no loss: the run completes', () =>
  worldOf({}, async (world) => {
    world.apply(backtest('heard', 1))
    await running(world, 'heard')
    world.cluster.machines.loseNode(runningPods(world)[0]?.node ?? '', 'live')
    await until(world, 60 * SECOND, 'it completes', () => statusOf(world, 'heard')?.phase === 'Completed')
  }))

const COMEBACKS: readonly (readonly [title: string, hit: (world: World) => Promise<void>])[] = [
  ['an operator that dies', async (world) => world.crash(world.processes[0]!)],
  [
    'an API server that is away for 12 s',
    async (world) => {
      world.around.apiServer = false
      await world.clock.advance(12 * SECOND)
      assert.equal(world.processes[0]?.alive, false)
      world.around.apiServer = true
    },
  ],
]

for (const [title, hit] of COMEBACKS) {
  test(`${title} costs no wait for the lease: the next process of the pod leads at once`, () =>
    worldOf({}, async (world) => {
      await world.clock.advance(10 * SECOND)
      await hit(world)
      world.apply(backtest('next', 1))
      await until(world, 8 * SECOND, 'its Job is made', () => world.cluster.all('Job').length === 1)
    }))
}

for (const seconds of [4, 60, 600]) {
  test(`an API server that was away for ${seconds} s is caught up with within 5 s`, () =>
    worldOf({}, async (world) => {
      await world.clock.advance(10 * SECOND)
      world.around.apiServer = false
      await world.clock.advance(seconds * SECOND)
      world.apply(backtest('meanwhile', 1))
      world.around.apiServer = true
      await until(world, 5 * SECOND, 'its Job is made', () => world.cluster.all('Job').length === 1)
    }))
}

for (const [title, fate, redis] of [
  ['a running job', 'slow', true],
  ['a running job without Redis', 'slow', false],
  ['a runner that heeds nothing', 'deaf', true],
] as const) {
  test(`a cancel of ${title} shows within 30 s`, () =>
    worldOf({ fateOf: () => fate }, async (world) => {
      world.around.redis = redis
      world.apply(backtest('stopped', 400))
      await running(world, 'stopped')
      world.label(BACKTEST('stopped'), 'cancel-1')
      await until(world, 30 * SECOND, 'it is cancelled', () => hasFinished(subjects(world)[0]!))
      world.around.redis = true
    }))
}

test('a MonteCarlo that is cancelled takes its inline source along', () =>
  worldOf({ fateOf: () => 'slow' }, async (world) => {
    world.apply(monteCarlo('luck', { backtest: backtest('x', 5).spec }))
    await running(world, 'luck-source')
    world.label({ kind: 'MonteCarlo', namespace: 'research', name: 'luck' }, 'cancel-1')
    await until(world, 60 * SECOND, 'both are cancelled', () => subjects(world).every(hasFinished))
    assert.deepEqual(
      [statusOf(world, 'luck')?.phase, statusOf(world, 'luck-source')?.phase],
      ['Cancelled', 'Cancelled'],
    )
  }))

test('a missing Secret shows within 15 s and holds no slot; with it the run starts', () =>
  worldOf({ settings: { BACKTEST_MAX_WORKERS: '1' } }, async (world) => {
    world.around.secret = false
    world.apply(backtest('waits', 1))
    const shows = () => conditionOf(world, 'waits', 'RunnerNotConfigured')?.status === 'True'
    await until(world, 15 * SECOND, 'it shows', shows)
    await until(world, 15 * SECOND, 'the slot is given back', () =>
      world.cluster.all('Job').every(({ spec }) => (spec as { suspend?: boolean }).suspend === true),
    )
    assert.equal(rowOf(world, 'waits')?.retryCount, 0)
    world.around.secret = true
    await until(world, 60 * SECOND, 'it starts', () => statusOf(world, 'waits')?.phase === 'Running')
  }))

test('a result whose record is pending is recorded when the database is back, and never computed again', () =>
  worldOf({}, async (world) => {
    world.apply(backtest('pending', 1))
    await running(world, 'pending')
    world.around.postgres = false
    const pending = () => conditionOf(world, 'pending', 'RecordPending')?.status === 'True'
    await until(world, 600 * SECOND, 'the record is pending', pending)
    assert.equal(statusOf(world, 'pending')?.phase, 'Running')
    world.around.postgres = true
    await until(world, 60 * SECOND, 'it is recorded', () => statusOf(world, 'pending')?.phase === 'Completed')
    assert.equal(world.state.attempts.size, 1)
  }))

test('a full store holds whatever waits, says so, and costs no retry until a clean-up finds room', () =>
  worldOf({ settings: { HINDCAST_CLEANUP_IMAGE: 'example/cli:1' } }, async (world) => {
    world.around.room = false
    world.apply(backtest('stuck', 1))
    const shows = (name: string) => conditionOf(world, name, 'StorageFull')?.status === 'True'
    await until(world, 120 * SECOND, 'it shows', () => shows('stuck'))
    world.apply(backtest('waits', 2))
    world.apply(backtest('elsewhere', 2, {}, 'lab'))
    await until(world, 30 * SECOND, 'it holds the next one', () => shows('waits'))
    assert.equal(conditionOf(world, 'waits', 'Admitted')?.reason, 'StorageFull')
    await until(world, 120 * SECOND, 'the other namespace learns it for itself', () => shows('elsewhere'))
    world.crash(world.processes[0]!)
    await world.clock.advance(3_600 * SECOND)
    assert.deepEqual([rowOf(world, 'stuck')?.retryCount, rowOf(world, 'waits')?.attempt], [1, 0])
    assert.ok(shows('stuck') && shows('waits'), 'also to an operator that was not there')
    world.around.room = true
    await until(world, 300 * SECOND, 'all complete', () => subjects(world).every(hasFinished))
    assert.deepEqual([statusOf(world, 'stuck')?.attempt, statusOf(world, 'waits')?.attempt], [2, 1])
    assert.deepEqual([shows('stuck'), shows('waits')], [false, false])
  }))

test('where nobody can measure a full store, the next attempt finds out', () =>
  worldOf({}, async (world) => {
    world.around.room = false
    world.apply(backtest('tries', 1))
    await until(world, 120 * SECOND, 'it is held', () => conditionOf(world, 'tries', 'StorageFull')?.status === 'True')
    world.around.room = true
    const took = await until(world, 1_200 * SECOND, 'it completes', () => subjects(world).every(hasFinished))
    assert.ok(took > 600 * SECOND, `${took} ms`)
  }))

test('a burst of 20 never takes more than 2 slots of a priority and 6 in all, while operators die', () =>
  worldOf({ lag: true }, async (world) => {
    for (let i = 0; i < 20; i += 1) {
      const priority = (['high', 'normal', 'low'] as const)[i % 3]
      world.apply(backtest(`burst-${i}`, i, { priority }))
    }
    await world.clock.advance(10 * SECOND)
    world.crash(world.processes[0]!)
    await world.clock.advance(40 * SECOND)
    world.crash(world.processes.at(-1)!)
  }))

test('two resources of one question compute once, and the waiter takes the result', () =>
  worldOf({}, async (world) => {
    world.apply(backtest('first', 9))
    await world.clock.advance(2 * SECOND)
    world.apply(backtest('second', 9))
    await until(world, 120 * SECOND, 'both finish', () => subjects(world).every(hasFinished))
    assert.equal(world.state.attempts.size, 1)
    assert.equal(conditionOf(world, 'second', 'Ready')?.reason, 'Reused')
  }))

test('a record restored from an older copy never runs what had ended', () =>
  worldOf({}, async (world) => {
    world.apply(backtest('old', 3))
    await running(world, 'old')
    const copy = structuredClone({
      jobs: [...world.state.jobs],
      attempts: [...world.state.attempts],
      resources: [...world.state.resources],
    })
    await until(world, 120 * SECOND, 'it completes', () => statusOf(world, 'old')?.phase === 'Completed')
    await world.clock.advance(30 * SECOND)
    for (const [key, row] of copy.jobs) world.state.jobs.set(key, row)
    for (const [key, row] of copy.attempts) world.state.attempts.set(key, row)
    for (const [key, row] of copy.resources) world.state.resources.set(key, row)
    world.crash(world.processes[0]!)
    await until(world, 120 * SECOND, 'the row has ended', () => rowOf(world, 'old')?.status === 'failed')
    assert.deepEqual(
      [statusOf(world, 'old')?.phase, conditionOf(world, 'old', 'Recorded')?.reason],
      ['Completed', 'RecordLost'],
    )
    // Its row differs from its status by right now: the invariants of a calm end do not hold, and nothing runs.
    assert.equal(world.state.attempts.size, 1)
    rowOf(world, 'old')!.holderUid = null
  }))
