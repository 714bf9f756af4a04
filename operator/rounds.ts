import { HindcastError } from '../core/errors.ts'
import type { Clock } from '../kube/clock.ts'
import { isKubeError } from '../kube/kube-error.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'
import type { ActiveJobs } from '../storage/ledger/operator/port.ts'
import type { OperatorClocks } from './config.ts'
import { errorFields, type Log } from './log.ts'
import type { Beats, Motion } from './observe/beats.ts'
import type { Desk } from './observe/desk.ts'
import type { Rooms } from './observe/rooms.ts'
import { type Subject, subjectAs } from './subject.ts'

/** The jobs for the metrics are counted, and the epoch and the room of stores looked at, no more often than this. */
const COUNT_MS = 15_000
/** The open attempts are counted anew no more often than this: of one that nobody has claimed only passes tell. */
const RECOUNT_MS = 60_000
/** A sweep that failed is made up for this soon. */
const SWEEP_AGAIN_MS = 30_000

/** What a leader does by the clock. */
export interface Rounds {
  /** Jobs that are not terminal, as last counted. */
  active(): readonly ActiveJobs[]
  stop(): void
}

export interface RoundsOptions {
  readonly clock: Clock
  readonly clocks: OperatorClocks
  readonly ledger: Pick<Ledger, 'countActive' | 'installation' | 'openPlaces'>
  readonly beats: Beats
  readonly rooms: Pick<Rooms, 'look' | 'full'>
  readonly desk: Desk
  readonly log: Log
  readonly enqueue: (subject: Subject, lane: 'status') => void
  readonly freed: () => void
  /** Every resource that is not finished. */
  readonly enqueueAll: () => void
  readonly namespaces: readonly string[]
  /** Whatever was left behind, and what is past its retention, in these. */
  readonly cleanUp: (namespaces: readonly string[]) => void
  /** Gives how many resources were gone. */
  readonly sweep: () => Promise<number>
  /** Ours. */
  readonly epoch: number
  /** The record has a later one, so that nothing of ours is written any more. */
  readonly superseded: (epoch: number) => void
}

export function startRounds(options: RoundsOptions): Rounds {
  const { clock, clocks, ledger, beats, rooms, log } = options
  let active: readonly ActiveJobs[] = []
  let countedAt = Number.NEGATIVE_INFINITY
  const look = lookAround(options)
  const lookAtStores = lookIntoRooms(options)
  const timers = createRepeater(clock, (thrown) => log('pass_failed', errorFields(thrown)))
  timers.every(clocks.beatLookMs, async () => {
    await look()
    if (!beats.postgresUp()) return clocks.beatLookMs
    const isCountDue = clock.monotonic() - countedAt >= COUNT_MS
    // A full store is looked at each time: whoever waits for room is to have it soon.
    if (isCountDue || rooms.full().length > 0) await lookAtStores()
    if (isCountDue) {
      countedAt = clock.monotonic()
      active = await ledger.countActive().catch(() => active)
      const newest = await ledger.installation().catch(() => null)
      if ((newest?.operatorEpoch ?? 0) > options.epoch) options.superseded(newest?.operatorEpoch ?? 0)
    }
    return clocks.beatLookMs
  })
  timers.every(clocks.cleanupMs, async () => {
    options.cleanUp(options.namespaces)
    return clocks.cleanupMs
  })
  timers.every(0, async () => {
    try {
      log('sweep_done', { gone: await options.sweep() })
      return clocks.sweepMs
    } catch (thrown) {
      const isAway = thrown instanceof HindcastError && thrown.code === 'database_unavailable'
      if (!isAway && !isKubeError(thrown)) throw thrown
      return Math.min(SWEEP_AGAIN_MS, clocks.sweepMs)
    }
  })
  return { active: () => active, stop: timers.stop }
}

/** What was last said of an attempt. */
interface Remembered {
  readonly subject: Subject | null
  readonly status: string
  readonly told: string
  readonly toldAt: number
}

/** One look at beats and slots: calls the resources whose attempts need a decision or a new status. */
function lookAround(options: RoundsOptions): () => Promise<void> {
  const { clock, clocks, beats, log, enqueue, freed } = options
  const recount = recounter(options)
  let before = new Map<string, Remembered>()
  let up = { postgres: true, redis: true }
  const call = ({ subject }: Remembered) => {
    if (subject !== null) enqueue(subject, 'status')
  }
  const noteHealth = () => {
    const now = { postgres: beats.postgresUp(), redis: beats.redisUp() }
    if (now.postgres !== up.postgres) log(now.postgres ? 'database_recovered' : 'database_unavailable')
    if (now.redis !== up.redis) {
      log(now.redis ? 'redis_recovered' : 'redis_degraded')
      // Every running attempt shows whether Redis is there.
      for (const one of before.values()) call(one)
    }
    up = now
  }
  return async () => {
    const motions = await beats.look()
    noteHealth()
    if (up.postgres) {
      await recount()
      freed()
    }
    const now = new Map<string, Remembered>()
    for (const motion of motions) {
      const key = `${motion.opened.attempt.jobId}/${motion.opened.attempt.attempt}`
      const old = before.get(key)
      const next = remember(motion, old, { at: clock.monotonic(), statusMs: clocks.statusMs })
      now.set(key, next)
      if (isDue(motion, { old, next, clocks })) call(next)
    }
    // Attempts that ended since the last look: their end may not have shown on the cluster yet.
    for (const [key, old] of before) if (!now.has(key)) call(old)
    before = now
  }
}

/** One look at the room of the stores. A clean-up makes room in a full one, or sees that somebody has. */
function lookIntoRooms({ rooms, log, cleanUp, enqueueAll }: RoundsOptions): () => Promise<void> {
  let before: readonly string[] = []
  return async () => {
    await rooms.look()
    const full = rooms.full()
    cleanUp(full)
    const newlyFull = full.filter((namespace) => !before.includes(namespace))
    const hasRoom = before.filter((namespace) => !full.includes(namespace))
    before = full
    for (const namespace of newlyFull) log('storage_full', { namespace })
    for (const namespace of hasRoom) log('storage_recovered', { namespace })
    if (newlyFull.length + hasRoom.length > 0) enqueueAll()
  }
}

/** Counts the slots from the record, now and then. */
function recounter({ clock, ledger, desk }: RoundsOptions): () => Promise<void> {
  let countedAt = clock.monotonic()
  return async () => {
    const asOf = clock.monotonic()
    if (asOf - countedAt < RECOUNT_MS) return
    const opened = await ledger.openPlaces('all').catch(() => null)
    if (opened === null) return
    countedAt = asOf
    desk.sync(opened, asOf)
  }
}

/** Progress is told no more often than a status may be written for it. */
function remember(
  motion: Motion,
  old: Remembered | undefined,
  { at, statusMs }: { readonly at: number; readonly statusMs: number },
): Remembered {
  const { job, attempt } = motion.opened
  const marker = `${motion.progress?.percent} ${motion.progress?.stage}`
  const isNews = old === undefined || (marker !== old.told && at - old.toldAt >= statusMs)
  return {
    subject: subjectAs(KIND_OF_ROW[job.kind], job.namespace, attempt.holderUid ?? undefined),
    status: attempt.status,
    told: isNews ? marker : old.told,
    toldAt: isNews ? at : old.toldAt,
  }
}

function isDue(
  { beats }: Motion,
  of: { readonly old: Remembered | undefined; readonly next: Remembered; readonly clocks: OperatorClocks },
): boolean {
  const { old, next, clocks } = of
  if (old === undefined || next.told !== old.told || next.status !== old.status) return true
  return beats.some(
    ({ stillMs, idleMs }) => (stillMs ?? 0) >= clocks.beatLostMs || (idleMs ?? 0) >= clocks.noProgressMs,
  )
}

const KIND_OF_ROW = { backtest: 'Backtest', walkforward: 'WalkForward', montecarlo: 'MonteCarlo' } as const

interface Repeater {
  /** Runs after `ms` and then after what the run says. One that fails is told of, and run again after `ms`. */
  every(ms: number, run: () => Promise<number>): void
  stop(): void
}

function createRepeater(clock: Clock, onError: (thrown: unknown) => void): Repeater {
  const cancels = new Set<() => void>()
  let stopped = false
  const every = (ms: number, run: () => Promise<number>) => {
    if (stopped) return
    const cancel = clock.after(ms, () => {
      cancels.delete(cancel)
      run().then(
        (nextMs) => every(nextMs, run),
        // What is thrown here is our bug, and must not end the rounds.
        (thrown) => {
          onError(thrown)
          every(Math.max(ms, SWEEP_AGAIN_MS), run)
        },
      )
    })
    cancels.add(cancel)
  }
  return {
    every,
    stop() {
      stopped = true
      for (const cancel of cancels) cancel()
    },
  }
}
