import { HindcastError } from '../core/errors.ts'
import { fullJitter, sleep } from '../kube/clock.ts'
import { KubeError } from '../kube/kube-error.ts'
import { createQueue, type Queue } from '../kube/queue.ts'
import { errorFields } from './log.ts'
import { reconcile } from './loop.ts'
import { LABELS } from './observe/workloads.ts'
import type { Parts } from './parts.ts'
import { startRounds } from './rounds.ts'
import { subjectOfKey } from './subject.ts'
import { sweep } from './sweep.ts'

/** Between two tries to reach the record or the API server at the start of a lead. */
const AGAIN_MS = 2_000
/** Between two looks at whether the caches are complete. */
const SYNC_LOOK_MS = 20
const PAGE = 500
/** Second looks are this far apart, however many resources there are: ten thousand must cost little at rest. */
const RESYNC_PACE_MS = 1_000

/** A Lease that was won. */
export interface Mandate {
  /** Whose it is. */
  readonly identity: string
  /** Aborted when it is lost. */
  readonly signal: AbortSignal
  /** Whether it holds at this moment. */
  readonly holds: () => boolean
}

/**
 * Leads until the signal is aborted: lists the Jobs there are, raises the epoch, and only then admits. While the record
 * is away resources are looked at all the same, so that they say so. Rejects with `environment_invalid` where the
 * record is another installation's or has another schema, and with a plain error once the record knows a later epoch:
 * whoever raised it may have lost the Lease meanwhile, and then nobody could write any more.
 */
export async function lead(parts: Parts, mandate: Mandate): Promise<void> {
  const { office, ports, caches, beats, rooms, enqueueAll } = parts
  const { clock, log } = ports
  const { identity, signal } = mandate
  office.open = true
  office.holds = mandate.holds
  office.epoch = null
  const shut = () => {
    office.open = false
  }
  signal.addEventListener('abort', shut, { once: true })
  while (!caches.synced() && !signal.aborted) await sleep(clock, SYNC_LOOK_MS, signal)
  await untilAnswered(parts, signal, () => listJobs(parts))
  if (signal.aborted) return
  log('caches_synced')
  office.queue = openQueue(parts)
  enqueueAll('admit')
  await untilAnswered(parts, signal, async () => {
    await ports.checkRecord()
    // One that slept since it won must not take the record from the next leader.
    if (!mandate.holds()) return ASLEEP
    const asOf = clock.monotonic()
    const epoch = await ports.ledger.raiseEpoch(identity)
    parts.desk.sync(await ports.ledger.openPlaces('all'), asOf)
    await Promise.all([beats.look(), rooms.look()])
    office.epoch = epoch
  })
  if (signal.aborted) return
  log('leader_elected', { identity, epoch: office.epoch })
  const over = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    office.rounds = startRounds({
      clock,
      clocks: ports.config.clocks,
      ledger: ports.ledger,
      beats,
      rooms,
      desk: parts.desk,
      log,
      enqueue: parts.enqueue,
      freed: parts.freed,
      cleanUp: (namespaces) => namespaces.forEach(parts.cleaner.need),
      namespaces: ports.config.namespaces,
      enqueueAll: () => enqueueAll('admit'),
      sweep: () => sweep({ ...parts, ...ports, namespaces: ports.config.namespaces, stopped: () => !office.open }),
      epoch: office.epoch ?? 0,
      superseded: (epoch) => reject(new Error(`the record is at epoch ${epoch}, later than ours`)),
    })
  })
  enqueueAll('admit')
  await over
}

/** Ends a lead: takes nothing more, and waits for the passes in hand. False: some had not ended in time. */
export async function step(parts: Parts, withinMs: number): Promise<boolean> {
  const { office } = parts
  office.rounds?.stop()
  office.rounds = null
  const drained = (await office.queue?.drain(withinMs)) ?? true
  office.open = false
  office.queue = null
  return drained
}

function openQueue({ ports, loop, directory }: Parts): Queue {
  const { clock, random, config, log } = ports
  const { resyncMs } = config.clocks
  const queue: Queue = createQueue({
    clock,
    random,
    workers: config.workers,
    process: async (key) => {
      const subject = subjectOfKey(key)
      const again = await reconcile(loop, subject)
      // A slow second look, spread out, in case an event was missed.
      const isLive = loop.eyes.caches.active(subject.kind, subject.uid) !== undefined || directory.isGone(subject.uid)
      if (isLive) {
        const everyMs = Math.max(resyncMs, RESYNC_PACE_MS * queue.delayed())
        queue.addAfter(key, 'gc', everyMs / 2 + fullJitter(random, everyMs / 2))
      }
      return again
    },
    onError: ({ key, error, failures, retryInMs }) => {
      loop.metrics.reconciles.inc({ rule: 'none', result: 'error' })
      log('pass_failed', { key, failures, retry_in_ms: Math.round(retryInMs), ...errorFields(error) })
    },
  })
  return queue
}

/** A consistent list, so that no slot is given away that an unseen Job holds. */
async function listJobs({ ports, caches }: Parts): Promise<void> {
  for (const namespace of ports.config.namespaces) {
    let continueToken: string | null = null
    do {
      const page = await ports.cluster.list({
        kind: 'Job',
        namespace,
        labelSelector: `${LABELS.managedBy}=hindcast`,
        limit: PAGE,
        ...(continueToken === null ? {} : { continueToken }),
      })
      for (const job of page.items) caches.assume(job)
      continueToken = page.continueToken
    } while (continueToken !== null)
  }
}

/** Tries until it works; whoever is away comes back. What is no outage is thrown. */
async function untilAnswered({ ports }: Parts, signal: AbortSignal, run: () => Promise<unknown>): Promise<void> {
  let told = false
  while (!signal.aborted) {
    try {
      if ((await run()) !== ASLEEP) return
      await sleep(ports.clock, AGAIN_MS, signal)
    } catch (thrown) {
      const isAway = thrown instanceof KubeError || (thrown instanceof HindcastError && thrown.code === AWAY)
      if (!isAway) throw thrown
      if (!told) ports.log(thrown instanceof KubeError ? 'api_call_failed' : AWAY, errorFields(thrown))
      told = true
      await sleep(ports.clock, AGAIN_MS, signal)
    }
  }
}

const AWAY = 'database_unavailable'
/** The Lease does not hold right now: it is lost, or about to be renewed. */
const ASLEEP = 'asleep'
