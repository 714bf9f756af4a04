import { KubeError } from '../../kube/kube-error.ts'
import type { ObjectRef } from '../../kube/object.ts'
import { mulberry } from '../flow/mulberry.ts'
import type { OperatorCall } from './actors/deployment.ts'
import type { Weather } from './actors/process.ts'
import type { Fate } from './actors/runner.ts'
import { endFaults, isQuiet, watchInvariants } from './invariants.ts'
import { backtest, monteCarlo, walkForward } from './resources.ts'
import { createWorld, NAMESPACES, runningPods, type World } from './world.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** How long things go wrong, and how long the world then has to come to rest: three retries and what they wait for. */
const STORM_MS = 4 * MINUTE
const REST_MS = 120 * MINUTE
const STEP_MS = 500

const FATES: readonly Fate[] = [
  'happy',
  'happy',
  'happy',
  'happy',
  'fail',
  'data',
  'oom',
  'timeout',
  'crash',
  'hang',
  'deaf',
  'environment',
]

/** One happening of a storm, and when. */
interface Happening {
  readonly at: number
  readonly what: string
  readonly run: (world: World) => void
}

/** What a seed came to: the story, for whoever reads of a fault. */
export interface Outcome {
  readonly faults: readonly string[]
  readonly story: readonly string[]
  readonly world: World
}

type Dice = ReturnType<typeof dice>

function dice(seed: number) {
  const random = mulberry(seed)
  return {
    random,
    upTo: (most: number) => Math.floor(random() * most),
    chance: (p: number) => random() < p,
    of: <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T,
  }
}

/** A world of a seed: resources, requests and faults at random moments, then calm until nothing more happens. */
export async function storm(seed: number): Promise<Outcome> {
  const throws = dice(seed)
  const fates = new Map<string, Fate>()
  let troubled = false
  const weather = (_call: OperatorCall): Weather => {
    if (!troubled || !throws.chance(0.03)) return 'fine'
    return throws.of(['before', 'before', 'after', 'after', 'die-before', 'die-after'])
  }
  const world = createWorld({
    seed,
    lag: true,
    weather,
    settings: { HINDCAST_CLEANUP_IMAGE: 'example/cli:1' },
    fateOf: (name, attempt) => fates.get(`${name}/${attempt}`) ?? fates.get(name) ?? 'happy',
  })
  const happenings = [...asked(throws, fates), ...broken(throws, (on) => (troubled = on))].sort((a, b) => a.at - b.at)
  const story: string[] = []
  const watcher = watchInvariants(world)
  world.start()
  if (throws.chance(0.5)) world.start()
  for (let passed = 0; passed < STORM_MS + REST_MS; passed += STEP_MS) {
    while (happenings[0] !== undefined && happenings[0].at <= passed) {
      const { what, run } = happenings.shift() as Happening
      story.push(`${passed} ${what}`)
      run(world)
    }
    await world.clock.advance(STEP_MS)
    watcher.look()
    if (passed === STORM_MS) {
      troubled = false
      calm(world)
    }
    if (passed > STORM_MS && isQuiet(world)) break
  }
  await world.clock.advance(2 * MINUTE)
  watcher.look()
  const faults = [...watcher.faults, ...endFaults(world)]
  world.stop()
  return { faults, story, world }
}

/** Everything that stands around comes back. */
function calm(world: World): void {
  Object.assign(world.around, { postgres: true, redis: true, apiServer: true, secret: true, room: true })
  world.frozen.clear()
  for (const node of world.cluster.machines.nodes()) world.cluster.machines.recoverNode(node)
  for (const process of world.processes) process.stopped = false
}

/** What users do. */
function asked(throws: Dice, fates: Map<string, Fate>): readonly Happening[] {
  const { upTo, chance, of } = throws
  const happenings: Happening[] = []
  const count = 3 + upTo(6)
  for (let i = 0; i < count; i += 1) {
    const name = `r${i}`
    const at = upTo(60) * SECOND
    const namespace = of(NAMESPACES)
    const number = chance(0.3) ? 1 : i + 2
    const spec = {
      priority: of(['high', 'normal', 'low']),
      ...(chance(0.3) ? { workerLossPolicy: 'retry' } : {}),
      ...(chance(0.2) ? { retryLimit: upTo(3) } : {}),
    }
    fates.set(name, of(FATES))
    if (chance(0.3)) fates.set(`${name}/2`, of(FATES))
    const kind = of(['Backtest', 'Backtest', 'Backtest', 'WalkForward', 'MonteCarlo'] as const)
    const object =
      kind === 'Backtest'
        ? backtest(name, number, spec, namespace)
        : kind === 'WalkForward'
          ? walkForward(name, number, { ...spec, parallelism: 1 + upTo(4) }, namespace)
          : monteCarlo(name, { backtest: backtest('x', number).spec }, spec, namespace)
    happenings.push({ at, what: `apply ${kind} ${name} (${number}, ${fates.get(name)})`, run: (w) => w.apply(object) })
    const ref: ObjectRef = { kind, namespace, name }
    if (chance(0.3)) happenings.push(labelled(ref, 'cancel', at + upTo(90) * SECOND))
    if (chance(0.3)) happenings.push(labelled(ref, 'rerun', at + upTo(180) * SECOND))
    if (chance(0.15)) {
      happenings.push({
        at: at + upTo(120) * SECOND,
        what: `delete ${name}`,
        run: (w) => {
          if (w.cluster.read(ref) !== undefined) w.cluster.remove(ref)
        },
      })
    }
    if (chance(0.15)) {
      const from = at + upTo(30) * SECOND
      happenings.push(suspended(ref, from, true), suspended(ref, from + upTo(120) * SECOND, false))
    }
  }
  return happenings
}

function labelled(ref: ObjectRef, verb: string, at: number): Happening {
  const label = `${verb}-${String(at).padStart(8, '0')}`
  return {
    at,
    what: `${label} on ${ref.name}`,
    run: (w) => {
      if (w.cluster.read(ref) !== undefined) w.label(ref, label)
    },
  }
}

function suspended(ref: ObjectRef, at: number, suspend: boolean): Happening {
  return {
    at,
    what: `suspend ${suspend} ${ref.name}`,
    run: (w) => {
      if (w.cluster.read(ref) !== undefined) w.cluster.edit(ref, { spec: { suspend } })
    },
  }
}

/** What goes wrong. */
function broken(throws: Dice, trouble: (on: boolean) => void): readonly Happening[] {
  const { upTo, chance, of } = throws
  const happenings: Happening[] = []
  const when = () => upTo(STORM_MS - 30 * SECOND)
  const away = (what: keyof World['around'], most: number) => {
    const at = when()
    happenings.push({ at, what: `${what} away`, run: (w) => switched(w, what, false) })
    happenings.push({ at: at + upTo(most), what: `${what} back`, run: (w) => switched(w, what, true) })
  }
  const once = (what: string, run: Happening['run']) => happenings.push({ at: when(), what, run })
  if (chance(0.5)) away('postgres', 90 * SECOND)
  if (chance(0.4)) away('redis', 120 * SECOND)
  if (chance(0.3)) away('apiServer', 40 * SECOND)
  if (chance(0.2)) away('secret', 120 * SECOND)
  if (chance(0.5)) {
    const at = when()
    happenings.push({ at, what: 'calls fail', run: () => trouble(true) })
    happenings.push({ at: at + upTo(60) * SECOND, what: 'calls are answered', run: () => trouble(false) })
  }
  for (let i = upTo(3); i > 0; i -= 1) once('kill an operator', (w) => crashOne(w, throws))
  if (chance(0.3)) {
    const at = when()
    happenings.push({ at, what: 'stop an operator', run: (w) => stopOne(w, throws, true) })
    happenings.push({ at: at + 60 * SECOND, what: 'let it go on', run: (w) => stopOne(w, throws, false) })
  }
  for (let i = upTo(3); i > 0; i -= 1) once('cut watches', (w) => cut(w, throws))
  if (chance(0.3)) once('compact', (w) => w.cluster.compact())
  for (let i = upTo(3); i > 0; i -= 1) once('hit a pod', (w) => hitPod(w, throws))
  if (chance(0.3)) once('delete a Job', (w) => deleteJob(w, throws))
  if (chance(0.3)) {
    const at = when()
    const node = of(['node-1', 'node-2', 'node-3'])
    const fate = of(['die', 'live'] as const)
    happenings.push({ at, what: `lose ${node} (${fate})`, run: (w) => w.cluster.machines.loseNode(node, fate) })
  }
  if (chance(0.3)) away('room', 120 * SECOND)
  return happenings
}

function switched(world: World, what: keyof World['around'], on: boolean): void {
  world.around[what] = on
}

function crashOne(world: World, { of }: Dice): void {
  const alive = world.processes.filter((process) => process.alive)
  if (alive.length > 0) world.crash(of(alive))
}

function stopOne(world: World, { of }: Dice, stop: boolean): void {
  if (!stop) for (const process of world.processes) process.stopped = false
  else {
    const alive = world.processes.filter((process) => process.alive)
    if (alive.length > 0) of(alive).stopped = true
  }
}

function cut(world: World, { of }: Dice): void {
  const error = of([
    null,
    new KubeError('gone', 'too old', { status: 410 }),
    new KubeError('unavailable', 'cut', { status: 500 }),
  ])
  world.cluster.cutWatches(undefined, error ?? undefined)
}

function hitPod(world: World, { of, upTo }: Dice): void {
  const pods = runningPods(world)
  if (pods.length === 0) return
  const pod = of(pods)
  const ref = { kind: 'Pod', namespace: pod.namespace, name: pod.name } as const
  const hits = [
    () => world.cluster.machines.evict(pod.key, 'the node was low on memory'),
    () => world.cluster.machines.disrupt(pod.key, 'EvictionByEvictionAPI'),
    () => pod.exit(137),
    () => world.cluster.remove(ref),
    () => {
      world.frozen.add(pod.uid)
      world.clock.after(90 * SECOND, () => void world.frozen.delete(pod.uid))
    },
  ]
  hits[upTo(hits.length)]?.()
}

function deleteJob(world: World, { of }: Dice): void {
  const jobs = world.cluster.all('Job')
  if (jobs.length === 0) return
  const { metadata } = of(jobs)
  world.cluster.remove({ kind: 'Job', namespace: metadata.namespace ?? '', name: metadata.name })
}
