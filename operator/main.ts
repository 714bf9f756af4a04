import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import pino from 'pino'
import { HindcastError } from '../core/errors.ts'
import { openClusterFromKubeconfig, openClusterFromPod, type RemoteCluster } from '../kube/client.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import { createRecorder } from '../kube/events.ts'
import { KubeError } from '../kube/kube-error.ts'
import { type Election, runElection } from '../kube/lease.ts'
import { awaitPostgres } from '../storage/ledger/open.ts'
import { redisProgress } from '../storage/progress/redis.ts'
import { loadOperatorConfig, type OperatorConfig } from './config.ts'
import { type HealthServer, serveHealth } from './health.ts'
import { lead, step } from './lead.ts'
import { errorFields, type Log, openLog } from './log.ts'
import { assemble, type Parts } from './parts.ts'
import { teller } from './tell.ts'

/** From losing the Lease until nothing writes any more (operator.md 4.1). */
const LOST_STOP_MS = 1_000
/** A pass that runs longer than this is stuck: calls end by their deadlines long before. */
const STUCK_MS = 60_000
/** Statements are short; one that is not belongs to a database in trouble. */
const STATEMENT_MS = 10_000
const CONNECT_MS = 5_000
/** Connections beside one for each worker: beats, sweeps, metrics. */
const SPARE_CONNECTIONS = 3

/**
 * The hidden command `operator`, and the entry of the operator's pod: ends 0 after SIGTERM or SIGINT (drained, the
 * Lease given back), and 1 where it must not go on (a bad environment, the Lease lost, the record another's).
 */
export async function operatorMain(): Promise<never> {
  try {
    process.exit(await runOperator())
  } catch (thrown) {
    // A bad environment is told of in plain words: there may be no log to tell it to.
    const isKnown = thrown instanceof HindcastError || thrown instanceof KubeError
    process.stderr.write(`${isKnown ? thrown.message : thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
    process.exit(1)
  }
}

async function runOperator(): Promise<number> {
  const config = loadOperatorConfig()
  const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })
  const log = openLog({ level: config.logLevel, now: clock.now, stream: pino.destination({ fd: 1, sync: true }) })
  const opened = await open(config, clock, log)
  const identity = `${config.podName ?? hostname()}_${randomUUID().slice(0, 8)}`
  log('operator_starting', { identity, server: opened.cluster.server, namespaces: config.namespaces })
  try {
    return await new Promise<number>((resolve) => {
      const election = elect(opened, { identity, log, clock, finish: resolve })
      onSignal(() => {
        log('operator_stopping')
        step(opened.parts, config.clocks.drainMs)
          .then(() => election.stop())
          .then(
            () => resolve(0),
            (thrown) => {
              log('api_call_failed', errorFields(thrown))
              resolve(0)
            },
          )
      })
    })
  } finally {
    await opened.close()
  }
}

/** A second signal finds the default and ends the process at once. */
function onSignal(handle: () => void): void {
  const once = () => {
    for (const signal of SIGNALS) process.off(signal, once)
    handle()
  }
  for (const signal of SIGNALS) process.on(signal, once)
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

interface Opened {
  readonly config: OperatorConfig
  readonly cluster: RemoteCluster
  readonly parts: Parts
  close(): Promise<void>
}

async function open(config: OperatorConfig, clock: Clock, log: Log): Promise<Opened> {
  const random = Math.random
  let parts: Parts | null = null
  const cluster = openCluster(config, {
    clock,
    random,
    rate: { perSecond: config.kubeQps, burst: config.kubeBurst },
    onCall: ({ verb, kind, result, tookMs, limitedMs }) => {
      parts?.metrics.kubeCalls.inc({ verb, kind, result })
      parts?.metrics.kubeSeconds.observe({ verb }, tookMs / 1000)
      parts?.metrics.kubeLimitedSeconds.inc(limitedMs / 1000)
    },
  })
  const record = await awaitPostgres(config.databaseUrl, {
    installationId: config.installationId,
    limits: { connectionsMax: config.workers + SPARE_CONNECTIONS, connectMs: CONNECT_MS, statementMs: STATEMENT_MS },
  })
  const progress = redisProgress({
    url: config.redisUrl,
    monotonic: clock.monotonic,
    onOddity: (event, key) => log(event, { key }),
  })
  const recorder = createRecorder({
    cluster,
    clock,
    controller: 'hindcast.dev/operator',
    instance: config.podName ?? hostname(),
    onTrouble: (error) => log('api_call_failed', errorFields(error)),
  })
  const { ledger, check: checkRecord } = record
  const tell = teller(log, recorder)
  parts = assemble({ cluster, ledger, checkRecord, progress, clock, random, config, log, tell })
  parts.metrics.addProcess()
  const health = config.httpPort === 0 ? null : await serve(config.httpPort, parts)
  return {
    config,
    cluster,
    parts,
    async close() {
      parts?.caches.stop()
      await recorder.settled()
      await health?.close()
      await progress.close().catch(() => {})
      await ledger.close().catch(() => {})
      cluster.close()
    },
  }
}

function openCluster(config: OperatorConfig, options: Parameters<typeof openClusterFromPod>[0]): RemoteCluster {
  if (config.kubeconfig === null) return openClusterFromPod(options)
  return openClusterFromKubeconfig({ path: config.kubeconfig, context: null }, options)
}

function serve(port: number, { office, caches, metrics }: Parts): Promise<HealthServer> {
  return serveHealth(port, {
    alive: () => ((office.queue?.figures().longestRunMs ?? 0) > STUCK_MS ? 'a pass is stuck' : null),
    ready: () => (caches.synced() ? null : (caches.trouble() ?? 'the resources are being listed')),
    metrics: metrics.render,
  })
}

function elect(
  { config, cluster, parts }: Opened,
  of: { readonly identity: string; readonly log: Log; readonly clock: Clock; readonly finish: (code: number) => void },
): Election {
  const { identity, log, clock, finish } = of
  const { leaseMs, leaseRenewMs, leaseRetryMs } = config.clocks
  const fail = (thrown: unknown) => {
    log('leader_lost', errorFields(thrown))
    finish(1)
  }
  const election: Election = runElection({
    cluster,
    clock,
    random: Math.random,
    namespace: config.namespace,
    name: config.lease,
    identity,
    ...(config.podName === null ? {} : { pod: config.podName }),
    times: { leaseMs, renewWithinMs: leaseRenewMs, retryMs: leaseRetryMs },
    onLead: (signal) => void lead(parts, { identity, signal, holds: () => election.leads() }).catch(fail),
    onLost: (reason) => {
      log('leader_lost', { reason })
      step(parts, LOST_STOP_MS).then(() => finish(1), fail)
    },
    onTrouble: (error) => log('api_call_failed', errorFields(error)),
    onAnswered: parts.caches.answered,
  })
  return election
}
