import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Where clusters keep their state: short, because the paths of sockets are limited to 107 bytes, and enterable by
 * the account that Postgres runs as.
 */
export const CLUSTERS = '/var/lib/hindcast-clusters'

/** Everything of one cluster is named after it: its folder, network namespaces, cgroups, mounts below the folder. */
export interface Place {
  readonly name: string
  /** Third number of the addresses, and name of the link to the machine: two clusters never share it. */
  readonly slot: number
  readonly folder: string
  /** Programs built from test/cluster/go. */
  readonly programs: string
  /** The process that started it, and whether the cluster is to outlive it. */
  readonly owner: { readonly pid: number; readonly startTime: string } | null
  readonly options: PlaceOptions
}

/** What a cluster is made of. */
export interface PlaceOptions {
  /** 0: API server and controllers alone, nothing is scheduled or run. */
  readonly nodes: 0 | 1 | 2
  /** Postgres 15 and Redis, as processes behind the Services `postgres` and `redis`. */
  readonly databases: boolean
  /** Size of each volume, MiB, on a file system of its own that can be filled; null: folders of the machine's disk. */
  readonly volumeMib: number | null
  /** Archives that every node imports. */
  readonly images: readonly string[]
  /** Writes a line for each call to `logs/audit.log`. */
  readonly audit: boolean
  readonly apiServerArgs: readonly string[]
  readonly controllerArgs: readonly string[]
  readonly schedulerArgs: readonly string[]
}

/** A name that fits into links, cgroups, host names and paths of sockets. */
export const CLUSTER_NAME = /^[a-z][a-z0-9]{0,11}$/

export const folderOf = (name: string): string => join(CLUSTERS, name)
export const cgroupOf = (place: { readonly name: string }): string => `hindcast-${place.name}`
/** Node 1 shares the network namespace of the control plane. */
export const namespaceOf = (place: { readonly name: string }, node: number): string =>
  node <= 1 ? `hindcast-${place.name}` : `hindcast-${place.name}-${node}`
export const nodeName = (node: number): string => `node-${node}`
export const nodeFolder = (place: Place, node: number): string => join(place.folder, `node${node}`)
/** 1 is the first node and the control plane, 2 the second node, 254 the machine. */
export const addressOf = (place: { readonly slot: number }, host: number): string => `198.18.${place.slot}.${host}`
export const podRange = (node: number): string => `10.244.${node}.0/24`
export const apiServerOf = (place: Place): string => `https://${addressOf(place, 1)}:6443`
export const logOf = (place: Place, label: string): string => join(place.folder, 'logs', `${label}.log`)

/** The command put into a node's network namespace. `ip netns exec` would hide the cgroup mounts from it. */
export const inNode = (place: Place, node: number, command: readonly string[]): string[] => [
  'nsenter',
  `--net=/run/netns/${namespaceOf(place, node)}`,
  ...command,
]

/** A search path that finds the cluster's programs first. */
export const programsOf = (place: Place): string => `${place.programs}${delimiter}${process.env.PATH}`

/** Keeps what `openPlace` reads back. */
export function savePlace(place: Place): void {
  mkdirSync(place.folder, { recursive: true })
  const file = join(place.folder, 'cluster.json')
  writeFileSync(`${file}.new`, JSON.stringify(place, null, 2))
  renameSync(`${file}.new`, file)
}

/** The cluster of that name; null when there is none, or it got no further than an empty folder. */
export function openPlace(name: string): Place | null {
  try {
    return JSON.parse(readFileSync(join(folderOf(name), 'cluster.json'), 'utf8')) as Place
  } catch (thrown) {
    // Another process may be taking it down at this very moment.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw thrown
  }
}

/** Names of all clusters of this machine, started or half started. */
export function clusterNames(): string[] {
  return existsSync(CLUSTERS) ? readdirSync(CLUSTERS).filter((name) => CLUSTER_NAME.test(name)) : []
}

/** When a process started, in ticks since the machine did; null when there is no such process. */
export function startTimeOf(pid: number): string | null {
  try {
    // The second field is the program's name in brackets and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

/** Whether the process that started the cluster is gone, and nobody is to find the cluster any more. */
export function isAbandoned(place: Place): boolean {
  return place.owner !== null && startTimeOf(place.owner.pid) !== place.owner.startTime
}
