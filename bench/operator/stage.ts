import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import { startCluster, type TestCluster } from '../../test/cluster/cluster.ts'
import { startScheduler } from '../../test/cluster/control-plane.ts'
import { daemonProcesses } from '../../test/cluster/daemons.ts'
import { installDefinitions } from '../../test/cluster/definitions.ts'
import { startKwok } from '../../test/cluster/kwok.ts'
import { openPlace, type Place } from '../../test/cluster/place.ts'
import { cpuSeconds } from './operator-process.ts'

export const NAMESPACE = 'bench'
export const SNAPSHOT = 'bench-2f6c0a91'
const ACCOUNT = 'hindcast-runner'
const ROOT = join(import.meta.dirname, '..', '..')
/** Each has room for 2,000 pods. */
const FAKE_NODES = 8
/** Longer than any bench: a pod ends when its runner is played to its end. */
const RUN_MS = 3_600_000

/** What the operator is measured on: a real control plane, Postgres and Redis; KWOK plays the nodes. */
export interface Stage {
  readonly cluster: TestCluster
  readonly ledger: Ledger
  /** The operator as its image holds it, bundled. */
  readonly program: string
  /** Processor seconds so far of everything that shares the machine with the operator. */
  readonly cpu: () => Readonly<Record<string, number>>
  readonly stop: () => Promise<void>
}

const DAEMONS = ['apiserver', 'etcd', 'postgres', 'controllers', 'scheduler', 'kwok', 'redis'] as const

export async function startStage(): Promise<Stage> {
  const program = buildOperator()
  const cluster = await startCluster({ name: 'benchop', nodes: 0, databases: true })
  try {
    const place = openPlace(cluster.name)!
    startScheduler(place)
    await prepare(cluster)
    await startKwok(cluster, { nodes: FAKE_NODES, runMs: { least: RUN_MS, most: RUN_MS + 1 }, open: true })
    const ledger = await openPostgres(cluster.databaseUrl, { migrate: true })
    await ledger.insertSnapshot(THE_SNAPSHOT)
    return {
      cluster,
      ledger,
      program,
      cpu: () => cpuOf(place),
      stop: async () => {
        await ledger.close()
        await cluster.stop()
      },
    }
  } catch (thrown) {
    await cluster.stop()
    throw thrown
  }
}

function cpuOf(place: Place): Readonly<Record<string, number>> {
  const seconds = (label: string) =>
    daemonProcesses(place, label).reduce((sum, pid) => sum + (cpuSeconds(pid, { withChildren: true }) ?? 0), 0)
  return Object.fromEntries(DAEMONS.map((label) => [label, seconds(label)]))
}

function buildOperator(): string {
  const folder = join(ROOT, 'bench', '.work', 'operator')
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build-image.ts'), 'operator', folder], { stdio: 'inherit' })
  return join(folder, 'dist', 'hindcast.js')
}

const imageFile = () => readFileSync(join(ROOT, 'Dockerfile.operator'), 'utf8')

/** Options of Node that the image gives its operator. */
export function imageOptions(): readonly string[] {
  const entry = /^ENTRYPOINT \[(.*)\]$/m.exec(imageFile())?.[1] ?? ''
  return [...entry.matchAll(/"(--[^"]+)"/g)].map(([, option]) => option!)
}

/** The environment that the image gives it. */
export function imageEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries([...imageFile().matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name!, value!]))
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
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace: NAMESPACE } },
    ...classes,
  ]
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}

const THE_SNAPSHOT = {
  snapshotId: SNAPSHOT,
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
} as unknown as Parameters<Ledger['insertSnapshot']>[0]
