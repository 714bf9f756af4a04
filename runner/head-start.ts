import type { Run } from '../engine/compute.ts'
import { type Control, newControl, turnLength } from './control.ts'
import { type MemoryReader, memoryReader } from './memory.ts'
import type { AttemptInput } from './port.ts'
import { startThreads, type Threads } from './threads.ts'

/** What the work of an attempt depends on before it has a number or a claim. */
export type HeadStartInput = Pick<
  AttemptInput,
  'plan' | 'datasetsDir' | 'threads' | 'memoryLimitBytes' | 'pace' | 'waitsForClaim'
>

/**
 * The part of an attempt that touches nothing but its own memory: threads, panel, and the days of the run. It needs no
 * claim, so it goes on while the record is still being opened; what it computed is dropped when the claim is refused.
 */
export interface HeadStart {
  readonly threads: Threads
  readonly control: Control
  /** Counts from before the panel was opened. */
  readonly memory: MemoryReader
  /** Rejects with what `openPanel` and `planDays` throw. */
  readonly opened: Promise<Run>
  /** Settles when all days are computed, with the milliseconds that took; begins them if they have not begun. */
  readonly computed: () => Promise<number>
  /** Ends the threads, whatever they are doing. May be called twice. */
  readonly close: () => Promise<void>
}

/**
 * Each thread compiles the engine for itself, 0.1 s of a core: below this many cells of days x names another one costs
 * more than it takes over, the more so while the record opens on a core of its own.
 */
const CELLS_A_THREAD = 1_000_000

function threadsWorthwhile({ days, panel }: Run, threads: number): number {
  return Math.min(threads, Math.max(1, Math.floor((days.count * panel.permnos.length) / CELLS_A_THREAD)))
}

/** Sets threads to work. Paced runs (tests) and pods wait with the days until they are asked for. */
export function startAhead(input: HeadStartInput, monotonic: () => number): HeadStart {
  const { plan, datasetsDir, pace } = input
  const memory = memoryReader(input.memoryLimitBytes)
  const threads = startThreads(input.threads)
  const control = newControl()
  const opened = threads.run(0, { do: 'open', plan, datasetsDir })
  opened.catch(() => {})
  // The first thread goes straight to the days; the others have the time to load what writes the result.
  const ready = Array.from({ length: threads.count }, (_, index) =>
    index === 0 ? Promise.resolve(undefined) : threads.run(index, { do: 'prepare' }),
  )
  for (const one of ready) one.catch(() => {})
  let days: Promise<number> | null = null
  const computed = () => {
    days ??= opened.then(async (run) => {
      const startedAt = monotonic()
      const workers = ready.slice(0, threadsWorthwhile(run, threads.count))
      const task = { do: 'dates', run, control, turn: turnLength(run.days.count, workers.length), pace } as const
      await Promise.all(workers.map((one, index) => one.then(() => threads.run(index, task))))
      return monotonic() - startedAt
    })
    return days
  }
  if (pace === null && input.waitsForClaim !== true) computed().catch(() => {})
  return { threads, control, memory, opened, computed, close: threads.close }
}
