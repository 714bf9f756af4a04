import type { Clock } from '../../kube/clock.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import type { OpenPlace } from '../../storage/ledger/operator/port.ts'
import type { Heartbeat, ProgressChannel, ProgressNote } from '../../storage/progress/channel.ts'
import type { BeatFacts } from '../reconcile/types.ts'

/** What moves of one running attempt, as last looked at. */
export interface Motion {
  readonly opened: OpenPlace
  readonly beats: readonly BeatFacts[]
  readonly progress: Shown | null
}

export interface Shown {
  readonly percent: number
  readonly stage: string
  readonly date: string | null
  readonly source: 'redis' | 'record'
}

/** Beats and progress of every running attempt, looked at together and remembered between looks. */
export interface Beats {
  /** One look at both sources. A source that cannot be read is unknown, not still. Never rejects. */
  look(): Promise<readonly Motion[]>
  /** Of one attempt, its ages as of now; empty where it was never looked at. */
  facts(jobId: string, attempt: number): readonly BeatFacts[]
  progress(jobId: string, attempt: number): Shown | null
  readonly postgresUp: () => boolean
  readonly redisUp: () => boolean
  /** The longest that a claim has been silent, seconds. */
  longestSilence(): number
}

/** What was seen of one claim, on this process's monotonic clock. */
interface Sight {
  readonly row: number
  readonly redis: number
  /** Since then every source that could be read has stood still. */
  readonly stillSince: number
  readonly marker: string
  readonly markedAt: number
}

/** Whether a source answered. */
interface Sources {
  readonly postgres: boolean
  readonly redis: boolean
}

/** A look later than this share of the time to a loss means that we stood still: others may have moved meanwhile. */
const OVERSLEPT = 1 / 2
/** Never less than so many looks: a pause that long is no sign of anything. */
const PAUSED_LOOKS = 3
/** Looks at a Redis that is back before its silence means anything: a runner finds it again in its own time. */
const REDIS_BACK = 3

export function watchBeats(ports: {
  readonly ledger: Pick<Ledger, 'openPlaces'>
  readonly progress: Pick<ProgressChannel, 'read' | 'readBeats'>
  readonly clock: Clock
  readonly lookMs: number
  /** A claim that is still for so long is lost. */
  readonly lostMs: number
}): Beats {
  const { ledger, clock } = ports
  const sources = followSources({ ...ports, now: clock.monotonic() })
  let opened = new Map<string, OpenPlace>()
  let sights = new Map<string, Sight>()
  let shown = new Map<string, Shown>()

  async function look(): Promise<readonly Motion[]> {
    const rows = await ledger.openPlaces('running').catch(() => null)
    if (rows !== null) opened = new Map(rows.map((one) => [attemptKey(one.attempt.jobId, one.attempt.attempt), one]))
    const running = [...opened.values()]
    const hints = await readHints(ports.progress, running)
    const now = clock.monotonic()
    const earliest = sources.looked({ postgres: rows !== null, redis: hints !== null }, now)
    const seen = new Map<string, Sight>()
    const told = new Map<string, Shown>()
    for (const [i, { job, attempt, claims }] of running.entries()) {
      const note = hints?.notes[i] ?? null
      const at = newest(note, job, sources.up())
      if (at !== null) told.set(attemptKey(job.jobId, attempt.attempt), at)
      for (const claim of claims) {
        const beat = hints?.beats[i]?.[claim.index] ?? null
        const redis = beat?.podUid === claim.podUid ? beat.seq : 0
        const marker = `${at?.percent} ${at?.stage} ${at?.date}`
        const sight = { row: claim.heartbeatSeq, redis, stillSince: now, marker, markedAt: now }
        const last = sights.get(claimKey(claim))
        seen.set(claimKey(claim), last === undefined ? sight : compared(last, sight, earliest))
      }
    }
    sights = seen
    shown = told
    return running.map((one) => {
      const { jobId, attempt } = one.attempt
      return { opened: one, beats: facts(jobId, attempt), progress: progressOf(jobId, attempt) }
    })
  }

  function facts(jobId: string, attempt: number): readonly BeatFacts[] {
    const found = opened.get(attemptKey(jobId, attempt))
    const now = clock.monotonic()
    return (found?.claims ?? []).flatMap((claim) => {
      const sight = sights.get(claimKey(claim))
      return sight === undefined ? [] : { index: claim.index, podUid: claim.podUid, ...sources.ages(sight, now) }
    })
  }

  const progressOf = (jobId: string, attempt: number) => shown.get(attemptKey(jobId, attempt)) ?? null

  return {
    look,
    facts,
    progress: progressOf,
    postgresUp: () => sources.up().postgres,
    redisUp: () => sources.up().redis,
    longestSilence() {
      const now = clock.monotonic()
      return Math.max(0, ...[...sights.values()].map((sight) => sources.ages(sight, now).stillMs ?? 0)) / 1000
    },
  }
}

/** Which sources answer, and what the silence of a claim proves with that (ADR 185). */
function followSources({ lookMs, lostMs, now }: Readonly<Record<'lookMs' | 'lostMs' | 'now', number>>) {
  let up: Sources = { postgres: true, redis: true }
  let lookedAt = now
  let redisSince = Number.NEGATIVE_INFINITY
  return {
    up: () => up,
    /** Gives since when silence may count. */
    looked(next: Sources, now: number): number {
      const overslept = now - lookedAt > Math.max(OVERSLEPT * lostMs, PAUSED_LOOKS * lookMs)
      const anew = overslept || (next.postgres && !up.postgres)
      if (next.redis && !up.redis) redisSince = now - lostMs + REDIS_BACK * lookMs
      up = next
      lookedAt = now
      return anew ? now : Number.NEGATIVE_INFINITY
    },
    /** Unknown without the record: no loss could be written, and once it can, what was said there is yet to be seen. */
    ages(sight: Sight, now: number): Pick<BeatFacts, 'stillMs' | 'idleMs'> {
      if (!up.postgres) return { stillMs: null, idleMs: null }
      const stillSince = up.redis ? Math.max(sight.stillSince, redisSince) : sight.stillSince
      return { stillMs: now - stillSince, idleMs: now - sight.markedAt }
    },
  }
}

interface Hints {
  readonly notes: readonly (ProgressNote | null)[]
  readonly beats: readonly (readonly (Heartbeat | null)[])[]
}

/** Null: Redis cannot be read. */
async function readHints(
  channel: Pick<ProgressChannel, 'read' | 'readBeats'>,
  opened: readonly OpenPlace[],
): Promise<Hints | null> {
  const keys = opened.map(({ job, attempt }) => ({
    namespace: job.namespace,
    jobId: job.jobId,
    attempt: attempt.attempt,
    parallelism: attempt.parallelism,
  }))
  try {
    const [notes, beats] = await Promise.all([channel.read(keys), channel.readBeats(keys)])
    return { notes, beats }
  } catch {
    return null
  }
}

/**
 * A claim at this look, against the last one. Each source is held against itself: one that was wiped or lags is no sign
 * of death. `earliest`: before that nothing counts as still.
 */
function compared(last: Sight, sight: Sight, earliest: number): Sight {
  const moved = sight.row > last.row || sight.redis > last.redis
  return {
    row: Math.max(sight.row, last.row),
    redis: Math.max(sight.redis, last.redis),
    stillSince: moved ? sight.stillSince : Math.max(last.stillSince, earliest),
    marker: sight.marker,
    markedAt: sight.marker === last.marker ? Math.max(last.markedAt, earliest) : sight.markedAt,
  }
}

/** Redis first, then the row; a percentage never goes back within an attempt, so the larger one is the newer. */
function newest(note: ProgressNote | null, job: OpenPlace['job'], up: { readonly postgres: boolean }): Shown | null {
  const row: Shown | null =
    job.status === 'running' && up.postgres
      ? { percent: job.progressPct, stage: job.progressStage ?? 'started', date: job.progressDate, source: 'record' }
      : null
  if (note === null || (row !== null && row.percent > note.percent)) return row
  return { percent: note.percent, stage: note.stage, date: note.date, source: 'redis' }
}

const attemptKey = (jobId: string, attempt: number) => `${jobId}/${attempt}`

function claimKey({ jobId, attempt, index, podUid }: OpenPlace['claims'][number]): string {
  return `${jobId}/${attempt}/${index}/${podUid}`
}
