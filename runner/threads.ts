import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, HindcastError } from '../core/errors.ts'
import type { UnitBytes } from '../storage/ledger/ledger.ts'
import { Stopped } from './control.ts'
import type { Task, TaskResult } from './tasks.ts'

/** What a thread sends back: units as they are done, then the value of the task it was given, or why there is none. */
export type Reply =
  | { readonly unit: UnitBytes }
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
  /**
   * Gives thread `index` a task, which waits for those before it; `receive` gets the units it sends on the way. Rejects
   * with HindcastError, Stopped, or a bug.
   */
  run<T extends Task>(index: number, task: T, receive?: (unit: UnitBytes) => void): Promise<TaskResult<T>>
  /** Ends every thread, whatever it is doing. */
  close(): Promise<void>
}

/** A built program has its threads beside it as `.js`, a checkout as `.ts`. */
const ENTRY = new URL(`./attempt-thread${extname(import.meta.url)}`, import.meta.url)

export function startThreads(count: number): Threads {
  const crew = Array.from({ length: count }, startMember)
  return {
    count,
    run: (index, task, receive) => {
      const member = crew[index]!
      const done = member.last.then(() => ask(member, task, receive))
      member.last = done.catch(() => {})
      return done
    },
    close: async () => {
      for (const member of crew) member.end ??= new Stopped()
      await Promise.all(crew.map(({ worker }) => worker.terminate()))
    },
  }
}

interface Member {
  readonly worker: Worker
  /** Why it does nothing more; null while it works. */
  end: Error | null
  /** Settles when its last task has; never rejects. */
  last: Promise<unknown>
}

/** A thread that fails before or between its tasks keeps the reason: a lone 'error' event would end the process. */
function startMember(): Member {
  const worker = new Worker(ENTRY, { stdout: false, stderr: false }).setMaxListeners(0)
  const member: Member = { worker, end: null, last: Promise.resolve() }
  worker.on('error', (error) => {
    member.end ??= fromWorker(error)
  })
  worker.on('exit', (code) => {
    member.end ??= new Error(`an engine thread ended by itself (code ${code})`)
  })
  return member
}

function ask<T extends Task>(
  member: Member,
  task: T,
  receive: (unit: UnitBytes) => void = () => {},
): Promise<TaskResult<T>> {
  const { worker } = member
  return new Promise((resolve, reject) => {
    const onMessage = (reply: Reply) => {
      if ('unit' in reply) return receive(reply.unit)
      worker.off('message', onMessage).off('exit', onExit)
      if ('value' in reply) resolve(reply.value as TaskResult<T>)
      else reject(thrownBy(reply))
    }
    // An error is followed by the exit; the member's own listeners came first and know why.
    const onExit = () => reject(member.end ?? new Stopped())
    if (member.end !== null) return reject(member.end)
    worker.on('message', onMessage).on('exit', onExit)
    worker.postMessage(task)
  })
}

function thrownBy(reply: Exclude<Reply, { value: unknown } | { unit: unknown }>): Error {
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
