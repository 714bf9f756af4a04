import { Redis } from 'ioredis'
import { HindcastError } from '../../core/errors.ts'
import { breaker } from './breaker.ts'
import { BEAT_TTL_SECONDS, type ProgressChannel } from './channel.ts'
import { beatKey, cancelKey, decodeBeat, decodeNote, encodeBeat, encodeNote, keysOf, progressKey } from './payload.ts'

export interface RedisSettings {
  readonly url: string
  /** Milliseconds that never go back. */
  readonly monotonic: () => number
  /** The longest a call may take, milliseconds. Default 1000. */
  readonly callMs?: number
  /** How long Redis is left alone after a failure, milliseconds. Default 30,000. */
  readonly pauseMs?: number
  /** A value that nobody of ours wrote was met and read as nothing. Names of platform.md 7.2. */
  readonly onOddity?: (event: 'progress_json_decode_failed' | 'heartbeat_parse_failed', key: string) => void
}

const CALL_MS = 1_000
const PAUSE_MS = 30_000
/** Between two connections of one outage: first this much, doubling, never longer than the second. */
const RECONNECT_FIRST_MS = 100
const RECONNECT_MOST_MS = 2_000
/** Keys of one MGET: a full page of lists, and an answer of at most half a megabyte. */
const KEYS_A_CALL = 500

/**
 * Progress in Redis. Connects in the background and again after every loss; never keeps a call waiting longer than
 * `callMs`, and rejects at once for `pauseMs` after a failure, or until the connection is back. Uses SET with EX, MGET,
 * DEL and PING alone. Throws `environment_invalid` on a URL that is none, without repeating it.
 */
export function redisProgress(settings: RedisSettings): ProgressChannel {
  const { callMs = CALL_MS, pauseMs = PAUSE_MS, onOddity = () => {} } = settings
  const redis = connect(settings.url, callMs)
  const guard = breaker(pauseMs, settings.monotonic)
  redis.on('ready', () => guard.close())

  const put = async (key: string, value: string, ttlSeconds: number) => {
    await guard.call(() => redis.set(key, value, 'EX', ttlSeconds))
  }
  const get = async (keys: readonly string[]): Promise<(string | null)[]> => {
    const found: (string | null)[] = []
    for (let from = 0; from < keys.length; from += KEYS_A_CALL) {
      found.push(...(await guard.call(() => redis.mget(keys.slice(from, from + KEYS_A_CALL)))))
    }
    return found
  }
  const readable = <T>(read: T | null | undefined, odd: () => void): T | null => {
    if (read === undefined) odd()
    return read ?? null
  }

  return {
    write: (job, note, ttlSeconds) => put(progressKey(job), encodeNote(note), ttlSeconds),
    read: async (attempts) => {
      const texts = await get(attempts.map(progressKey))
      return attempts.map((attempt, k) => {
        const text = texts[k] ?? null
        if (text === null) return null
        return readable(decodeNote(text, attempt), () => onOddity('progress_json_decode_failed', progressKey(attempt)))
      })
    },
    flagCancel: (job, attempt, ttlSeconds) => put(cancelKey(job), String(attempt), ttlSeconds),
    cancelFlagged: async (job, attempt) => (await get([cancelKey(job)]))[0] === String(attempt),
    beat: (pods, beat) => put(beatKey(pods, beat.index), encodeBeat(beat), BEAT_TTL_SECONDS),
    readBeats: async (attempts) => {
      const asked = attempts.map((pods) => Array.from({ length: pods.parallelism }, (_, index) => beatKey(pods, index)))
      const texts = (await get(asked.flat()))[Symbol.iterator]()
      return attempts.map(({ attempt }, k) =>
        asked[k]!.map((key, index) => {
          const text = texts.next().value ?? null
          if (text === null) return null
          return readable(decodeBeat(text, { attempt, index }), () => onOddity('heartbeat_parse_failed', key))
        }),
      )
    },
    clear: async (job) => {
      await guard.call(() => redis.del(keysOf(job)))
    },
    up: () => answers(redis),
    close: async () => redis.disconnect(),
  }
}

function connect(url: string, callMs: number): Redis {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new HindcastError('environment_invalid', 'the Redis URL is not one; write redis://user:password@host:port')
  }
  const redis = new Redis(url, {
    // What cannot be said now is said again by the next beat; a queue would say it late.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
    // A user of one namespace may do what this file does and nothing else: no INFO, no CLIENT.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: callMs,
    commandTimeout: callMs,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times, 10), RECONNECT_MOST_MS),
  })
  // Without a listener a lost connection would end the process; the next call tells of it.
  redis.on('error', () => {})
  redis.connect().catch(() => {})
  return redis
}

/** Past the breaker: this is the question whether it is back. The answer may come while it still connects. */
async function answers(redis: Redis): Promise<boolean> {
  try {
    if (redis.status !== 'ready') await ready(redis)
    return (await redis.ping()) === 'PONG'
  } catch {
    return false
  }
}

/** Settles with the first connection or the first failure of one, whichever comes first. */
function ready(redis: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => () => {
      redis.off('ready', onReady).off('error', onLoss).off('close', onLoss).off('end', onLoss)
      how()
    }
    const onReady = settle(resolve)
    const onLoss = settle(() => reject(new Error('not connected')))
    if (redis.status === 'end') return reject(new Error('closed'))
    redis.on('ready', onReady).on('error', onLoss).on('close', onLoss).on('end', onLoss)
  })
}
