import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupOf, type Place } from './place.ts'

const MOUNT = '/sys/fs/cgroup'
/** Where version 2 holds the processes that stood in the root of a container's own hierarchy. */
const ASIDE = join(MOUNT, 'init')
const BUSY_LIMIT_MS = 10_000
const BUSY_LOOK_MS = 20

const isVersion2 = existsSync(join(MOUNT, 'cgroup.controllers'))

/** Every hierarchy of the machine: one for each controller (version 1), or the one (version 2). */
function hierarchies(): string[] {
  if (isVersion2) return [MOUNT]
  // Names that are links stand for a hierarchy that is listed anyway.
  return readdirSync(MOUNT, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [join(MOUNT, entry.name)] : [],
  )
}

/** The hierarchy whose membership tells which processes belong to a cluster. */
const tracking = (): string => (isVersion2 ? MOUNT : join(MOUNT, 'pids'))

/** The folder that tracks one part of a cluster: a daemon (`daemons/kubelet1`), or the pods of a node (`node1`). */
export const trackOf = (place: { readonly name: string }, part = ''): string => join(tracking(), cgroupOf(place), part)

/** Makes the cgroup below which a kubelet keeps its pods. Two kubelets with one root would remove each other's pods. */
export function makePodCgroups(place: Place, node: number): string {
  const name = `${cgroupOf(place)}/node${node}`
  for (const root of hierarchies()) mkdirSync(join(root, name), { recursive: true })
  if (isVersion2) delegate(place)
  else fillCpuset(name)
  return `/${name}`
}

/** Version 1: a cpuset starts empty and does not inherit; nothing can run in an empty one. */
function fillCpuset(name: string): void {
  const root = join(MOUNT, 'cpuset')
  if (!existsSync(root)) return
  let folder = root
  for (const part of name.split('/')) {
    folder = join(folder, part)
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeFileSync(join(folder, file), readFileSync(join(root, file), 'utf8'))
    }
  }
}

/** Version 2: a group may hand its controllers down only while it holds no process itself. */
function delegate(place: Place): void {
  const controllers = readFileSync(join(MOUNT, 'cgroup.controllers'), 'utf8').trim().split(/\s+/)
  const all = controllers.map((name) => `+${name}`).join(' ')
  for (const folder of [MOUNT, join(MOUNT, cgroupOf(place))]) {
    const control = join(folder, 'cgroup.subtree_control')
    try {
      writeFileSync(control, all)
    } catch {
      mkdirSync(ASIDE, { recursive: true })
      for (const pid of pidsOf(folder)) writeFileSync(join(ASIDE, 'cgroup.procs'), pid)
      writeFileSync(control, all)
    }
  }
}

/** Processes of a cgroup and all below it. */
export function members(folder: string): number[] {
  return [...pidsOf(folder).map(Number), ...groupsIn(folder).flatMap((name) => members(join(folder, name)))]
}

/** Names of the groups right below one; none when it is gone: a group goes with its container, at any moment. */
function groupsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

function pidsOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    // Removed between the look and the reading.
    return []
  }
}

/** Folders named by the last part that a test gives, anywhere below a cgroup. */
export function findBelow(folder: string, matches: (name: string) => boolean): string[] {
  return groupsIn(folder).flatMap((name) => {
    const path = join(folder, name)
    return matches(name) ? [path] : findBelow(path, matches)
  })
}

/** Removes a cluster's cgroups of every hierarchy; they must be empty of processes. */
export function removeCgroups(place: { readonly name: string }): void {
  const until = performance.now() + BUSY_LIMIT_MS
  for (const root of hierarchies()) removeTree(join(root, cgroupOf(place)), until)
}

function removeTree(folder: string, until: number): void {
  for (const name of groupsIn(folder)) removeTree(join(folder, name), until)
  while (existsSync(folder) && !removed(folder)) {
    // A process on its way out still holds it; the next teardown of this name removes what stays.
    if (performance.now() > until) return
    pause(BUSY_LOOK_MS)
  }
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

/** Stands still: a teardown runs to its end also in a process on its way out. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
