import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ResourceStatus } from '../../core/status/shape.ts'
import { mulberry } from '../flow/mulberry.ts'
import type { Weather } from './actors/process.ts'
import type { Fate } from './actors/runner.ts'
import { endFaults, isQuiet, subjects, watchInvariants } from './invariants.ts'
import { backtest, monteCarlo, walkForward } from './resources.ts'
import { createWorld, type OperatorCall, type World } from './world.ts'

/** operator.md 5, goal 9: the operator dies at a call, before it is sent or after it is done, whichever call it is. */

const SECOND = 1_000
const MOST_MS = 1_800 * SECOND
const LONG = process.env.HINDCAST_TEST_LONG === '1'
/** Calls that are tried of each script, spread over all of them; in a long run every one. */
const TRIED = LONG ? Number.POSITIVE_INFINITY : 4

interface Script {
  readonly title: string
  readonly kind: 'Backtest' | 'WalkForward' | 'MonteCarlo'
  readonly fate: Fate
  /** Asked for when the run has been going for a while. */
  readonly cancel?: boolean
}

const ENDS = [
  { how: 'runs well', fate: 'happy' },
  { how: 'is cancelled', fate: 'slow', cancel: true },
  { how: 'runs out of memory', fate: 'oom' },
  { how: 'runs out of time', fate: 'timeout' },
] as const

const SCRIPTS: readonly Script[] = (['Backtest', 'WalkForward', 'MonteCarlo'] as const).flatMap((kind) =>
  ENDS.map(({ how, ...end }) => ({ title: `a ${kind} that ${how}`, kind, ...end })),
)

const NAME = 'swept'

/** Of the resource, inside the name of a Job: another one where the operator made its owner a call later. */
const UID = /-[0-9a-f]{8}-a/

/** What must be the same wherever the operator died. */
interface Ending {
  readonly phases: readonly string[]
  readonly attempts: readonly string[]
  readonly jobs: readonly string[]
}

async function play(
  script: Script,
  weather: (call: OperatorCall) => Weather,
): Promise<{ ending: Ending; calls: readonly OperatorCall[]; faults: readonly string[] }> {
  const world = createWorld({ seed: 7, weather, fateOf: (name) => (name === NAME ? script.fate : 'happy') })
  const jobs = new Set<string>()
  const watcher = watchInvariants(world)
  world.apply(resourceOf(script))
  world.start()
  let cancelled = script.cancel !== true
  for (let passed = 0; passed < MOST_MS; passed += SECOND / 2) {
    await world.clock.advance(SECOND / 2)
    watcher.look()
    for (const { metadata } of world.cluster.all('Job')) jobs.add(`${metadata.name} ${metadata.uid}`)
    if (!cancelled && statusOf(world)?.phase === 'Running') {
      world.label({ kind: script.kind, namespace: 'research', name: NAME }, 'cancel-1')
      cancelled = true
    }
    if (cancelled && isQuiet(world)) break
  }
  await world.clock.advance(60 * SECOND)
  watcher.look()
  const faults = [...watcher.faults, ...endFaults(world)]
  world.stop()
  return { ending: endingOf(world, jobs), calls: world.calls, faults }
}

function endingOf(world: World, jobs: ReadonlySet<string>): Ending {
  return {
    phases: subjects(world).map(
      ({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.error?.class ?? ''}`,
    ),
    attempts: [...world.state.attempts.values()]
      .map(({ attempt, status, errorClass }) => `${attempt} ${status} ${errorClass}`)
      .sort(),
    jobs: [...jobs].map((one) => one.replace(UID, '-UID-a').split(' ')[0] as string).sort(),
  }
}

const statusOf = (world: World): ResourceStatus | undefined =>
  subjects(world).find(({ metadata }) => metadata.name === NAME)?.status

function resourceOf({ kind }: Script) {
  if (kind === 'WalkForward') return walkForward(NAME, 5, { parallelism: 2 })
  return kind === 'Backtest' ? backtest(NAME, 5) : monteCarlo(NAME, { backtest: backtest('x', 5).spec })
}

/** Some of the calls, first and last among them, others by chance; all of them where that is asked for. */
function chosen(count: number, seed: number): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1)
  if (count <= TRIED) return all
  const random = mulberry(seed)
  return all
    .map((index) => ({ index, by: random() }))
    .sort((a, b) => a.by - b.by)
    .slice(0, TRIED)
    .map(({ index }) => index)
    .sort((a, b) => a - b)
}

for (const [seed, script] of SCRIPTS.entries()) {
  test(`${script.title} ends the same wherever the operator dies, with one Job an attempt`, async () => {
    const calm = await play(script, () => 'fine')
    assert.deepEqual(calm.faults, [])
    for (const index of chosen(calm.calls.length, seed)) {
      for (const how of ['die-before', 'die-after'] as const) {
        const swept = await play(script, (call) => (call.index === index ? how : 'fine'))
        const at = `${how} call ${index}, ${calm.calls[index - 1]?.what}`
        assert.deepEqual(swept.faults, [], at)
        assert.deepEqual(swept.ending, calm.ending, at)
      }
    }
  })
}
