import { BEAT_TTL_SECONDS, type Heartbeat, type JobKey, type ProgressChannel, type ProgressNote } from './channel.ts'

interface Kept {
  readonly value: unknown
  /** On the monotonic clock, milliseconds. */
  readonly until: number
}

/** Progress inside one process. `monotonic`: milliseconds that never go back; keys end by it. */
export function memoryProgress(monotonic: () => number): ProgressChannel {
  const kept = new Map<string, Kept>()

  const put = (key: string, value: unknown, ttlSeconds: number) => {
    kept.set(key, { value, until: monotonic() + ttlSeconds * 1000 })
  }
  const get = (key: string): unknown => {
    const found = kept.get(key)
    if (found === undefined) return null
    if (monotonic() < found.until) return found.value
    kept.delete(key)
    return null
  }

  return {
    write: async (job, note, ttlSeconds) => put(key('progress', job), note, ttlSeconds),
    read: async (jobs) => jobs.map((job) => get(key('progress', job)) as ProgressNote | null),
    flagCancel: async (job, attempt, ttlSeconds) => put(key('cancel', job), attempt, ttlSeconds),
    cancelFlagged: async (job, attempt) => get(key('cancel', job)) === attempt,
    beat: async (job, beat) => put(`${key('heartbeat', job)}:${beat.index}`, beat, BEAT_TTL_SECONDS),
    lastBeat: async (job, index) => get(`${key('heartbeat', job)}:${index}`) as Heartbeat | null,
    clear: async (job) => {
      const mine = ['progress', 'cancel', 'heartbeat'].map((what) => key(what, job))
      for (const found of kept.keys()) {
        if (mine.some((prefix) => found === prefix || found.startsWith(`${prefix}:`))) kept.delete(found)
      }
    },
    close: async () => kept.clear(),
  }
}

function key(what: string, { namespace, jobId }: JobKey): string {
  return `backtest:${namespace}:${what}:${jobId}`
}
