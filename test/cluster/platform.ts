import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ClusterOptions, startCluster, type TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'
import { startOnGiven } from './given/platform.ts'
import { isGiven } from './given/settings.ts'
import { ensureImages } from './images/project.ts'
import { CLAIM, type Installed, installOn, NAMESPACE } from './install.ts'

export { NAMESPACE } from './install.ts'

/** Hindcast installed by its chart on a cluster of its own, or on the given one, with the shipped data in its store. */
export interface TestPlatform extends Installed {
  /**
   * The folder of the machine that the store's claim is. Artifacts lie at the top, datasets in `.datasets`. On a given
   * cluster there is none, and asking for it throws.
   */
  readonly store: string
  /** A folder of this machine that holds what the store has below a path; on a given cluster it is a copy. */
  readonly fetch: (path: string) => Promise<string>
  readonly stop: () => Promise<void>
}

const BOUND_LIMIT_MS = 180_000

export interface PlatformOptions extends ClusterOptions {
  /** Values of the chart over those that the test cluster needs. */
  readonly values?: object
}

/** Starts a cluster, installs the chart with images of this checkout, and imports the shipped prices as `sp500`. */
export async function startPlatform({ values = {}, ...options }: PlatformOptions): Promise<TestPlatform> {
  if (isGiven()) return startOnGiven(values)
  const [runner, operator] = await ensureImages(['runner', 'operator'])
  const images = [runner!.archive, operator!.archive, ...(options.images ?? [])]
  const cluster = await startCluster({ ...options, images })
  const base = {
    images: { runner: runner!.name, operator: operator!.name, pullPolicy: 'Never' },
    store: { pvc: { claim: CLAIM, storageClass: 'shared', size: '1Gi' } },
    environment: 'test',
  }
  const installed = await installOn(cluster, [base, values])
  const store = await storeFolder(cluster)
  return {
    ...installed,
    store,
    fetch: async (path) => join(store, path),
    stop: async () => {
      await cluster.stop()
      rmSync(installed.home, { recursive: true, force: true })
    },
  }
}

/** The volume that the claim was given. */
async function storeFolder(cluster: TestCluster): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/${CLAIM}`
  let volume = ''
  await waitFor('the store to be bound', BOUND_LIMIT_MS, async () => {
    const { json } = await cluster.api('GET', path)
    volume = json.status?.phase === 'Bound' ? json.spec.volumeName : ''
    return volume !== ''
  })
  return cluster.volumeFolder(volume)
}
