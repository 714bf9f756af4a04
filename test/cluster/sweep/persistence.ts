import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../../core/errors.ts'
import { isKubeError } from '../../../kube/kube-error.ts'

const LIMIT_MS = 60_000
const PAUSE_MS = 200

/**
 * Asks until a server answers, for a minute: one that stood still for some seconds is no finding of a sweep. For what
 * may be asked twice. Throws every other refusal, and what was thrown last.
 */
export async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + LIMIT_MS
  for (;;) {
    try {
      return await ask()
    } catch (thrown) {
      if (!isAway(thrown) || performance.now() > until) throw thrown
      await sleep(PAUSE_MS)
    }
  }
}

function isAway(thrown: unknown): boolean {
  if (isKubeError(thrown)) return isKubeError(thrown, 'unavailable', 'timeout', 'too_many_requests')
  return thrown instanceof HindcastError && thrown.code === 'database_unavailable'
}
