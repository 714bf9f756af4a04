import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openClusterFromKubeconfig, type RemoteCluster } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import { startReflector } from '../../kube/reflector.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import { startCluster, type TestCluster } from '../../test/cluster/cluster.ts'
import { installDefinitions } from '../../test/cluster/definitions.ts'

/**
 * `node bench/operator/run.ts [--resources N]`: the operator as a process against a real API server without nodes, so
 * that nothing but it and the API is measured. Prints a table; `--write` puts it into bench/operator/RESULTS.md. The
 * caps on slots are lifted; what a Job does is not part of it.
 */
const { values } = parseArgs({
  options: { resources: { type: 'string', default: '500' }, write: { type: 'boolean', default: false } },
})
const RESOURCES = Number(values.resources)
const ALONE = 30
const WRITERS = 20
const IDLE_SECONDS = 30
const NAMESPACE = 'bench'
const PORT = 18_473
const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const MIB = 1024 ** 2

const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })

async function bench(cluster: TestCluster): Promise<readonly string[][]> {
  await prepare(cluster)
  const client = openClusterFromKubeconfig(
    { path: cluster.kubeconfig, context: null },
    { clock, random: Math.random, rate: { perSecond: 10_000, burst: 10_000 } },
  )
  const seen = watchJobs(client)
  let operator = await startOperator(cluster)
  const firstStartMs = operator.readyMs
  const alone: number[] = []
  for (let i = 0; i < ALONE; i += 1) {
    const at = await create(client, `alone-${i}`)
    alone.push((await seen.of(`alone-${i}`)) - at)
  }
  const began = performance.now()
  const created = new Map<string, number>()
  const names = Array.from({ length: RESOURCES }, (_, i) => `burst-${i}`)
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let i = writer; i < names.length; i += WRITERS) created.set(names[i]!, await create(client, names[i]!))
    }),
  )
  const applied = performance.now()
  const jobs = await Promise.all(names.map((name) => seen.of(name)))
  const rate = (RESOURCES / (Math.max(...jobs) - began)) * 1000
  await sleep(10_000)
  const before = await writes()
  const cpu = cpuSeconds(operator.pid)
  await sleep(IDLE_SECONDS * 1000)
  const idleWrites = (await writes()) - before
  const idleCpu = ((cpuSeconds(operator.pid) - cpu) / IDLE_SECONDS) * 1000
  const rss = residentBytes(operator.pid)
  await operator.end()
  operator = await startOperator(cluster)
  const restartMs = operator.readyMs
  const restartRss = residentBytes(operator.pid)
  await operator.end()
  seen.stop()
  client.close()
  const ms = (value: number) => `${Math.round(value)} ms`
  return [
    [
      'apply to Job created, one at a time',
      `p50 ${ms(quantile(alone, 0.5))}, p99 ${ms(quantile(alone, 0.99))}`,
      'p50 ≤ 100 ms, p99 ≤ 300 ms',
    ],
    ['sustained', `${rate.toFixed(1)} Jobs/s over ${RESOURCES}, applied in ${ms(applied - began)}`, '≥ 100/s'],
    ['start to synced, empty', ms(firstStartMs), '≤ 2 s'],
    [`start to synced, ${RESOURCES + ALONE} live`, ms(restartMs), '≤ 2 s with 10,000'],
    ['writes while idle', `${idleWrites} in ${IDLE_SECONDS} s, the Lease apart`, '0'],
    ['CPU while idle', `${idleCpu.toFixed(0)} millicores`, '≤ 10'],
    ['memory', `${Math.round(rss / MIB)} MiB, ${Math.round(restartRss / MIB)} MiB after a restart`, '≤ 250 MiB'],
  ]
}

async function prepare(cluster: TestCluster): Promise<void> {
  await installDefinitions(cluster)
  const classes = ['high', 'normal', 'low'].map((name, i) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: `hindcast-${name}` },
    value: -1 - i,
    preemptionPolicy: 'Never',
  }))
  const items = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, ...classes]
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const ledger = await openPostgres(cluster.databaseUrl, { migrate: true })
  await ledger.insertSnapshot({
    snapshotId: 'bench-2f6c0a91',
    dataset: 'bench',
    fullSha256: '2f6c0a91'.repeat(8),
    location: 'nowhere',
    startDate: '2000-01-03',
    endDate: '2026-01-02',
    preset: 'native',
    names: 1,
    dates: 1,
    roles: [],
    files: [],
    quality: null,
    createdBy: 'bench',
    securities: [],
  })
  await ledger.close()
}

let made = 0

/** Creates a resource that nobody computed before; the time at which the server had it. */
async function create(client: RemoteCluster, name: string): Promise<number> {
  made += 1
  await client.create({
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      dataset: 'bench',
      alpha: {
        name: 'momentum',
        parameters: { lookbackDays: 20 + (made % 400), skipDays: 1 + Math.floor(made / 400) },
      },
      startDate: '2015-01-02',
      endDate: '2015-12-31',
    },
  })
  return performance.now()
}

/** When the Job of a resource was seen, by a watch of our own. */
function watchJobs(client: RemoteCluster) {
  const at = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  const reflector = startReflector({
    cluster: client,
    clock,
    random: Math.random,
    kind: 'Job',
    namespaces: [NAMESPACE],
    onTrouble: () => {},
    onChange: ({ type, object }) => {
      const name = object.metadata.ownerReferences?.[0]?.name
      if (type !== 'added' || name === undefined || at.has(name)) return
      at.set(name, performance.now())
      waiting.get(name)?.(at.get(name)!)
    },
  })
  return {
    of: (name: string) =>
      at.has(name) ? Promise.resolve(at.get(name)!) : new Promise<number>((resolve) => void waiting.set(name, resolve)),
    stop: () => reflector.stop(),
  }
}

async function startOperator(cluster: TestCluster) {
  const began = performance.now()
  const env = {
    PATH: process.env.PATH,
    KUBECONFIG: cluster.kubeconfig,
    DATABASE_URL: cluster.databaseUrl,
    REDIS_URL: cluster.redisUrl,
    HINDCAST_NAMESPACE: NAMESPACE,
    HINDCAST_RUNNER_IMAGE: 'bench:1',
    HINDCAST_STORE: 'pvc:bench',
    HINDCAST_HTTP_PORT: String(PORT),
    BACKTEST_MAX_WORKERS: '10000',
    HINDCAST_SLOTS: '10000',
    HINDCAST_KUBE_QPS: '10000',
    HINDCAST_KUBE_BURST: '10000',
  }
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'operator'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout?.pipe(createWriteStream(join(cluster.logs, 'operator.log'), { flags: 'a' }))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while ((await fetch(`http://127.0.0.1:${PORT}/readyz`).catch(() => null))?.status !== 200) await sleep(10)
  return {
    pid: child.pid ?? 0,
    readyMs: performance.now() - began,
    end: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Calls that wrote something, but for the Lease and its beats. */
async function writes(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text()
  const lines = text.matchAll(
    /^hindcast_kube_calls_total\{verb="(?:create|patch|applyStatus|delete|replace)",kind="(\w+)",.*\} (\d+)$/gm,
  )
  return [...lines].reduce((sum, [, kind, count]) => sum + (kind === 'Lease' ? 0 : Number(count)), 0)
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}

const cluster = await startCluster({ name: 'benchop', nodes: 0, databases: true })
try {
  const rows = await bench(cluster)
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[1]
  const table = [
    '| what | measured | goal |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')
  const about = `${RESOURCES} resources; API server, etcd, Postgres and Redis on the same machine`
  const page = `# The operator, measured\n\n${about}; load over five minutes ${load}.\n\n${table}\n`
  process.stdout.write(`${page}\n`)
  if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), page)
} finally {
  await cluster.stop()
}
