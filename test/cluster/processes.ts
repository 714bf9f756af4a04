import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { findBelow, members, trackOf } from './cgroup.ts'
import type { Place } from './place.ts'

/** One process of a pod, as the machine sees it. */
export interface PodProcess {
  readonly pid: number
  /** containerd's id of its container. */
  readonly container: string
  readonly command: readonly string[]
}

const PAUSE = '/pause'

/** Processes of a pod's containers, the first of each container first; empty when it has none (any more). */
export function podProcesses(place: Place, podUid: string): PodProcess[] {
  const pods = findBelow(trackOf(place), (name) => name === `pod${podUid}`)
  return pods
    .flatMap((folder) => findBelow(folder, (name) => /^[0-9a-f]{64}$/.test(name)))
    .flatMap((folder) => members(folder).map((pid) => ({ pid, container: basename(folder), command: commandOf(pid) })))
    .filter(({ command }) => command.length > 0 && command[0] !== PAUSE)
    .sort((a, b) => a.container.localeCompare(b.container) || a.pid - b.pid)
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
