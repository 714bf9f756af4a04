import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, HindcastError } from '../core/errors.ts'
import { Stopped } from './control.ts'
import type { Task, TaskResult } from './tasks.ts'

/** What a thread sends back: the value of the task it was given, or why there is none. */
export type Reply =
  | { readonly value: unknown }
  | { readonly stopped: true }
  | {
      readonly error: {
        readonly code: ErrorCode | null
        readonly message: string
        readonly field?: string
        readonly stack?: string
      }
    }

/** The threads of one attempt. Each does one task at a time; panels and results lie on shared memory. */
export interface Threads {
  readonly count: number
  /** Gives thread `index` a task. Rejects with HindcastError, Stopped, or Error for a bug. */
  run<T extends Task>(index: number, task: T): Promise<TaskResult<T>>
  /** Ends every thread, whatever it is doing. */
  close(): Promise<void>
}

/** A built program has its threads beside it as `.js`, a checkout as `.ts`. */
const ENTRY = new URL(`./attempt-thread${extname(import.meta.url)}`, import.meta.url)

export function startThreads(count: number): Threads {
  const workers = Array.from({ length: count }, () => new Worker(ENTRY, { stdout: false, stderr: false }))
  let closing = false
  for (const worker of workers) worker.setMaxListeners(0)
  return {
    count,
    run: (index, task) => ask(workers[index]!, task, () => closing),
    close: async () => {
      closing = true
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

function ask<T extends Task>(worker: Worker, task: T, closing: () => boolean): Promise<TaskResult<T>> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      act()
    }
    const onMessage = (reply: Reply) =>
      settle(() => ('value' in reply ? resolve(reply.value as TaskResult<T>) : reject(thrownBy(reply))))
    const onError = (error: Error) => settle(() => reject(fromWorker(error)))
    const onExit = (code: number) =>
      settle(() => reject(closing() ? new Stopped() : new Error(`an engine thread ended by itself (code ${code})`)))
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(task)
  })
}

function thrownBy(reply: Exclude<Reply, { value: unknown }>): Error {
  if ('stopped' in reply) return new Stopped()
  const { code, message, field, stack } = reply.error
  if (code !== null) return new HindcastError(code, message, field === undefined ? {} : { field })
  return Object.assign(new Error(message), stack === undefined ? {} : { stack })
}

/** A thread that ran out of its heap is a memory limit to its user, not a bug of ours. */
function fromWorker(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  return new HindcastError('memory_limit', 'an engine thread ran out of memory', { cause: error })
}
