import { readFileSync } from 'node:fs'

/**
 * Names a process so that its number's next owner is not taken for it: `{pid}-{start}-{boot}`. Start is in clock ticks
 * since boot and boot is the first block of the kernel's boot id; both are 0 where there is no /proc.
 */
export function processIdentity(pid: number = process.pid): string {
  return `${pid}-${startOf(pid) ?? 0}-${bootId()}`
}

/** Whether the very process that was named still runs. Without /proc: whether its number is in use. */
export function isAlive(identity: string): boolean {
  const parts = /^(\d+)-(\d+)-([0-9a-f]+)$/.exec(identity)
  if (parts === null || parts[3] !== bootId()) return false
  const pid = Number(parts[1])
  if (parts[2] !== '0') return parts[2] === startOf(pid)
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Place of `state` and `starttime` in /proc/PID/stat behind the command's closing bracket (proc(5)). */
const STATE = 0
const START_TIME = 19

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command may hold brackets and blanks of its own: only the last bracket ends it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie is gone in all but name.
    return fields[STATE] === 'Z' || fields[STATE] === 'X' ? null : (fields[START_TIME] ?? null)
  } catch {
    return null
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
  } catch {
    return '0'
  }
}
