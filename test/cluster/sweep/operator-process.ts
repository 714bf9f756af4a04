import type { Clock } from '../../../kube/clock.ts'
import type { Cluster } from '../../../kube/cluster.ts'
import { KubeError } from '../../../kube/kube-error.ts'
import type { OperatorConfig } from '../../../operator/config.ts'
import { databaseLedger } from '../../../storage/ledger/database-ledger.ts'
import { postgresDatabase } from '../../../storage/ledger/engines/postgres.ts'
import { redisProgress } from '../../../storage/progress/redis.ts'
import type { Deployment } from '../../world/actors/deployment.ts'
import { startOperator } from '../../world/actors/operator.ts'
import { clockOf, databaseAway, type Process, through } from '../../world/actors/process.ts'
import type { Ground } from './ground.ts'

const LIMITS = { connectionsMax: 11, connectMs: 5_000, statementMs: 10_000 }

/** One process of the operator with connections of its own; gives what kills it and cuts them. */
export function bootOperator(of: {
  readonly ground: Ground
  readonly config: OperatorConfig
  readonly process: Process
  readonly operators: () => Deployment
  readonly bugs: string[]
}): () => Promise<unknown> {
  const { ground, config, process, operators, bugs } = of
  const timers = timersOf(ground.clock)
  const clock = clockOf(timers.clock, process)
  const call = <T>(what: string, fault: () => Error, run: () => Promise<T>) =>
    operators().call(process, what, { away: false, fault }, run)
  const client = ground.connect(clock)
  const ledger = databaseLedger(postgresDatabase(config.databaseUrl, LIMITS))
  const progress = redisProgress({ url: config.redisUrl, monotonic: clock.monotonic })
  const { kill } = startOperator({
    identity: `${process.pod}_${process.name}`,
    pod: process.pod,
    clock,
    random: Math.random,
    config,
    cluster: counted(client, (what, run) => call(what, apiServerAway, run)),
    ledger: through(ledger, (verb, run) => call(`ledger ${verb}`, databaseAway, run), ['pool']),
    progress,
    log: (event, fields) => {
      if (event === 'pass_failed' && fields?.code === undefined) bugs.push(JSON.stringify(fields))
    },
    onExit: () => operators().crash(process),
  })
  return () => {
    kill()
    timers.cancel()
    client.close()
    return Promise.all([ledger.close(), progress.close()])
  }
}

const apiServerAway = () => new KubeError('unavailable', 'the sweep has taken the API server away', { status: 503 })

/** Every call of a cluster's port through `call`; of a watch its opening. */
function counted(cluster: Cluster, call: <T>(what: string, run: () => Promise<T>) => Promise<T>): Cluster {
  const at = ({ namespace, name }: { readonly namespace?: string; readonly name: string }) => `${namespace}/${name}`
  return {
    get: (ref) => call(`get ${ref.kind} ${at(ref)}`, () => cluster.get(ref)),
    list: (query) => call(`list ${query.kind} ${query.namespace}`, () => cluster.list(query)),
    async *watch(query) {
      await call(`watch ${query.kind} ${query.namespace}`, async () => {})
      yield* cluster.watch(query)
    },
    create: (object) => call(`create ${object.kind} ${at(object.metadata)}`, () => cluster.create(object)),
    replace: (object) => call(`replace ${object.kind} ${at(object.metadata)}`, () => cluster.replace(object)),
    patch: (ref, patch) => call(`patch ${ref.kind} ${at(ref)}`, () => cluster.patch(ref, patch)),
    applyStatus: (ref, status) => call(`applyStatus ${ref.kind} ${at(ref)}`, () => cluster.applyStatus(ref, status)),
    delete: (ref, how) => call(`delete ${ref.kind} ${at(ref)}`, () => cluster.delete(ref, how)),
  }
}

/** Timers that go with their process: one that is due in an hour would keep the test itself alive. */
function timersOf(clock: Clock): { readonly clock: Clock; readonly cancel: () => void } {
  const cancels = new Set<() => void>()
  let over = false
  const after = (ms: number, run: () => void) => {
    if (over) return () => {}
    const end = clock.after(ms, () => {
      cancels.delete(end)
      run()
    })
    cancels.add(end)
    return () => {
      cancels.delete(end)
      end()
    }
  }
  return {
    clock: { ...clock, after },
    cancel: () => {
      over = true
      for (const end of cancels) end()
    },
  }
}
