import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiRequest, apiOf } from './api.ts'
import { type Identity, makeAuthority, makeControlPlaneIdentities, makeUser } from './certificates.ts'
import { kubectl, startApiServer, startControlPlane, stopApiServer } from './control-plane.ts'
import { signalDaemon, stopDaemon, waitFor } from './daemons.ts'
import {
  databaseUrl,
  redisUrl,
  startDatabases,
  startPostgres,
  startRedis,
  stopPostgres,
  stopRedis,
} from './databases.ts'
import { startDns } from './dns.ts'
import { withLock } from './lock.ts'
import { makeNetwork } from './network.ts'
import { importImage, killNode, startKubelet, startNode } from './node.ts'
import {
  addressOf,
  CLUSTER_NAME,
  CLUSTERS,
  clusterNames,
  folderOf,
  inNode,
  isAbandoned,
  openPlace,
  type Place,
  type PlaceOptions,
  programsOf,
  savePlace,
  startTimeOf,
} from './place.ts'
import { type PodProcess, podProcesses } from './processes.ts'
import { ensurePrograms } from './programs.ts'
import { type Ran, type RunOptions, run, tryRun } from './run.ts'
import { removeCluster } from './teardown.ts'
import { makeVolumes, volumeFolder } from './volumes.ts'

/** A cluster to start: its name, and what differs from two databases and one node. */
export interface ClusterOptions extends Partial<PlaceOptions> {
  /** At most 12 small letters and digits. A cluster of that name that is still there is removed first. */
  readonly name: string
  /** Leave it running when this process ends; `npm run cluster -- down NAME` ends it. */
  readonly keep?: boolean
}

/** A running cluster. Every address is good on the machine and in every pod. */
export interface TestCluster {
  readonly name: string
  /** Kubeconfig of the administrator. */
  readonly kubeconfig: string
  /** https://ADDRESS:6443 behind the authority in `certificateAuthority`. */
  readonly server: string
  readonly certificateAuthority: string
  readonly databaseUrl: string
  readonly redisUrl: string
  /** Folder of one log for each daemon. */
  readonly logs: string
  /** Runs kubectl, which must succeed, and gives its output. */
  readonly kubectl: (args: readonly string[], options?: RunOptions) => Promise<string>
  /** The same, whatever the exit code. */
  readonly tryKubectl: (args: readonly string[], options?: RunOptions) => Promise<Ran>
  /** One call to the API server as the administrator. */
  readonly api: ApiRequest
  readonly helm: (args: readonly string[], options?: RunOptions) => Promise<string>
  /** Runs a program of the machine in node 1's network, with KUBECONFIG set. */
  readonly exec: (command: readonly string[], options?: RunOptions) => Promise<string>
  /** A kubeconfig for somebody else, by certificate. */
  readonly userConfig: (user: Identity) => Promise<string>
  /** Gives an image's archive to every node. */
  readonly loadImage: (archive: string) => Promise<void>
  /** Processes of a pod's containers, without the pause process; pids of the machine. */
  readonly podProcesses: (podUid: string) => PodProcess[]
  /** The folder behind a volume `shared-1`, `shared-2`, … */
  readonly volumeFolder: (volume: string) => string
  /** A node fails at once with everything on it; it comes back. */
  readonly stopNode: (node: number) => Promise<void>
  readonly startNode: (node: number) => Promise<void>
  /** The kubelet alone ends, its containers go on; it comes back. */
  readonly stopKubelet: (node: number) => Promise<void>
  readonly startKubelet: (node: number) => void
  readonly stopApiServer: () => Promise<void>
  readonly startApiServer: () => Promise<void>
  /** The API server is killed, and started again after `downMs`. */
  readonly restartApiServer: (downMs?: number) => Promise<void>
  readonly stopPostgres: () => Promise<void>
  readonly startPostgres: () => Promise<void>
  readonly stopRedis: () => Promise<void>
  readonly startRedis: () => Promise<void>
  /** Sends a signal (SIGSTOP, SIGCONT, …) to `etcd`, `apiserver`, `controllers`, `scheduler`, `kubelet1`, `redis`, … */
  readonly signal: (daemon: string, signal: NodeJS.Signals) => void
  /** Ends the cluster and leaves nothing of it. */
  readonly stop: () => Promise<void>
}

const WHOLE: PlaceOptions = {
  nodes: 1,
  databases: true,
  volumeMib: null,
  images: [],
  audit: false,
  apiServerArgs: [],
  controllerArgs: [],
  schedulerArgs: [],
}
const REMOVAL_LIMIT_MS = 300_000
const NODES_LIMIT_MS = 240_000

/**
 * Starts a real Kubernetes of this machine's own: etcd, API server, controllers, scheduler, DNS, nodes with kubelet,
 * containerd and runc. Removes clusters whose starter is gone, and this one with its starter. Throws when the machine
 * cannot (clusterAbsent tells why), or when a step passes its limit, naming the step's log.
 */
export async function startCluster({ name, keep = false, ...options }: ClusterOptions): Promise<TestCluster> {
  if (!CLUSTER_NAME.test(name)) throw new Error(`"${name}" is no name of a cluster; allowed: ${CLUSTER_NAME.source}`)
  await removeAbandoned()
  removeCluster(name)
  const programs = await ensurePrograms()
  mkdirSync(CLUSTERS, { recursive: true, mode: 0o755 })
  const owner = keep ? null : { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
  const draft = { name, slot: 0, folder: folderOf(name), programs, owner, options: { ...WHOLE, ...options } }
  savePlace(draft)
  if (!keep) removeAtExit(name)
  try {
    const place = { ...draft, slot: await makeNetwork(name) }
    savePlace(place)
    await bringUp(place)
    return clusterOf(place)
  } catch (thrown) {
    // Its logs are the only witness: they stay until the next start of that name.
    if (process.env.HINDCAST_TEST_KEEP_CLUSTER === undefined) removeCluster(name)
    throw thrown
  }
}

/** The API server, etcd and the controllers alone: a few seconds, nothing is scheduled, no database. */
export function startApiServerAlone(name: string, options: Partial<ClusterOptions> = {}): Promise<TestCluster> {
  return startCluster({ nodes: 0, databases: false, ...options, name })
}

/** The cluster of that name that runs already; null when there is none. */
export function openCluster(name: string): TestCluster | null {
  const place = openPlace(name)
  return place === null ? null : clusterOf(place)
}

/** Removes every cluster whose starter is gone, unless it was told to keep it. */
export async function removeAbandoned(): Promise<void> {
  await whileNoneIsRemoved(async () => {
    for (const name of clusterNames()) {
      const place = openPlace(name)
      if (place !== null && isAbandoned(place)) removeCluster(name)
    }
  })
}

/** Does something while no other process removes what is abandoned: two that did would meet half a cluster. */
export const whileNoneIsRemoved = (act: () => Promise<void>): Promise<void> =>
  withLock(`${CLUSTERS}.lock`, REMOVAL_LIMIT_MS, act)

async function bringUp(place: Place): Promise<void> {
  await makeAuthority(place)
  await makeControlPlaneIdentities(place)
  await startControlPlane(place)
  const { nodes, databases } = place.options
  await Promise.all([
    databases ? startDatabases(place) : undefined,
    nodes > 0 ? makeVolumes(place) : undefined,
    ...Array.from({ length: nodes }, (_, index) => startNode(place, index + 1)),
  ])
  if (nodes > 0) await Promise.all([nodesReady(place), startDns(place)])
  await serviceAccountReady(place)
  if (nodes > 0) await servicesReachable(place)
}

async function nodesReady(place: Place): Promise<void> {
  const readiness = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
  const ask = [...kubectl(place), 'get', 'nodes', '-o', `jsonpath=${readiness}`]
  await waitFor('every node to be Ready', NODES_LIMIT_MS, async () => {
    const answers = (await run(ask)).split(' ').filter((answer) => answer === 'True')
    return answers.length === place.options.nodes
  })
}

/** Until the controllers made it, no pod may be created in the namespace. */
async function serviceAccountReady(place: Place): Promise<void> {
  const ask = [...kubectl(place), 'get', 'serviceaccount', 'default', '-o', 'name']
  await waitFor('the default service account', NODES_LIMIT_MS, async () => (await run(ask)) !== '')
}

/** A Service is made at once, and leads somewhere when the node's kube-proxy has heard of it: a pod may be faster. */
async function servicesReachable(place: Place): Promise<void> {
  const addresses = 'jsonpath={range .items[*]}{.spec.clusterIP} {end}'
  const services = (await run([...kubectl(place), 'get', 'services', '-A', '-o', addresses])).trim().split(' ')
  const rules = ['nft', 'list', 'map', 'ip', 'kube-proxy', 'service-ips']
  for (let node = 1; node <= place.options.nodes; node += 1) {
    await waitFor(`node ${node} to know every Service`, NODES_LIMIT_MS, async () => {
      const known = await run(inNode(place, node, rules))
      return services.every((address) => known.includes(`${address} . `))
    })
  }
}

/** A process that ends in an ordinary way, or by a signal it can catch, takes its cluster along. */
function removeAtExit(name: string): void {
  process.once('exit', () => {
    if (existsSync(folderOf(name))) removeCluster(name)
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1))
  }
}

function clusterOf(place: Place): TestCluster {
  const kubeconfig = join(place.folder, 'admin.conf')
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: programsOf(place) }
  const node1 = (command: readonly string[], options: RunOptions = {}) =>
    run(inNode(place, 1, command), { ...options, env: { ...env, ...options.env } })
  let users = 0
  return {
    name: place.name,
    kubeconfig,
    server: `https://${addressOf(place, 1)}:6443`,
    certificateAuthority: join(place.folder, 'pki', 'ca.crt'),
    databaseUrl: databaseUrl(place),
    redisUrl: redisUrl(place),
    logs: join(place.folder, 'logs'),
    kubectl: (args, options) => run([...kubectl(place), ...args], options),
    tryKubectl: (args, options) => tryRun([...kubectl(place), ...args], options),
    api: apiOf(place),
    helm: (args, options) => node1([join(place.programs, 'helm'), ...args], options),
    exec: node1,
    userConfig: (user) => makeUser(place, `user${++users}`, user),
    loadImage: async (archive) => {
      for (let node = 1; node <= place.options.nodes; node += 1) await importImage(place, node, archive)
    },
    podProcesses: (uid) => podProcesses(place, uid),
    volumeFolder: (volume) => volumeFolder(place, volume),
    ...faultsOf(place),
    stop: async () => {
      removeCluster(place.name)
      rmSync(place.folder, { recursive: true, force: true })
    },
  }
}

type Faults = 'Node' | 'Kubelet' | 'ApiServer' | 'Postgres' | 'Redis'
type FaultActions = Pick<TestCluster, `${'stop' | 'start'}${Faults}` | 'restartApiServer' | 'signal'>

function faultsOf(place: Place): FaultActions {
  return {
    stopNode: async (node) => killNode(place, node),
    startNode: (node) => startNode(place, node),
    stopKubelet: (node) => stopDaemon(place, `kubelet${node}`),
    startKubelet: (node) => startKubelet(place, node),
    stopApiServer: () => stopApiServer(place),
    startApiServer: () => startApiServer(place),
    restartApiServer: async (downMs = 0) => {
      await stopApiServer(place)
      await new Promise((resolve) => setTimeout(resolve, downMs))
      await startApiServer(place)
    },
    stopPostgres: () => stopPostgres(place),
    startPostgres: () => startPostgres(place),
    stopRedis: () => stopRedis(place),
    startRedis: () => startRedis(place),
    signal: (daemon, signal) => signalDaemon(place, daemon, signal),
  }
}
