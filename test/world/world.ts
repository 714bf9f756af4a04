import { KubeError } from '../../kube/kube-error.ts'
import type { KubeObject, ObjectRef } from '../../kube/object.ts'
import { loadOperatorConfig, type OperatorConfig } from '../../operator/config.ts'
import { memoryProgress } from '../../storage/progress/memory.ts'
import { mulberry } from '../flow/mulberry.ts'
import { cleanupProgram, isCleanup } from './actors/cleanup.ts'
import { createDeployment, type OperatorCall } from './actors/deployment.ts'
import { startOperator } from './actors/operator.ts'
import { clockOf, databaseAway, type Process, through, type Weather } from './actors/process.ts'
import { type Fate, runnerProgram } from './actors/runner.ts'
import type { SimulatedPod } from './api-server/container.ts'
import { type Call, createMemoryCluster, type MemoryCluster } from './memory-cluster.ts'
import { memoryLedger } from './memory-ledger.ts'
import { SNAPSHOT } from './resources.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

export const NAMESPACES = ['research', 'lab'] as const
const NODES = ['node-1', 'node-2', 'node-3']
/** A process that died comes back in its pod after this long. */
const RESTART_MS = 3_000

export interface WorldOptions {
  readonly seed: number
  /** What happens to a call of an operator; absent: nothing. */
  readonly weather?: (call: OperatorCall) => Weather
  /** Whether calls and events take time, so that passes of several workers interleave. */
  readonly lag?: boolean
  readonly fateOf?: (name: string, attempt: number) => Fate
  readonly settings?: Readonly<Record<string, string>>
}

/** What stands around the operators, and may be away. */
export interface Around {
  postgres: boolean
  redis: boolean
  /** The runners' own way to Redis. */
  runnersRedis: boolean
  apiServer: boolean
  secret: boolean
  /** Whether a result finds room in the store. */
  room: boolean
}

/** The whole of Hindcast's cluster side in one process, on a clock that stands still until it is told to go on. */
export interface World {
  readonly clock: VirtualClock
  readonly cluster: MemoryCluster
  readonly state: ReturnType<typeof memoryLedger>['state']
  readonly config: OperatorConfig
  readonly random: () => number
  readonly around: Around
  readonly processes: readonly Process[]
  /** Calls of operators so far. */
  readonly calls: readonly OperatorCall[]
  /** Log lines of operators that say that a pass failed by a bug. */
  readonly bugs: readonly string[]
  readonly frozen: Set<string>
  /** Starts one more process of the operator. */
  start(): void
  /** Kills a process; another one takes its place in its pod after a while. */
  crash(process: Process): void
  apply(object: KubeObject): void
  label(ref: ObjectRef, request: string): void
  stop(): void
}

export function createWorld(options: WorldOptions): World {
  const { seed, lag = false } = options
  const random = mulberry(seed)
  const clock = createVirtualClock()
  const config = configOf(options.settings ?? {})
  const { ledger, state } = memoryLedger(clock.now)
  const redis = memoryProgress(clock.monotonic)
  const around = { postgres: true, redis: true, runnersRedis: true, apiServer: true, secret: true, room: true }
  const bugs: string[] = []
  const frozen = new Set<string>()
  const placed = new Set<string>()

  const operators = createDeployment({
    clock,
    restartMs: RESTART_MS,
    boot,
    ...(options.weather === undefined ? {} : { weather: options.weather }),
    latencyMs: () => (lag ? random() * 20 : 0),
  })
  const cluster = createMemoryCluster({
    clock,
    seed: `seed-${seed}`,
    intercept: (call, run) => intercepted(call, run),
    weather: () => ({ lagMs: () => (lag ? random() * 50 : 0), twice: () => lag && random() < 0.02 }),
    machines: {
      nodes: NODES,
      program: (pod) => (isCleanup(pod) ? cleanupProgram : runnerProgram)(runnerWorld, pod),
      obstacle: () => (around.secret ? null : { reason: 'CreateContainerConfigError', message: 'no Secret' }),
    },
    reactMs: () => (lag ? 5 + random() * 50 : 10),
  })

  function intercepted<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const process = operators.processes.find(({ name }) => name === call.client)
    if (process === undefined) return run()
    const fault = () => new KubeError('unavailable', 'the world has taken the API server away', { status: 503 })
    return operators.call(process, `${call.verb} ${call.kind} ${call.key}`, { away: !around.apiServer, fault }, run)
  }

  const runnerWorld = {
    clock,
    random,
    frozen: (uid: string) => frozen.has(uid),
    fateOf: options.fateOf ?? (() => 'happy' as const),
    hasRoom: () => around.room,
    place: (jobId: string, attempt: number) => {
      const key = `${jobId}/${attempt}`
      const isFree = !placed.has(key)
      placed.add(key)
      return isFree
    },
    unplace: (jobId: string, attempt: number) => void placed.delete(`${jobId}/${attempt}`),
    ledger: through(ledger, (_verb, run) => (around.postgres ? run() : Promise.reject(databaseAway()))),
    progress: through(redis, (_verb, run) => (around.redis && around.runnersRedis ? run() : redisAway())),
  }

  function boot(process: Process): () => void {
    const { kill } = startOperator({
      identity: `${process.pod}_${process.name}`,
      pod: process.pod,
      clock: clockOf(clock, process),
      random,
      config,
      cluster: cluster.client(process.name),
      ledger: through(
        ledger,
        (verb, run) => operators.call(process, `ledger ${verb}`, { away: !around.postgres, fault: databaseAway }, run),
        ['pool'],
      ),
      progress: through(redis, (_verb, run) => (around.redis ? run() : redisAway()), ['up']),
      log: (event, fields) => {
        if (event === 'pass_failed' && fields?.code === undefined) bugs.push(JSON.stringify(fields))
      },
      onExit: () => operators.crash(process),
    })
    return kill
  }

  ledger.insertSnapshot(SNAPSHOT)
  return {
    clock,
    cluster,
    state,
    config,
    random,
    around,
    processes: operators.processes,
    calls: operators.calls,
    bugs,
    frozen,
    start: operators.start,
    crash: operators.crash,
    apply: (object) => void cluster.apply(object),
    label: (ref, request) => void cluster.edit(ref, { metadata: { labels: { 'hindcast.dev/request': request } } }),
    stop() {
      operators.end()
      cluster.stop()
    },
  }
}

const redisAway = () => Promise.reject(new Error('redis is away'))

function configOf(settings: Readonly<Record<string, string>>): OperatorConfig {
  return loadOperatorConfig({
    DATABASE_URL: 'postgres://not-used/x',
    REDIS_URL: 'redis://not-used',
    HINDCAST_NAMESPACE: 'hindcast',
    HINDCAST_NAMESPACES: NAMESPACES.join(','),
    HINDCAST_RUNNER_IMAGE: 'example/runner:1',
    HINDCAST_STORE: 'pvc:results',
    ...settings,
  })
}

/** A pod that is nobody's but the world's to hit. */
export function runningPods(world: World): readonly SimulatedPod[] {
  return world.cluster.machines.running()
}
