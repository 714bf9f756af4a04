import type { Context } from '../context.ts'

/** Ctrl-C and its kin while jobs run: the first one stops the job in hand cleanly, a second one ends the process. */
export interface Interruption {
  readonly happened: () => boolean
  /** 0 or 130. */
  readonly exitCode: () => number
  /** A controller for the next job, aborted by an interruption: Ctrl-C cancels the job, SIGTERM only ends it. */
  readonly controller: () => AbortController
}

const INTERRUPTED_EXIT = 130

/** Runs `work` with the signals of the process in its hands. */
export async function interruptible<T>(context: Context, work: (interruption: Interruption) => Promise<T>): Promise<T> {
  let signal: NodeJS.Signals | null = null
  let current: AbortController | null = null
  const reason = () => (signal === 'SIGINT' ? 'cancel' : 'interrupt')
  const giveBack = context.signals.take((received) => {
    if (signal !== null) process.exit(INTERRUPTED_EXIT)
    signal = received
    context.terminal.moving('')
    if (!context.quiet) context.terminal.note('stopping; once more ends it at once\n')
    current?.abort(reason())
  })
  try {
    return await work({
      happened: () => signal !== null,
      exitCode: () => (signal === null ? 0 : INTERRUPTED_EXIT),
      controller: () => {
        current = new AbortController()
        if (signal !== null) current.abort(reason())
        return current
      },
    })
  } finally {
    giveBack()
  }
}
