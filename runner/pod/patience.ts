import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../core/errors.ts'

/** How long a database that is out of reach is waited for, milliseconds. */
export interface Patience {
  readonly forMs: number
  /** The first pause between two tries; each is twice the one before, up to `mostMs`. */
  readonly firstMs: number
  readonly mostMs: number
}

export interface PatiencePorts {
  readonly monotonic: () => number
  /** Ends all waiting: the pod is told to end. */
  readonly signal: AbortSignal
  /** What a statement that is under way may still take after that, milliseconds. */
  readonly lastMs: number
  /** Called once a try that failed and will be made again. */
  readonly onWait: (error: HindcastError) => void
}

/**
 * Does `work`, and again while the database is out of reach, as long as patience lasts. Throws what `work` threw last;
 * any other error at once.
 */
export async function patiently<T>(work: () => Promise<T>, patience: Patience, ports: PatiencePorts): Promise<T> {
  const deadline = ports.monotonic() + patience.forMs
  for (let pause = patience.firstMs; ; pause = Math.min(pause * 2, patience.mostMs)) {
    try {
      return await unlessTooLate(work(), ports)
    } catch (thrown) {
      const left = deadline - ports.monotonic()
      if (!isAway(thrown) || ports.signal.aborted || left <= 0) throw thrown
      ports.onWait(thrown)
      await sleep(Math.min(pause, left), undefined, { signal: ports.signal }).catch(() => {})
      if (ports.signal.aborted) throw thrown
    }
  }
}

/** Whether something was thrown because the database is out of reach. */
export function isAway(thrown: unknown): thrown is HindcastError {
  return thrown instanceof HindcastError && thrown.code === 'database_unavailable'
}

/** The work's value; once the pod is told to end it has `lastMs`, then it counts as out of reach. */
async function unlessTooLate<T>(work: Promise<T>, { signal, lastMs }: PatiencePorts): Promise<T> {
  const over = new AbortController()
  const late = (async () => {
    const { signal: stop } = over
    if (!signal.aborted) await abortOf(signal, stop)
    await sleep(lastMs, undefined, { signal: stop })
    throw new HindcastError('database_unavailable', 'the database gave no answer before the pod had to end')
  })()
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
    work.catch(() => {})
  }
}

function abortOf(signal: AbortSignal, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true, signal: stop })
  })
}
