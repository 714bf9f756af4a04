import type { Clock } from '../../kube/clock.ts'
import type { ClaimRow, Ledger, OpenedAttempt } from '../../storage/ledger/ledger.ts'
import type { Heartbeat, ProgressChannel, ProgressNote } from '../../storage/progress/channel.ts'
import type { BeatFacts } from '../reconcile/types.ts'

/** What moves of one running attempt, as last looked at. */
export interface Motion {
  readonly opened: OpenedAttempt
  readonly beats: readonly BeatFacts[]
  readonly progress: Shown | null
}

export interface Shown {
  readonly percent: number
  readonly stage: string
  readonly date: string | null
  readonly source: 'redis' | 'record'
}

/** Beats and progress of every open attempt, looked at together and remembered between looks. */
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
  row: number
  redis: number
  movedAt: number
  /** Neither source could be read at the last look: what happened meanwhile is not known. */
  blind: boolean
  marker: string
  markedAt: number
}

/** A look this many times later than due means that we stood still ourselves: others may have moved meanwhile. */
const OVERSLEPT = 3

export function watchBeats(ports: {
  readonly ledger: Pick<Ledger, 'openAttempts'>
  readonly progress: Pick<ProgressChannel, 'read' | 'readBeats'>
  readonly clock: Clock
  readonly lookMs: number
}): Beats {
  const { ledger, clock } = ports
  let opened: readonly OpenedAttempt[] = []
  let sights = new Map<string, Sight>()
  let shown = new Map<string, Shown>()
  let up = { postgres: true, redis: true }
  let lookedAt = clock.monotonic()

  async function look(): Promise<readonly Motion[]> {
    const rows = await ledger.openAttempts().catch(() => null)
    if (rows !== null) opened = rows
    const hints = await readHints(ports.progress, opened)
    up = { postgres: rows !== null, redis: hints !== null }
    const now = clock.monotonic()
    const overslept = now - lookedAt > OVERSLEPT * ports.lookMs
    lookedAt = now
    const seen = new Map<string, Sight>()
    const told = new Map<string, Shown>()
    for (const [i, { job, attempt, claims }] of opened.entries()) {
      const note = hints?.notes[i] ?? null
      const at = newest(note, job, up)
      if (at !== null) told.set(attemptKey(job.jobId, attempt.attempt), at)
      for (const claim of claims) {
        const beat = hints?.beats[i]?.[claim.index] ?? null
        const before = sights.get(claimKey(claim))
        const sight = lookAt(before, { claim, beat: beat?.podUid === claim.podUid ? beat : null, up, now, overslept })
        const marker = `${at?.percent} ${at?.stage} ${at?.date}`
        const moved = marker !== sight.marker || sight.blind
        seen.set(claimKey(claim), { ...sight, marker, markedAt: moved ? now : sight.markedAt })
      }
    }
    sights = seen
    shown = told
    return opened.map((one) => {
      const { jobId, attempt } = one.attempt
      return { opened: one, beats: facts(jobId, attempt), progress: progressOf(jobId, attempt) }
    })
  }

  function facts(jobId: string, attempt: number): readonly BeatFacts[] {
    const found = opened.find((one) => one.attempt.jobId === jobId && one.attempt.attempt === attempt)
    const now = clock.monotonic()
    return (found?.claims ?? []).flatMap((claim) => {
      const sight = sights.get(claimKey(claim))
      if (sight === undefined) return []
      const age = (since: number) => (sight.blind ? null : now - since)
      return { index: claim.index, podUid: claim.podUid, stillMs: age(sight.movedAt), idleMs: age(sight.markedAt) }
    })
  }

  const progressOf = (jobId: string, attempt: number) => shown.get(attemptKey(jobId, attempt)) ?? null

  return {
    look,
    facts,
    progress: progressOf,
    postgresUp: () => up.postgres,
    redisUp: () => up.redis,
    longestSilence: () => silenceOf(sights.values(), clock.monotonic()) / 1000,
  }
}

function silenceOf(sights: Iterable<Sight>, now: number): number {
  return Math.max(0, ...[...sights].map((sight) => (sight.blind ? 0 : now - sight.movedAt)))
}

interface Hints {
  readonly notes: readonly (ProgressNote | null)[]
  readonly beats: readonly (readonly (Heartbeat | null)[])[]
}

/** Null: Redis cannot be read. */
async function readHints(
  channel: Pick<ProgressChannel, 'read' | 'readBeats'>,
  opened: readonly OpenedAttempt[],
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

/** A claim at this look. Each source is held against itself: one that was wiped or lags is no sign of death. */
function lookAt(
  before: Sight | undefined,
  at: {
    readonly claim: ClaimRow
    readonly beat: Heartbeat | null
    readonly up: { readonly postgres: boolean; readonly redis: boolean }
    readonly now: number
    readonly overslept: boolean
  },
): Sight {
  const { claim, beat, up, now } = at
  const row = up.postgres ? claim.heartbeatSeq : (before?.row ?? 0)
  const redis = beat?.seq ?? before?.redis ?? 0
  const blind = !up.postgres && !up.redis
  if (before === undefined) return { row, redis, movedAt: now, blind, marker: '', markedAt: now }
  const moved = row > before.row || redis > before.redis
  const fresh = moved || before.blind || at.overslept
  return {
    row: Math.max(row, before.row),
    redis: Math.max(redis, before.redis),
    movedAt: fresh ? now : before.movedAt,
    blind,
    marker: before.marker,
    markedAt: before.blind || at.overslept ? now : before.markedAt,
  }
}

/** Redis first, then the row; a percentage never goes back within an attempt, so the larger one is the newer. */
function newest(
  note: ProgressNote | null,
  job: OpenedAttempt['job'],
  up: { readonly postgres: boolean },
): Shown | null {
  const row: Shown | null =
    job.status === 'running' && up.postgres
      ? { percent: job.progressPct, stage: job.progressStage ?? 'started', date: job.progressDate, source: 'record' }
      : null
  if (note === null || (row !== null && row.percent > note.percent)) return row
  return { percent: note.percent, stage: note.stage, date: note.date, source: 'redis' }
}

const attemptKey = (jobId: string, attempt: number) => `${jobId}/${attempt}`

function claimKey({ jobId, attempt, index, podUid }: ClaimRow): string {
  return `${jobId}/${attempt}/${index}/${podUid}`
}
