import { HindcastError } from '../core/errors.ts'
import type { Clock } from '../kube/clock.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'
import type { ActiveJobs } from '../storage/ledger/office/port.ts'
import type { OperatorClocks } from './config.ts'
import { errorFields, type Log } from './log.ts'
import type { Beats, Motion } from './observe/beats.ts'
import type { Desk } from './observe/desk.ts'
import { type Subject, subjectAs } from './subject.ts'

/** The jobs for the metrics are counted no more often than this. */
const COUNT_MS = 15_000
/** A sweep that failed is made up for this soon. */
const SWEEP_AGAIN_MS = 30_000

/** What a leader does by the clock. */
export interface Rounds {
  /** Jobs that are not terminal, as last counted. */
  active(): readonly ActiveJobs[]
  /** One look at beats and slots, also outside its time. */
  look(): Promise<void>
  stop(): void
}

export function startRounds(of: {
  readonly clock: Clock
  readonly clocks: OperatorClocks
  readonly ledger: Pick<Ledger, 'countActive'>
  readonly beats: Beats
  readonly desk: Desk
  readonly log: Log
  readonly enqueue: (subject: Subject, lane: 'status') => void
  readonly freed: () => void
  readonly sweep: () => Promise<number>
}): Rounds {
  const { clock, clocks, beats, desk, log, enqueue } = of
  let active: readonly ActiveJobs[] = []
  let countedAt = Number.NEGATIVE_INFINITY
  let before = new Map<string, Remembered>()
  let up = { postgres: true, redis: true }
  let stopped = false
  const cancels = new Set<() => void>()

  async function look(): Promise<void> {
    const asOf = clock.monotonic()
    const motions = await beats.look()
    noteHealth()
    if (beats.postgresUp()) {
      desk.sync(
        motions.map((motion) => motion.opened),
        asOf,
      )
      of.freed()
    }
    const now = new Map<string, Remembered>()
    for (const motion of motions) {
      const key = `${motion.opened.attempt.jobId}/${motion.opened.attempt.attempt}`
      const old = before.get(key)
      const next = remember(motion, old, clock.monotonic())
      now.set(key, next)
      if (isDue(motion, old, next)) call(next.subject)
    }
    // Attempts that ended since the last look: their end may not have shown on the cluster yet.
    for (const [key, old] of before) if (!now.has(key)) call(old.subject)
    before = now
    if (asOf - countedAt >= COUNT_MS && beats.postgresUp()) {
      countedAt = asOf
      active = await of.ledger.countActive().catch(() => active)
    }
  }

  const call = (subject: Subject | null) => {
    if (subject !== null) enqueue(subject, 'status')
  }

  const isDue = ({ beats: facts }: Motion, old: Remembered | undefined, next: Remembered) =>
    old === undefined ||
    next.told !== old.told ||
    next.status !== old.status ||
    facts.some(({ stillMs }) => stillMs !== null && stillMs >= clocks.beatLostMs) ||
    facts.some(({ idleMs }) => idleMs !== null && idleMs >= clocks.noProgressMs && idleMs < 2 * clocks.noProgressMs)

  /** Progress is told no more often than a status may be written for it. */
  const remember = (motion: Motion, old: Remembered | undefined, at: number): Remembered => {
    const { job, attempt } = motion.opened
    const { percent, stage } = motion.progress ?? {}
    const marker = `${percent} ${stage}`
    const due = old === undefined || (marker !== old.told && at - old.toldAt >= clocks.statusMs)
    return {
      subject: subjectAs(KIND_OF_ROW[job.kind], job.namespace, attempt.holderUid ?? undefined),
      status: attempt.status,
      told: due ? marker : old.told,
      toldAt: due ? at : old.toldAt,
    }
  }

  function noteHealth(): void {
    const now = { postgres: beats.postgresUp(), redis: beats.redisUp() }
    if (now.postgres !== up.postgres) log(now.postgres ? 'database_recovered' : 'database_unavailable')
    if (now.redis !== up.redis) log(now.redis ? 'redis_recovered' : 'redis_degraded')
    // Every running attempt shows whether Redis is there.
    if (now.redis !== up.redis) for (const { subject } of before.values()) call(subject)
    up = now
  }

  const every = (ms: number, run: () => Promise<number>) => {
    const cancel = clock.after(ms, () => {
      cancels.delete(cancel)
      if (stopped) return
      run().then(
        (nextMs) => !stopped && every(nextMs, run),
        // `run` catches what it knows; anything else is our bug, and must not end the rounds.
        (thrown) => {
          log('pass_failed', errorFields(thrown))
          if (!stopped) every(ms, run)
        },
      )
    })
    cancels.add(cancel)
  }
  every(clocks.beatLookMs, async () => {
    await look()
    return clocks.beatLookMs
  })
  every(0, async () => {
    try {
      log('sweep_done', { gone: await of.sweep() })
      return clocks.sweepMs
    } catch (thrown) {
      if (!(thrown instanceof HindcastError) || thrown.code !== 'database_unavailable') throw thrown
      return Math.min(SWEEP_AGAIN_MS, clocks.sweepMs)
    }
  })

  return {
    active: () => active,
    look,
    stop() {
      stopped = true
      for (const cancel of cancels) cancel()
    },
  }
}

interface Remembered {
  readonly subject: Subject | null
  readonly status: string
  readonly told: string
  readonly toldAt: number
}

const KIND_OF_ROW = { backtest: 'Backtest', walkforward: 'WalkForward', montecarlo: 'MonteCarlo' } as const
