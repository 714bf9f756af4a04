import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClusterOptions, startCluster, type TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'
import { ensureImages } from './images/project.ts'
import { apply } from './pods.ts'
import { type Ran, tryRun } from './run.ts'

/** Hindcast installed by its chart on a cluster of its own, with the shipped data in its store. */
export interface TestPlatform {
  readonly cluster: TestCluster
  /** The namespace of release and runs, under Pod Security `restricted`. */
  readonly namespace: string
  /** The folder of the machine that the store's claim is. Artifacts lie at the top, datasets in `.datasets`. */
  readonly store: string
  /** A home of the command line that holds the same data. */
  readonly home: string
  /** Runs the command line on that home; DATABASE_URL is the cluster's where `onCluster` is given. */
  readonly hindcast: (args: readonly string[], options?: { readonly onCluster?: boolean }) => Promise<Ran>
  /** Installs again with other values on top of those in force; waits until the new operator is ready. */
  readonly upgrade: (values: object) => Promise<void>
  readonly stop: () => Promise<void>
}

const ROOT = join(import.meta.dirname, '..', '..')
const CHART = join(ROOT, 'charts', 'hindcast')
const CLAIM = 'hindcast-store'
export const NAMESPACE = 'quant'
const INSTALL_LIMIT_MS = 180_000
const IMPORT_LIMIT_MS = 120_000

export interface PlatformOptions extends ClusterOptions {
  /** Values of the chart over those that the test cluster needs. */
  readonly values?: object
}

/** Starts a cluster, installs the chart with images of this checkout, and imports the shipped prices as `sp500`. */
export async function startPlatform({ values = {}, ...options }: PlatformOptions): Promise<TestPlatform> {
  const [runner, operator] = await ensureImages(['runner', 'operator'])
  const images = [runner!.archive, operator!.archive, ...(options.images ?? [])]
  const cluster = await startCluster({ ...options, images })
  const home = mkdtempSync(join(tmpdir(), 'hindcast-platform-'))
  const hindcast: TestPlatform['hindcast'] = (args, { onCluster = false } = {}) =>
    tryRun([process.execPath, join(ROOT, 'cli', 'main.ts'), '--home', home, ...args], {
      cwd: ROOT,
      limitMs: IMPORT_LIMIT_MS,
      env: { ...process.env, ...(onCluster ? { DATABASE_URL: cluster.databaseUrl } : {}) },
    })
  const base = {
    images: { runner: runner!.name, operator: operator!.name, pullPolicy: 'Never' },
    store: { pvc: { claim: CLAIM, storageClass: 'shared', size: '1Gi' } },
    environment: 'test',
  }
  const install = async (over: object) => {
    const files = [base, values, over].map((one) => JSON.stringify(one))
    await helmInstall(cluster, files)
  }
  await prepareNamespace(cluster)
  await install({})
  const store = await storeFolder(cluster)
  await importPrices(hindcast, store)
  return {
    cluster,
    namespace: NAMESPACE,
    store,
    home,
    hindcast,
    upgrade: install,
    stop: async () => {
      await cluster.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
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
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } })
  await apply(cluster, secret('hindcast-operator'), secret('hindcast-runner'))
}

/** Later files win over earlier ones; `--wait` until the operator is ready. */
async function helmInstall(cluster: TestCluster, values: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-values-'))
  try {
    const files = values.map((text, index) => {
      const file = join(folder, `${index}.json`)
      writeFileSync(file, text)
      return file
    })
    const command = ['upgrade', '--install', 'hindcast', CHART, '--namespace', NAMESPACE, '--wait', '--timeout', '120s']
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

/** The volume that the claim was given. */
async function storeFolder(cluster: TestCluster): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/${CLAIM}`
  let volume = ''
  await waitFor('the store to be bound', INSTALL_LIMIT_MS, async () => {
    const { json } = await cluster.api('GET', path)
    volume = json.status?.phase === 'Bound' ? json.spec.volumeName : ''
    return volume !== ''
  })
  return cluster.volumeFolder(volume)
}

async function importPrices(hindcast: TestPlatform['hindcast'], store: string): Promise<void> {
  const prices = join(ROOT, 'examples', 'data', 'all_stocks_5yr.csv.gz')
  const place = `file://${store}/.datasets?claim=${CLAIM}`
  const command = ['dataset', 'import', 'sp500', '--prices', prices, '--preset', 'kaggle', '--store', place]
  const { code, stderr } = await hindcast(command, { onCluster: true })
  if (code !== 0) throw new Error(`the shipped prices were not imported: ${stderr}`)
}
