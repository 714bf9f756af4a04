import { parentPort } from 'node:worker_threads'
import { HindcastError } from '../core/errors.ts'
import { invariant } from '../core/invariant.ts'
import { allocateDaily, computeDates, planDays, type Run, summarise } from '../engine/compute.ts'
import { openPanel } from '../storage/in/open-panel.ts'
import type { UnitBytes } from '../storage/ledger/ledger.ts'
import { dateDone, Stopped, takeDates, throwIfStopped } from './control.ts'
import { keepPace } from './pace.ts'
import { isPathTask, isWalkTask, type Task } from './tasks.ts'
import type { Reply } from './threads.ts'

/** One thread of an attempt: does the tasks it is sent, one at a time, and answers each. */
const port = parentPort
invariant(port !== null, 'attempt-thread.ts runs as a worker thread')
port.on('message', (task: Task) => {
  void perform(task)
    .then((value): Reply => ({ value }), failed)
    .then((reply) => port.postMessage(reply))
})

/** Sends a unit that is done, its bytes with it. */
function send(unit: UnitBytes): void {
  const reply: Reply = { unit }
  port?.postMessage(reply, [unit.bytes.buffer as ArrayBuffer])
}

async function perform(task: Task): Promise<unknown> {
  if (task.do === 'open') return open(task)
  if (task.do === 'dates') return computeTurns(task)
  if (task.do === 'summarise') return sumUp(task)
  if (isWalkTask(task)) return (await import('./walk-forward/task.ts')).performWalkTask(task, send)
  if (isPathTask(task)) return (await import('./monte-carlo/task.ts')).performPathTask(task, send)
  // Loaded here: only the end of an attempt needs the Parquet writer.
  const { writeArtifact } = await import('../storage/out/write-artifact.ts')
  if (task.do === 'prepare') return undefined
  return writeArtifact(task.directory, task.table)
}

async function open({ plan, datasetsDir }: Extract<Task, { do: 'open' }>): Promise<Run> {
  const { backtest, snapshot } = plan
  const allocate = (bytes: number) => new SharedArrayBuffer(bytes)
  const panel = await openPanel({ datasetsDir, snapshot, allocate })
  const days = planDays(backtest, panel)
  return { backtest, panel, days, daily: allocateDaily(days, panel, allocate) }
}

function computeTurns({ run, control, turn, pace }: Extract<Task, { do: 'dates' }>): undefined {
  for (;;) {
    const days = takeDates(control, turn, run.days.count)
    if (days === null) return undefined
    for (const progress of computeDates(run, days[0], days[1])) {
      dateDone(control, progress.date)
      keepPace({ control, pace, date: progress.date })
    }
  }
}

function sumUp({ run, control }: Extract<Task, { do: 'summarise' }>) {
  const steps = summarise(run)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    throwIfStopped(control)
  }
}

function failed(thrown: unknown): Reply {
  if (thrown instanceof Stopped) return { stopped: true }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (error instanceof HindcastError) {
    const { code, message, field } = error
    return { error: field === undefined ? { code, message } : { code, message, field } }
  }
  return { error: { code: null, message: error.message, stack: error.stack ?? '' } }
}
