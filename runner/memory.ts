import { readFileSync } from 'node:fs'

const MIB = 1024 * 1024

/** What is kept back so that the runner can end itself, and say why, before the kernel does. */
export function softLimitBytes(limitBytes: number): number {
  return limitBytes - Math.max(64 * MIB, Math.ceil(limitBytes * 0.05))
}

/** Reads the memory that counts against a limit, in bytes. */
export type MemoryReader = () => number

/** Where the figures come from. */
export interface Machine {
  readonly read: (path: string) => string
  readonly residentBytes: () => number
}

const THIS_MACHINE: Machine = {
  read: (path) => readFileSync(path, 'utf8'),
  residentBytes: () => process.memoryUsage.rss(),
}

/** Files of one cgroup hierarchy; paths are fixed by the kernel. */
const CGROUPS = [
  {
    limit: '/sys/fs/cgroup/memory.max',
    usage: '/sys/fs/cgroup/memory.current',
    stat: '/sys/fs/cgroup/memory.stat',
    idle: 'inactive_file',
    events: '/sys/fs/cgroup/memory.events',
  },
  {
    limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
    usage: '/sys/fs/cgroup/memory/memory.usage_in_bytes',
    stat: '/sys/fs/cgroup/memory/memory.stat',
    idle: 'total_inactive_file',
    events: '/sys/fs/cgroup/memory/memory.oom_control',
  },
] as const

/**
 * The cgroup's working set where this process has a limit of `limitBytes` or less of its own (a pod), else the growth
 * of the resident set since this call (a laptop, where the database and the command line were there before).
 */
export function memoryReader(limitBytes: number, machine: Machine = THIS_MACHINE): MemoryReader {
  const { read, residentBytes } = machine
  for (const cgroup of CGROUPS) {
    if (cgroupLimit(cgroup.limit, read) > limitBytes) continue
    return () => Number(read(cgroup.usage)) - statValue(read(cgroup.stat), cgroup.idle)
  }
  const before = residentBytes()
  return () => Math.max(0, residentBytes() - before)
}

/**
 * How many processes of this container the kernel has killed for memory since this call: a child may be killed while
 * the main process lives. Always 0 where the kernel does not count them.
 */
export function oomKillCounter({ read }: Pick<Machine, 'read'> = THIS_MACHINE): () => number {
  for (const { events } of CGROUPS) {
    const count = () => statValue(read(events), 'oom_kill')
    try {
      const before = count()
      return () => count() - before
    } catch {
      // The other hierarchy, or none.
    }
  }
  return () => 0
}

function cgroupLimit(path: string, read: (path: string) => string): number {
  try {
    const limit = Number(read(path).trim())
    return Number.isFinite(limit) ? limit : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** The value of a key in `memory.stat` and its like: lines of "key value". 0 where the kernel does not give it. */
export function statValue(stat: string, key: string): number {
  const line = stat.split('\n').find((row) => row.startsWith(`${key} `))
  return line === undefined ? 0 : Number(line.slice(key.length + 1))
}
