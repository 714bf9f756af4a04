import { Redis } from 'ioredis'
import { HindcastError } from '../../core/errors.ts'

/** What became of a user of Redis: `kept` where the caller may not change users, `unknown` where Redis is away. */
export type UserRemoval = 'removed' | 'absent' | 'kept' | 'unknown'

const CALL_MS = 5_000

/**
 * Removes a user of Redis, which cuts its connections. Throws `environment_invalid` on a URL that is none; whatever
 * Redis says is an answer.
 */
export async function removeRedisUser(url: string, user: string): Promise<UserRemoval> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new HindcastError('environment_invalid', 'the Redis URL is not one; write redis://user:password@host:port')
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: CALL_MS,
    commandTimeout: CALL_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return (await redis.call('ACL', 'DELUSER', user)) === 0 ? 'absent' : 'removed'
  } catch (thrown) {
    return /NOPERM|unknown command/i.test((thrown as Error).message) ? 'kept' : 'unknown'
  } finally {
    redis.disconnect()
  }
}
