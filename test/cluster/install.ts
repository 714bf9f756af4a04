import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestCluster } from './cluster.ts'
import { apply } from './pods.ts'
import { type Ran, tryRun } from './run.ts'

/** Whether a command sees the cluster, and as whom: the administrator unless another kubeconfig is given. */
export interface CommandOptions {
  readonly onCluster?: boolean
  readonly kubeconfig?: string
}

/** Hindcast as its chart installs it, with the shipped prices in its store. */
export interface Installed {
  readonly cluster: TestCluster
  /** The namespace of release and runs, under Pod Security `restricted`. */
  readonly namespace: string
  /** A home of the command line that holds the same data. */
  readonly home: string
  /** Runs the command line on that home; kubeconfig and DATABASE_URL are the cluster's where `onCluster` is given. */
  readonly hindcast: (args: readonly string[], options?: CommandOptions) => Promise<Ran>
  /** Installs again with other values on top of those in force; waits until the new operator is ready. */
  readonly upgrade: (values: object) => Promise<void>
}

const ROOT = join(import.meta.dirname, '..', '..')
const CHART = join(ROOT, 'charts', 'hindcast')
export const NAMESPACE = 'quant'
export const RELEASE = 'hindcast'
/** The claim of the store. */
export const CLAIM = 'hindcast-store'
const INSTALL_LIMIT_MS = 360_000
const IMPORT_LIMIT_MS = 300_000

/** Makes the namespace, installs the chart, and brings the shipped prices to its claim as `sp500`. */
export async function installOn(cluster: TestCluster, values: readonly object[]): Promise<Installed> {
  const home = mkdtempSync(join(tmpdir(), 'hindcast-platform-'))
  const hindcast: Installed['hindcast'] = (args, { onCluster = false, kubeconfig = cluster.kubeconfig } = {}) =>
    tryRun([process.execPath, join(ROOT, 'cli', 'main.ts'), '--home', home, ...args], {
      cwd: ROOT,
      limitMs: IMPORT_LIMIT_MS,
      env: { ...process.env, ...(onCluster ? { DATABASE_URL: cluster.databaseUrl, KUBECONFIG: kubeconfig } : {}) },
    })
  const install = (over: object) => helmInstall(cluster, [...values, over])
  await prepareNamespace(cluster)
  await install({})
  await importPrices(hindcast, cluster.name)
  return { cluster, namespace: NAMESPACE, home, hindcast, upgrade: install }
}

/** The release's namespace, and the two Secrets that the chart expects to be there. */
async function prepareNamespace(cluster: TestCluster): Promise<void> {
  const urls = { DATABASE_URL: cluster.databaseUrl, REDIS_URL: cluster.redisUrl }
  const secret = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData: urls,
  })
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', ...OF_TESTS }
  await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } })
  await apply(cluster, secret('hindcast-operator'), secret('hindcast-runner'))
}

/** Marks the namespace as one that tests may remove. */
export const OF_TESTS = { 'hindcast.dev/test': 'true' } as const

/** Later values win over earlier ones; `--wait` until the operator is ready. */
async function helmInstall(cluster: TestCluster, values: readonly object[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-values-'))
  try {
    const files = values.map((value, index) => {
      const file = join(folder, `${index}.json`)
      writeFileSync(file, JSON.stringify(value))
      return file
    })
    const command = ['upgrade', '--install', RELEASE, CHART, '--namespace', NAMESPACE, '--wait', '--timeout', '300s']
    await cluster.helm([...command, ...files.flatMap((file) => ['-f', file])], { limitMs: INSTALL_LIMIT_MS })
  } catch (thrown) {
    const { stdout } = await cluster.tryKubectl(['logs', '-n', NAMESPACE, '-l', SELECTOR, '--tail', '30', '--prefix'])
    const pods = await cluster.tryKubectl(['get', 'pods,jobs,events', '-n', NAMESPACE])
    throw new Error(`${(thrown as Error).message}\n${pods.stdout}\n${stdout}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SELECTOR = 'app.kubernetes.io/name=hindcast'

/** As a user would: into a home, and from there through the API server onto the claim. */
async function importPrices(hindcast: Installed['hindcast'], context: string): Promise<void> {
  const prices = join(ROOT, 'examples', 'data', 'all_stocks_5yr.csv.gz')
  const steps = [
    ['dataset', 'import', 'sp500', '--prices', prices, '--preset', 'kaggle'],
    ['dataset', 'push', 'sp500', '--context', context, '-n', NAMESPACE],
  ]
  for (const step of steps) {
    const { code, stderr } = await hindcast(step, { onCluster: true })
    if (code !== 0) throw new Error(`the shipped prices did not get to the cluster: ${stderr}`)
  }
}
