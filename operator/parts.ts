import type { EventName } from '../core/events.ts'
import type { Clock, Random } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { Lane } from '../kube/lanes.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Queue } from '../kube/queue.ts'
import { ledgerCatalog } from '../storage/in/ledger-catalog.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'
import type { ProgressChannel } from '../storage/progress/channel.ts'
import type { Hands, Pass } from './act/context.ts'
import { type Cleaner, createCleaner } from './cleaner.ts'
import type { OperatorConfig } from './config.ts'
import { errorFields, type Log } from './log.ts'
import type { Loop } from './loop.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Beats, watchBeats } from './observe/beats.ts'
import { type Caches, OWNER_KINDS, startCaches } from './observe/caches.ts'
import { createDesk, type Desk } from './observe/desk.ts'
import { createDirectory, type Directory } from './observe/directory.ts'
import { keepDeleted } from './observe/kept.ts'
import { createLaunches } from './observe/launches.ts'
import { listen } from './observe/listen.ts'
import { type Rooms, watchRooms } from './observe/rooms.ts'
import { storeRootOf } from './observe/shown.ts'
import { LABELS, takesSlots } from './observe/workloads.ts'
import type { Rounds } from './rounds.ts'
import { keyOfSubject, type Subject, subjectOf } from './subject.ts'
import { jobNameOf, jobOf } from './templates/job.ts'

/** Everything outside the operator. */
export interface Ports {
  readonly cluster: Cluster
  readonly ledger: Ledger
  /**
   * Rejects with `database_unavailable` while the record cannot be asked, and with `environment_invalid` while it is
   * not one that this operator may write.
   */
  readonly checkRecord: () => Promise<void>
  readonly progress: ProgressChannel
  readonly clock: Clock
  readonly random: Random
  readonly config: OperatorConfig
  readonly log: Log
  /** Tells the log and, by an event of Kubernetes, whoever describes the resource. */
  readonly tell: (pass: Pass, event: EventName, note: string) => void
}

/** What changes while the operator lives: nothing of it outlives the process. */
export interface Office {
  /** Leads, as far as it has been told. */
  open: boolean
  /** Its Lease holds at this moment, by our own clock: one that stood still knows before its timers do. */
  holds: () => boolean
  /** Null until it is raised: then no row can be written. */
  epoch: number | null
  queue: Queue | null
  rounds: Rounds | null
}

/** The operator put together, following the cluster already, deciding nothing yet. */
export interface Parts {
  readonly ports: Ports
  readonly office: Office
  readonly caches: Caches
  readonly directory: Directory
  readonly desk: Desk
  readonly beats: Beats
  readonly rooms: Rooms
  readonly metrics: Metrics
  readonly loop: Loop
  readonly cleaner: Cleaner
  /** Asks for a pass; without a lead nothing. */
  readonly enqueue: (subject: Subject, lane: Lane) => void
  /** Asks for a pass over every resource that is not finished. */
  readonly enqueueAll: (lane: Lane) => void
  /** Calls whoever would get a slot now. */
  readonly freed: () => void
}

export function assemble(ports: Ports): Parts {
  const { cluster, ledger, progress, clock, config } = ports
  const office: Office = { open: false, holds: () => false, epoch: null, queue: null, rounds: null }
  const stopped = () => !office.open || !office.holds()
  const directory = createDirectory()
  const kept = keepDeleted()
  const launches = createLaunches()
  const enqueue = (subject: Subject, lane: Lane) => office.queue?.add(keyOfSubject(subject), lane)
  const enqueueAfter = (subject: Subject, ms: number) => office.queue?.addAfter(keyOfSubject(subject), 'status', ms)
  const freed = () => callWinners({ office, desk, caches, clock, enqueue })
  const recount = (job: KubeObject) => desk.jobChanged(job.metadata.labels?.[LABELS.jobId] ?? '')
  const caches: Caches = followCluster(ports, {
    caches: () => caches,
    directory,
    kept,
    enqueue,
    enqueueAfter,
    recount,
    freed,
  })
  const desk = deskOver(ports, caches)
  const cleaner = createCleaner({
    cluster,
    clock,
    config,
    log: ports.log,
    mayAct: () => office.epoch !== null && !stopped(),
  })
  const { beatLookMs: lookMs, beatLostMs: lostMs } = config.clocks
  const beats = watchBeats({ ledger, progress, clock, lookMs, lostMs })
  const rooms = watchRooms({ ledger, clock, place: storeRootOf(config) })
  const metrics = createMetrics(() => gaugesOf({ office, caches, desk, beats, rooms, ledger }))
  const hands = (): Hands | null => {
    const { epoch } = office
    const template = (pass: Pass, attempt: number) => jobOf(pass, attempt, config)
    const assume = (object: KubeObject) => {
      caches.assume(object)
      if (object.kind === 'Job') recount(object)
    }
    const more = { epoch, assume, jobName: jobNameOf, template }
    return epoch === null ? null : { cluster, ledger, progress, clock, config, desk, launches, metrics, ...more, epoch }
  }
  const seen = { caches, kept, directory, beats, launches, rooms }
  const loop: Loop = {
    eyes: { cluster, ledger, catalog: ledgerCatalog(ledger).read, clock, config, ...seen },
    hands,
    desk,
    config,
    log: ports.log,
    metrics,
    monotonic: clock.monotonic,
    tell: ports.tell,
    call: (subject) => enqueue(subject, 'status'),
    freed,
    leftovers: (namespace) => cleaner.need(namespace),
    stopped,
  }
  const enqueueAll = (lane: Lane) => {
    for (const subject of unfinished(caches)) enqueue(subject, lane)
  }
  const watched = { caches, directory, desk, beats, rooms }
  return { ports, office, ...watched, metrics, loop, cleaner, enqueue, enqueueAll, freed }
}

function unfinished(caches: Caches): readonly Subject[] {
  const objects = OWNER_KINDS.flatMap((kind) => caches.activeOf(kind))
  return objects.map(subjectOf).filter((subject) => subject !== null)
}

function followCluster(ports: Ports, ears: Parameters<typeof listen>[0]): Caches {
  const { cluster, clock, random, config, log } = ports
  return startCaches({
    cluster,
    clock,
    random,
    namespaces: config.namespaces,
    ...listen(ears),
    onTrouble: ({ kind, namespace, error, failures, retryInMs }) =>
      log('watch_failed', { kind, namespace, failures, retry_in_ms: retryInMs, ...errorFields(error) }),
  })
}

function deskOver({ config, clock }: Ports, caches: Caches): Desk {
  const { slotsPerPriority, slots, clocks } = config
  return createDesk({
    limits: { slotsPerPriority, slots, ageingMs: clocks.ageingMs },
    monotonic: clock.monotonic,
    takes({ jobId, attempt }) {
      const [job] = caches.jobsOfAttempt(jobId, attempt)
      return job === undefined || takesSlots(job)
    },
  })
}

function callWinners(of: {
  readonly office: Office
  readonly desk: Desk
  readonly caches: Caches
  readonly clock: Clock
  readonly enqueue: Parts['enqueue']
}): void {
  if (of.office.queue === null) return
  for (const uid of of.desk.winners(of.clock.now())) {
    const found = OWNER_KINDS.map((kind) => of.caches.active(kind, uid)).find((object) => object !== undefined)
    const subject = found === undefined ? null : subjectOf(found)
    if (subject !== null) of.enqueue(subject, 'admit')
  }
}

function gaugesOf(of: {
  readonly office: Office
  readonly caches: Caches
  readonly desk: Desk
  readonly beats: Beats
  readonly rooms: Rooms
  readonly ledger: Ledger
}) {
  const { office, caches, desk, beats, rooms } = of
  return {
    leads: office.open,
    postgresUp: beats.postgresUp(),
    redisUp: beats.redisUp(),
    recordPending: OWNER_KINDS.flatMap((kind) => caches.activeOf(kind)).filter(({ status }) => isRecordPending(status))
      .length,
    heartbeatAgeSeconds: beats.longestSilence(),
    stores: rooms.figures(),
    jobs: office.rounds?.active() ?? [],
    waiting: desk.waiting(),
    lanes: office.queue?.figures().depth ?? {},
    watchAgeSeconds: caches.ages(),
    pool: of.ledger.pool(),
  }
}

function isRecordPending(status: unknown): boolean {
  const { conditions } = (status ?? {}) as { readonly conditions?: readonly { type: string; status: string }[] }
  return conditions?.some((one) => one.type === 'RecordPending' && one.status === 'True') === true
}
