import { endFaults, isQuiet, watchInvariants } from './invariants.ts'
import { CANCEL, endingOf, fateIn, NAME, type Play, resourceOf, statusIn } from './scripts.ts'
import { createWorld } from './world.ts'

const SECOND = 1_000
const MOST_MS = 1_800 * SECOND

/** Plays a script in the world in memory. */
export const play: Play = async (script, weather) => {
  const world = createWorld({ seed: 7, weather, fateOf: fateIn(script) })
  const jobs = new Set<string>()
  const watcher = watchInvariants(world)
  world.apply(resourceOf(script))
  world.start()
  let cancelled = script.cancel !== true
  for (let passed = 0; passed < MOST_MS; passed += SECOND / 2) {
    await world.clock.advance(SECOND / 2)
    watcher.look()
    for (const { metadata } of world.cluster.all('Job')) jobs.add(`${metadata.name} ${metadata.uid}`)
    if (!cancelled && statusIn(world)?.phase === 'Running') {
      world.label({ kind: script.kind, namespace: 'research', name: NAME }, CANCEL)
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
