import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { members, trackOf } from './cgroup.ts'
import { inNode, logOf, type Place } from './place.ts'

/** A daemon of a cluster: where it runs and what it is called in cgroups and logs. */
export interface Daemon {
  readonly node: number
  readonly label: string
  readonly command: readonly string[]
}

const POLL_MS = 50
const END_LIMIT_MS = 60_000
const TAIL_CHARACTERS = 1_500

const trackOfDaemon = (place: Place, label: string): string => trackOf(place, `daemons/${label}`)

/**
 * Starts a daemon in the network namespace of its node and in a cgroup of its own. The cgroup is how it is found and
 * ended later: it knows every child, survives a crash of the test, and can never mean another process.
 */
export function startDaemon(place: Place, { node, label, command }: Daemon): void {
  const track = trackOfDaemon(place, label)
  mkdirSync(track, { recursive: true })
  mkdirSync(join(place.folder, 'logs'), { recursive: true })
  const log = openSync(logOf(place, label), 'a')
  const enter = ['-c', 'echo $$ > "$0" && exec "$@"', join(track, 'cgroup.procs')]
  const child = spawn('sh', [...enter, ...inNode(place, node, command)], {
    detached: true,
    cwd: place.folder,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
}

/** Processes of a daemon, its children included. */
export function daemonProcesses(place: Place, label: string): number[] {
  return members(trackOfDaemon(place, label))
}

/** Sends a signal to a daemon and all its children; nothing when it does not run. */
export function signalDaemon(place: Place, label: string, signal: NodeJS.Signals): void {
  for (const pid of daemonProcesses(place, label)) signalProcess(pid, signal)
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended before the signal.
  }
}

/** Ends a daemon and waits until it is gone: etcd and the API server hold their ports for seconds. */
export async function stopDaemon(place: Place, label: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  signalDaemon(place, label, signal)
  await waitFor(`the end of ${label}`, END_LIMIT_MS, () => {
    if (daemonProcesses(place, label).length === 0) return true
    if (signal === 'SIGKILL') signalDaemon(place, label, signal)
    return false
  })
}

/** Waits until a daemon answers; throws with the end of its log when it ends first, or at the limit. */
export async function waitForDaemon(
  place: Place,
  label: string,
  limitMs: number,
  answers: () => boolean | Promise<boolean>,
): Promise<void> {
  let seen = false
  const look = async () => {
    const alive = daemonProcesses(place, label).length > 0
    if (seen && !alive) throw new Ended(`${label} ended`)
    seen ||= alive
    return answers()
  }
  try {
    await waitFor(label, limitMs, look)
  } catch (thrown) {
    const log = logOf(place, label)
    throw new Error(`${(thrown as Error).message}\nThe end of ${log}:\n${tailOf(log)}`)
  }
}

/** What no further look can cure. */
class Ended extends Error {}

/**
 * Asks until the answer is yes; throws at the limit, after a last look: this process may have stood still until then.
 * A look that throws is a no.
 */
export async function waitFor(what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const started = performance.now()
  let last: unknown
  for (let isLast = false; ; await sleep(POLL_MS)) {
    try {
      if (await holds()) return
    } catch (thrown) {
      if (thrown instanceof Ended) throw thrown
      last = thrown
    }
    if (isLast) break
    isLast = performance.now() - started >= limitMs
  }
  const why = last instanceof Error ? `\n${last.message}` : ''
  throw new Error(`gave up after ${limitMs / 1000} s waiting for ${what}${why}`)
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-TAIL_CHARACTERS)
  } catch {
    return '(there is no such file)'
  }
}
