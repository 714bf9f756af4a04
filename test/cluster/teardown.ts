import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { members, pause, removeCgroups, trackOf } from './cgroup.ts'
import { signalProcess } from './daemons.ts'
import { CABLE_END } from './network.ts'
import { CLUSTER_NAME, folderOf, namespaceOf } from './place.ts'

/** Processes that the kernel is slow to let go: a minute of them. */
const KILL_ROUNDS = 1_200
const KILL_LOOK_MS = 50
const MAX_NODES = 2
const CNI_RESULTS = '/var/lib/cni/results'
const CONTAINER_LOGS = '/var/log/containers'

/**
 * Ends a cluster however it was left and leaves nothing of it. Safe when there is none. Not asynchronous, so that a
 * process on its way out can call it.
 */
export function removeCluster(name: string): void {
  if (!CLUSTER_NAME.test(name)) throw new Error(`"${name}" is no name of a cluster; allowed: ${CLUSTER_NAME.source}`)
  const folder = folderOf(name)
  killAll(trackOf({ name }))
  unmountBelow(folder)
  for (let node = 1; node <= MAX_NODES; node += 1) removeNamespace(namespaceOf({ name }, node))
  removeCgroups({ name })
  for (let node = 1; node <= MAX_NODES; node += 1) forgetContainers(name, node)
  removeLogLinks(folder)
  // One file system: a mount that could not be removed is not emptied.
  spawnSync('rm', ['-rf', '--one-file-system', folder])
}

/** Kills every process of a cgroup until none is left: daemons, shims, containers, stopped ones too. */
export function killAll(track: string): void {
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    const pids = members(track)
    if (pids.length === 0) return
    for (const pid of pids) signalProcess(pid, 'SIGKILL')
    pause(KILL_LOOK_MS)
  }
}

/** Unmounts roots of containers, volumes and network namespaces of pods, the innermost first. */
function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`))
    .sort()
    .reverse()
  for (const mount of mounts) {
    if (spawnSync('umount', [mount]).status !== 0) spawnSync('umount', ['-l', mount])
  }
}

/**
 * Bridges, routes and the tables of kube-proxy go with the namespace, some time after the command has returned. The
 * cable to the machine goes first, and at once: while it is there its slot is taken.
 */
function removeNamespace(namespace: string): void {
  if (!existsSync(`/run/netns/${namespace}`)) return
  spawnSync('ip', ['-netns', namespace, 'link', 'delete', CABLE_END])
  spawnSync('ip', ['netns', 'delete', namespace])
}

/** Removes what killed containers of a node leave outside the cluster's folder: sockets, runc state, CNI results. */
export function forgetContainers(name: string, node: number): void {
  const state = join(folderOf(name), `node${node}`, 'containerd', 'state')
  for (const parts of ['io.containerd.runtime.v2.task/k8s.io', 'io.containerd.grpc.v1.cri/sandboxes']) {
    for (const id of namesIn(join(state, parts))) {
      const address = join(state, parts, id, 'address')
      if (existsSync(address)) rmSync(readFileSync(address, 'utf8').replace(/^unix:\/\//, ''), { force: true })
      rmSync(join('/run/containerd/runc/k8s.io', id), { recursive: true, force: true })
      rmSync(join(CNI_RESULTS, `cni-loopback-${id}-lo`), { force: true })
    }
  }
  const results = namesIn(CNI_RESULTS).filter((file) => file.startsWith(`${podNetwork(name, node)}-`))
  for (const file of results) rmSync(join(CNI_RESULTS, file), { force: true })
}

/** The name of a node's pod network in CNI's configuration and results. */
export const podNetwork = (name: string, node: number): string => `hindcast-${name}-node${node}`

/** The kubelet links the logs of containers from a folder of the machine. */
function removeLogLinks(folder: string): void {
  for (const name of namesIn(CONTAINER_LOGS)) {
    const link = join(CONTAINER_LOGS, name)
    try {
      if (readlinkSync(link).startsWith(`${folder}/`)) unlinkSync(link)
    } catch {
      // Not a link, or another teardown was faster.
    }
  }
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
