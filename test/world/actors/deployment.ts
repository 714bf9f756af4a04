import type { Clock } from '../../../kube/clock.ts'
import type { Ledger } from '../../../storage/ledger/ledger.ts'
import { type Process, type Weather, weathered } from './process.ts'

/** A call of an operator's process, counted over all of them: of the API server or of the record. */
export interface OperatorCall {
  readonly index: number
  readonly process: string
  /** `create Job research/x`, `ledger openAttempt`. */
  readonly what: string
}

const API_READS: readonly string[] = ['get', 'list', 'watch']
const RECORD_READS: readonly string[] = [
  'installation',
  'standing',
  'openPlaces',
  'presentResources',
  'countActive',
  'storeWords',
  'snapshotEntries',
] satisfies readonly (keyof Ledger)[]

/** Whether a call only reads: it leaves nothing. What is new counts as a write until it is named above. */
export function isRead({ what }: OperatorCall): boolean {
  const [verb = '', of = ''] = what.split(' ')
  return API_READS.includes(verb) || (verb === 'ledger' && RECORD_READS.includes(of))
}

/** What a call meets before the weather: whoever it is for may be away. */
export interface Callee {
  readonly away: boolean
  readonly fault: () => Error
}

/** The operator's processes, each in a pod: one that died is replaced in its pod after a while. */
export interface Deployment {
  readonly processes: readonly Process[]
  readonly calls: readonly OperatorCall[]
  /** Starts one more process, in a pod of its own. */
  start(): void
  /** Kills a process; another one takes its place in its pod. */
  crash(process: Process): void
  /** A call of a process, counted, and let through as the weather says. */
  call<T>(process: Process, what: string, callee: Callee, run: () => Promise<T>): Promise<T>
  /** Kills them all, for good. */
  end(): void
}

export function createDeployment(options: {
  readonly clock: Clock
  readonly restartMs: number
  /** Starts what a process does; gives what kills it. */
  readonly boot: (process: Process) => () => void
  /** What happens to a call; absent: nothing. */
  readonly weather?: (call: OperatorCall) => Weather
  readonly latencyMs?: () => number
}): Deployment {
  const { clock, restartMs } = options
  const processes: Process[] = []
  const kills = new Map<Process, () => void>()
  const calls: OperatorCall[] = []
  let over = false

  function start(pod: string): void {
    const process: Process = { name: `operator-${processes.length + 1}`, pod, alive: true, stopped: false }
    processes.push(process)
    const kill = options.boot(process)
    kills.set(process, kill)
    // Its very first call may have been its last.
    if (!process.alive) kill()
  }
  function crash(process: Process): void {
    if (!process.alive) return
    process.alive = false
    kills.get(process)?.()
    if (!over) clock.after(restartMs, () => (over ? undefined : start(process.pod)))
  }
  return {
    processes,
    calls,
    start: () => start(`pod-${processes.length + 1}`),
    crash,
    call(process, what, { away, fault }, run) {
      const call = { index: calls.length + 1, process: process.name, what }
      calls.push(call)
      const asked = options.weather?.(call) ?? 'fine'
      const weather = away ? 'before' : asked
      const latencyMs = options.latencyMs?.() ?? 0
      return weathered({ clock, process, weather, latencyMs, fault, die: () => crash(process) }, run)
    },
    end() {
      over = true
      for (const process of processes) crash(process)
    },
  }
}
