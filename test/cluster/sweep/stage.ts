import type { Clock } from '../../../kube/clock.ts'
import type { KindName } from '../../../kube/kinds.ts'
import { loadOperatorConfig, type OperatorConfig } from '../../../operator/config.ts'
import { databaseLedger } from '../../../storage/ledger/database-ledger.ts'
import { postgresDatabase } from '../../../storage/ledger/engines/postgres.ts'
import { redisProgress } from '../../../storage/progress/redis.ts'
import { createDeployment, type Deployment, type OperatorCall } from '../../world/actors/deployment.ts'
import type { Weather } from '../../world/actors/process.ts'
import { type Fate, runnerProgram } from '../../world/actors/runner.ts'
import type { Scene } from '../../world/invariants.ts'
import { attemptKey } from '../../world/ledger/state.ts'
import type { Ground, Plot } from './ground.ts'
import { type Kubelet, startKubelet } from './kubelet.ts'
import { bootOperator } from './operator-process.ts'
import { persistently } from './persistence.ts'
import { readRecord } from './record.ts'

/** Runners live so many times faster than they say: a second of computing is 50 ms. */
const RUNNER_SPEED = 20
/** A process that died comes back in its pod after this long. */
const RESTART_MS = 200
const OUTSIDE_LIMITS = { connectionsMax: 3, connectMs: 5_000, statementMs: 10_000 }

/** Of the operator's clocks those that a script waits for; the others are longer than any script. */
const CLOCKS = {
  HINDCAST_LEASE_MS: '2000',
  HINDCAST_LEASE_RENEW_MS: '1500',
  HINDCAST_LEASE_RETRY_MS: '300',
  HINDCAST_BEAT_LOOK_MS: '500',
  HINDCAST_STATUS_MS: '1000',
}

/** An installation of Hindcast on a plot of its own: operators, runners, and what is seen of them from outside. */
export interface Stage extends Scene {
  readonly namespace: string
  readonly operators: Deployment
  /** Name and uid of every Job that was ever there. */
  readonly jobs: ReadonlySet<string>
  readonly kubelet: Kubelet
  /** Looks anew at the server and then at the record; in between the scene stands still. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface StageOptions {
  readonly weather: (call: OperatorCall) => Weather
  readonly fateOf: (name: string) => Fate
}

export async function openStage(ground: Ground, { weather, fateOf }: StageOptions): Promise<Stage> {
  const { server, clock, lookout } = ground
  const plot = await ground.plot()
  const { namespace } = plot
  const config = configOf(plot, server.redisUrl)
  const bugs: string[] = []
  const jobs = new Set<string>()
  const outside = databaseLedger(postgresDatabase(plot.databaseUrl, OUTSIDE_LIMITS))
  const progress = redisProgress({ url: server.redisUrl, monotonic: clock.monotonic })
  const fast = faster(clock, RUNNER_SPEED)
  const placed = new Set<string>()
  const runnerWorld = {
    clock: fast,
    random: Math.random,
    frozen: () => false,
    fateOf,
    hasRoom: () => true,
    place: (jobId: string, attempt: number) => {
      const isFree = !placed.has(attemptKey(jobId, attempt))
      placed.add(attemptKey(jobId, attempt))
      return isFree
    },
    unplace: (jobId: string, attempt: number) => void placed.delete(attemptKey(jobId, attempt)),
    ledger: outside,
    progress,
  }
  const kubelet = startKubelet({ api: server.api, clock: fast, program: (pod) => runnerProgram(runnerWorld, pod) })
  const unfollow = lookout.follow(namespace, (change) => {
    const { kind, metadata } = change.object
    if (kind === 'Pod') kubelet.tend(change)
    if (kind === 'Job') jobs.add(`${metadata.name} ${metadata.uid}`)
  })
  const ends: Promise<unknown>[] = []
  const operators = createDeployment({
    clock,
    restartMs: RESTART_MS,
    weather,
    boot: (process) => {
      const kill = bootOperator({ ground, config, process, operators: () => operators, bugs })
      return () => void ends.push(kill())
    },
  })
  let seen = lookout.all(namespace)
  let state: Scene['state'] = await persistently(() => readRecord(outside, []))
  return {
    namespace,
    cluster: { all: (kind: KindName) => seen.get(kind) ?? [] },
    get state() {
      return state
    },
    config,
    clock,
    bugs,
    operators,
    jobs,
    kubelet,
    async refresh() {
      // In this order: a Job has the row of its attempt from the first, a row may have no Job yet.
      seen = lookout.all(namespace)
      state = await readRecord(outside, state.claims)
    },
    async close() {
      operators.end()
      kubelet.stop()
      unfollow()
      await Promise.all([...ends, outside.close(), progress.close()])
    },
  }
}

function configOf({ namespace, databaseUrl }: Plot, redisUrl: string): OperatorConfig {
  return loadOperatorConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    HINDCAST_NAMESPACE: namespace,
    HINDCAST_RUNNER_IMAGE: 'example/runner:1',
    HINDCAST_STORE: 'pvc:results',
    ...CLOCKS,
  })
}

/** A clock on which `times` as much time passes; what it calls now stays what others call now. */
function faster(clock: Clock, times: number): Clock {
  return {
    now: clock.now,
    monotonic: () => clock.monotonic() * times,
    after: (ms, run) => clock.after(ms / times, run),
  }
}
