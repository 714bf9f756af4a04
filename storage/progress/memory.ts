import { BEAT_TTL_SECONDS, type ProgressChannel } from './channel.ts'
import { beatKey, cancelKey, decodeBeat, decodeNote, encodeBeat, encodeNote, keysOf, progressKey } from './payload.ts'

interface Kept {
  readonly value: string
  /** On the monotonic clock, milliseconds. */
  readonly until: number
}

/** Progress inside one process. `monotonic`: milliseconds that never go back; keys end by it. */
export function memoryProgress(monotonic: () => number): ProgressChannel {
  const kept = new Map<string, Kept>()

  const put = (key: string, value: string, ttlSeconds: number) => {
    kept.set(key, { value, until: monotonic() + ttlSeconds * 1000 })
  }
  const get = (key: string): string | null => {
    const found = kept.get(key)
    if (found === undefined) return null
    if (monotonic() < found.until) return found.value
    kept.delete(key)
    return null
  }

  return {
    write: async (job, note, ttlSeconds) => put(progressKey(job), encodeNote(note), ttlSeconds),
    read: async (attempts) =>
      attempts.map((attempt) => {
        const text = get(progressKey(attempt))
        return text === null ? null : (decodeNote(text, attempt) ?? null)
      }),
    flagCancel: async (job, attempt, ttlSeconds) => put(cancelKey(job), String(attempt), ttlSeconds),
    cancelFlagged: async (job, attempt) => get(cancelKey(job)) === String(attempt),
    beat: async (pods, beat) => put(beatKey(pods, beat.index), encodeBeat(beat), BEAT_TTL_SECONDS),
    readBeats: async (attempts) =>
      attempts.map((pods) =>
        Array.from({ length: pods.parallelism }, (_, index) => {
          const text = get(beatKey(pods, index))
          return text === null ? null : (decodeBeat(text, { attempt: pods.attempt, index }) ?? null)
        }),
      ),
    clear: async (job) => {
      for (const key of keysOf(job)) kept.delete(key)
    },
    up: async () => true,
    close: async () => kept.clear(),
  }
}
