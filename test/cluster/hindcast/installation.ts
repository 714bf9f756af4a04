import { strict as assert } from 'node:assert'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ResourceStatus } from '../../../core/status/shape.ts'
import type { KubeObject } from '../../../kube/object.ts'
import type { Ledger } from '../../../storage/ledger/ledger.ts'
import { openPostgres } from '../../../storage/ledger/open.ts'
import { cli, workFolder } from '../../flow/cli-process.ts'
import type { TestCluster } from '../cluster.ts'
import { installDefinitions } from '../definitions.ts'
import { ensureImages } from '../images/project.ts'
import { SHARED_CLASS } from '../volumes.ts'

/** UID and GID of the runner's image. */
const RUNNER = 1000
const CLAIM = 'results'
const LIMIT_MS = 120_000
const LOOK_MS = 200

/** Hindcast on a cluster, but for its operator: kinds, one namespace with all that runners need, a store, a record. */
export interface Installation {
  readonly cluster: TestCluster
  readonly namespace: string
  readonly runnerImage: string
  readonly ledger: Ledger
  /** A home with the dataset `tiny`, whose newest snapshot the cluster has as well. */
  readonly home: string
  /** The folder behind the claim: artifacts at its top, by namespace. */
  readonly storeFolder: string
  /** As a user does: strict validation, the manifest's own namespace left out. */
  apply(manifest: object): Promise<void>
  read(kind: string, name: string): Promise<KubeObject<unknown, ResourceStatus> | null>
  /** Labels a resource as `hindcast cancel` and `rerun` do. */
  request(kind: string, name: string, request: string): Promise<void>
  /** Waits until a resource is so, and gives it; a failure shows the resource. */
  until(
    of: { readonly kind: string; readonly name: string },
    what: string,
    check: (status: ResourceStatus) => boolean,
  ): Promise<KubeObject<unknown, ResourceStatus>>
  close(): Promise<void>
}

/** Installs the parts by hand, as the chart does; the images are built where this state of the checkout never was. */
export async function install(cluster: TestCluster, namespace: string): Promise<Installation> {
  const [image] = await ensureImages(['runner'])
  assert.ok(image !== undefined)
  await cluster.loadImage(image.archive)
  await installDefinitions(cluster)
  await applyAll(cluster, [...priorityClasses(), ...namespaceObjects(cluster, namespace)])
  const storeFolder = await claimedFolder(cluster, namespace)
  const ledger = await openPostgres(cluster.databaseUrl, { migrate: true })
  const work = workFolder()
  const home = await importTiny(cluster, { storeFolder, work: work.dir })
  return {
    cluster,
    namespace,
    runnerImage: image.name,
    ledger,
    home,
    storeFolder,
    apply: async (manifest) => {
      const args = ['apply', '-n', namespace, '--server-side', '-f', '-']
      await cluster.kubectl(args, { input: JSON.stringify(manifest) })
    },
    read: (kind, name) => read(cluster, { kind, name, namespace }),
    request: async (kind, name, request) => {
      await cluster.kubectl(['label', '-n', namespace, '--overwrite', kind, name, `hindcast.dev/request=${request}`])
    },
    until: ({ kind, name }, what, check) => until(cluster, { kind, name, namespace }, { what, check }),
    close: async () => {
      await ledger.close()
      work.remove()
    },
  }
}

interface Ref {
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

async function read(cluster: TestCluster, ref: Ref): Promise<KubeObject<unknown, ResourceStatus> | null> {
  const { code, stdout } = await cluster.tryKubectl(['get', '-n', ref.namespace, ref.kind, ref.name, '-o', 'json'])
  return code === 0 ? (JSON.parse(stdout) as KubeObject<unknown, ResourceStatus>) : null
}

async function until(
  cluster: TestCluster,
  ref: Ref,
  { what, check }: { readonly what: string; readonly check: (status: ResourceStatus) => boolean },
): Promise<KubeObject<unknown, ResourceStatus>> {
  let last: KubeObject<unknown, ResourceStatus> | null = null
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(LOOK_MS)) {
    last = await read(cluster, ref)
    if (last?.status !== undefined && check(last.status)) return last
  }
  const pods = await cluster.tryKubectl(['describe', 'pods', '-n', ref.namespace])
  const tail = pods.stdout.slice(-3_000)
  throw new Error(
    `${ref.kind} ${ref.name}: not within ${LIMIT_MS / 1000} s: ${what}\n${JSON.stringify(last, null, 1)}\n${tail}`,
  )
}

async function applyAll(cluster: TestCluster, items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await cluster.kubectl(['apply', '-f', '-'], { input })
}

/** Negative, so that services may preempt batch; batch itself preempts nobody. */
function priorityClasses(): readonly object[] {
  return ['high', 'normal', 'low'].map((name, i) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: `hindcast-${name}` },
    value: -1 - i,
    preemptionPolicy: 'Never',
  }))
}

function namespaceObjects(cluster: TestCluster, namespace: string): readonly object[] {
  const inside = (name: string) => ({ name, namespace })
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: inside('hindcast-runner'),
      automountServiceAccountToken: false,
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: inside('hindcast-runner'),
      stringData: { DATABASE_URL: cluster.databaseUrl, REDIS_URL: cluster.redisUrl },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: inside(CLAIM),
      spec: {
        storageClassName: SHARED_CLASS,
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1Gi' } },
      },
    },
  ]
}

async function claimedFolder(cluster: TestCluster, namespace: string): Promise<string> {
  const ask = ['get', 'pvc', '-n', namespace, CLAIM, '-o', 'jsonpath={.spec.volumeName}']
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(LOOK_MS)) {
    const volume = await cluster.kubectl(ask)
    if (volume !== '') return cluster.volumeFolder(volume)
  }
  throw new Error(`the claim ${CLAIM} got no volume`)
}

/** A small dataset in a home, and on the volume, as whoever imports on a cluster leaves it. */
async function importTiny(
  cluster: TestCluster,
  { storeFolder, work }: { readonly storeFolder: string; readonly work: string },
): Promise<string> {
  const home = join(work, 'home')
  const datasets = join(storeFolder, '.datasets')
  mkdirSync(datasets, { recursive: true })
  for (const folder of [storeFolder, datasets]) chownSync(folder, RUNNER, RUNNER)
  const synth = ['dataset', 'synth', 'tiny', '--names', '60', '--days', '504', '--home', home]
  await succeed(await cli(synth, { cwd: work }))
  const store = `file://${datasets}?claim=${CLAIM}`
  const env = { DATABASE_URL: cluster.databaseUrl }
  await succeed(await cli(['dataset', 'push', 'tiny', '--store', store, '--home', home], { cwd: work, env }))
  return home
}

async function succeed({ code, err }: { readonly code: number | null; readonly err: string }): Promise<void> {
  assert.equal(code, 0, err)
}
