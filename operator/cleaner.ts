import type { Clock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { isKubeError } from '../kube/kube-error.ts'
import type { OperatorConfig } from './config.ts'
import { errorFields, type Log } from './log.ts'
import { cleanupJob } from './templates/cleanup.ts'

/** Asks the clean-up of a namespace to run: the operator itself mounts no store (design.md 3, *Liveness*). */
export interface Cleaner {
  /** Soon, once however often it was asked for meanwhile. */
  readonly need: (namespace: string) => void
}

/** The one before is still running, or the API server was away. */
const AGAIN_MS = 15_000

export function createCleaner(of: {
  readonly cluster: Pick<Cluster, 'create'>
  readonly clock: Clock
  readonly config: OperatorConfig
  readonly log: Log
  /** Leads: another one's clean-ups are its own. */
  readonly mayAct: () => boolean
}): Cleaner {
  const { cluster, clock, config, log } = of
  const { cleanupImage } = config
  const waiting = new Set<string>()

  const soon = (namespace: string, ms: number) => {
    if (cleanupImage === null || waiting.has(namespace)) return
    waiting.add(namespace)
    clock.after(ms, () => {
      waiting.delete(namespace)
      if (of.mayAct()) void start(namespace, cleanupImage)
    })
  }
  const start = async (namespace: string, image: string) => {
    try {
      await cluster.create(cleanupJob(namespace, image, config))
      log('cleanup_started', { namespace })
    } catch (thrown) {
      // One that runs may have looked already: what is asked for now needs another.
      if (!isKubeError(thrown, 'already_exists')) log('api_call_failed', { namespace, ...errorFields(thrown) })
      if (!isKubeError(thrown, 'forbidden', 'invalid', 'not_found')) soon(namespace, AGAIN_MS)
    }
  }
  return { need: (namespace) => soon(namespace, config.clocks.cleanupSoonMs) }
}
