import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate, pki, writeKubeconfig } from './certificates.ts'
import { makePodCgroups, trackOf } from './cgroup.ts'
import { kubernetes } from './control-plane.ts'
import { startDaemon, waitForDaemon } from './daemons.ts'
import { PAUSE_IMAGE, pauseArchive } from './images/pause.ts'
import { makeNodeNetwork } from './network.ts'
import { addressOf, nodeFolder, nodeName, type Place, podRange } from './place.ts'
import { run } from './run.ts'
import { forgetContainers, killAll, podNetwork } from './teardown.ts'

/** Address of the Service that answers the names of the cluster. */
export const DNS_SERVICE_ADDRESS = '10.96.0.10'

const CONTAINERD_LIMIT_MS = 180_000
const IMPORT_LIMIT_MS = 300_000
/** Where Debian's package containernetworking-plugins puts them. */
const CNI_PLUGINS = '/usr/lib/cni'

const containerdSocket = (place: Place, node: number): string => join(nodeFolder(place, node), 'containerd.sock')

/** Starts containerd, the kubelet and kube-proxy of a node, and imports its images; also brings back a stopped node. */
export async function startNode(place: Place, node: number): Promise<void> {
  const folder = nodeFolder(place, node)
  for (const part of ['cni', 'containerd', 'manifests']) mkdirSync(join(folder, part), { recursive: true })
  await makeNodeNetwork(place, node)
  await makeNodeIdentity(place, node)
  const cgroupRoot = makePodCgroups(place, node)
  writeFileSync(join(folder, 'cni', '10-pods.conflist'), JSON.stringify(podNetworkOf(place, node)))
  writeFileSync(join(folder, 'containerd', 'config.toml'), await containerdConfig(place, node))
  writeFileSync(join(folder, 'kubelet.json'), JSON.stringify(kubeletConfig(place, node, cgroupRoot)))
  writeFileSync(join(folder, 'proxy.json'), JSON.stringify(proxyConfig(place, node)))
  await startContainerd(place, node)
  startKubelet(place, node)
  startDaemon(place, {
    node,
    label: `proxy${node}`,
    command: [...kubernetes(place, 'kube-proxy'), '--config', join(folder, 'proxy.json')],
  })
  await Promise.all(place.options.images.map((archive) => importImage(place, node, archive)))
}

async function startContainerd(place: Place, node: number): Promise<void> {
  const label = `containerd${node}`
  const config = join(nodeFolder(place, node), 'containerd', 'config.toml')
  startDaemon(place, { node, label, command: ['containerd', '--config', config] })
  const ask = ['ctr', '-a', containerdSocket(place, node), 'version']
  await waitForDaemon(place, label, CONTAINERD_LIMIT_MS, async () => (await run(ask)) !== '')
  await importImage(place, node, await pauseArchive(place.programs))
}

/** Starts the kubelet alone; its containers may be running already. */
export function startKubelet(place: Place, node: number): void {
  const folder = nodeFolder(place, node)
  startDaemon(place, {
    node,
    label: `kubelet${node}`,
    command: [
      ...kubernetes(place, 'kubelet'),
      ...['--config', join(folder, 'kubelet.json'), '--kubeconfig', join(place.folder, `kubelet${node}.conf`)],
      ...['--root-dir', join(folder, 'kubelet'), '--cert-dir', join(folder, 'kubelet-pki')],
      ...['--hostname-override', nodeName(node), '--node-ip', addressOf(place, node)],
    ],
  })
}

/** A node fails: its daemons, shims and containers are killed at once. `startNode` brings it back. */
export function killNode(place: Place, node: number): void {
  for (const daemon of ['kubelet', 'proxy', 'containerd']) killAll(trackOf(place, `daemons/${daemon}${node}`))
  killAll(trackOf(place, `node${node}`))
  forgetContainers(place.name, node)
}

/** Gives an archive of an image to a node. */
export async function importImage(place: Place, node: number, archive: string): Promise<void> {
  const command = ['ctr', '-a', containerdSocket(place, node), '-n', 'k8s.io', 'images', 'import', archive]
  await run(command, { limitMs: IMPORT_LIMIT_MS })
}

async function makeNodeIdentity(place: Place, node: number): Promise<void> {
  const name = nodeName(node)
  if (existsSync(pki(place, `${name}.crt`))) return
  const servedAs = [name, addressOf(place, node)]
  await makeCertificate(place, name, { user: `system:node:${name}`, groups: ['system:nodes'], servedAs })
  writeKubeconfig(place, `kubelet${node}`, {
    'client-certificate': pki(place, `${name}.crt`),
    'client-key': pki(place, `${name}.key`),
  })
}

/**
 * Every pod has a cable of its own to its node (`ptp`), and its packets are routed, never bridged: replies of a
 * Service between two pods of one node come back translated without a kernel module, and addresses stay what they are.
 */
function podNetworkOf(place: Place, node: number): object {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podRange(node) }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(nodeFolder(place, node), 'ipam'),
  }
  return {
    cniVersion: '1.0.0',
    name: podNetwork(place.name, node),
    plugins: [
      { type: 'ptp', ipMasq: false, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}

/** Keeps below the node's folder what containerd would otherwise keep at fixed places of the machine. */
async function containerdConfig(place: Place, node: number): Promise<string> {
  const folder = join(nodeFolder(place, node), 'containerd')
  // An overlay cannot stand on an overlay, which is what the root of a container is.
  const below = (await run(['stat', '-f', '-c', '%T', folder])).trim()
  const snapshotter = below.startsWith('overlay') ? 'native' : 'overlayfs'
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${containerdSocket(place, node)}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[${cri}]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[${cri}.cni]
  bin_dir = "${CNI_PLUGINS}"
  conf_dir = "${nodeFolder(place, node)}/cni"
[${cri}.containerd]
  snapshotter = "${snapshotter}"
`
}

function kubeletConfig(place: Place, node: number, cgroupRoot: string): object {
  const folder = nodeFolder(place, node)
  const resolvConf = join(place.folder, 'resolv.conf')
  writeFileSync(resolvConf, `nameserver ${DNS_SERVICE_ADDRESS}\n`)
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'cgroupfs',
    cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket(place, node)}`,
    tlsCertFile: pki(place, `${nodeName(node)}.crt`),
    tlsPrivateKeyFile: pki(place, `${nodeName(node)}.key`),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki(place, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [DNS_SERVICE_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf,
    podLogsDir: join(folder, 'pod-logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    // The disk of the machine is not the subject of any test: only a full one ends pods.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
    imageMinimumGCAge: '240h',
    nodeStatusUpdateFrequency: '4s',
    nodeLeaseDurationSeconds: 8,
  }
}

function proxyConfig(place: Place, node: number): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: '10.244.0.0/16',
    hostnameOverride: nodeName(node),
    clientConnection: { kubeconfig: join(place.folder, 'proxy.conf') },
    conntrack: { maxPerCore: 0 },
    // At the default of one second a Service still points at a pod that has ended.
    nftables: { minSyncPeriod: '100ms' },
  }
}
