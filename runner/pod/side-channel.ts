import { formatIsoDate } from '../../core/dates.ts'
import type { EventName } from '../../core/events.ts'
import type { AttemptProgress } from '../../core/outcome.ts'
import {
  type PodsKey,
  type ProgressChannel,
  type ProgressNote,
  progressTtlSeconds,
} from '../../storage/progress/channel.ts'
import type { Beats } from '../port.ts'

export interface SideChannelPorts {
  readonly channel: ProgressChannel
  readonly pods: PodsKey
  readonly index: number
  readonly podUid: string
  readonly timeoutSeconds: number
  readonly beatMs: number
  readonly rowBeatMs: number
  /** Wall clock, milliseconds since 1970: for display. */
  readonly now: () => number
  readonly residentBytes: () => number
  /** A flag asks this attempt to stop. */
  readonly onCancel: () => void
  readonly log: (event: EventName, fields?: Readonly<Record<string, unknown>>) => void
}

/** What a pod says on the side: it may be lost at any moment, and nothing waits for it. */
export interface SideChannel {
  readonly beats: Beats
  note(progress: AttemptProgress): void
  /** Where the attempt was when it last said so. */
  readonly percent: () => number
  /**
   * Stops beating, and says the newest note once more where it has not arrived. `stage`: how it ended, at the
   * percentage it had reached; absent: the newest note says so. Never rejects.
   */
  end(stage?: 'cancelled' | 'failed'): Promise<void>
}

/**
 * Beats and looks at the cancel flag every `beatMs`; writes notes as they come, and again after a loss. Beats begin
 * with the claim: before it there is nobody whose life they could show. The timer stands in the main thread, which
 * computes nothing: engine and encoders have threads of their own.
 */
export function startSideChannel(ports: SideChannelPorts): SideChannel {
  const { channel, pods, podUid, index } = ports
  const health = healthTeller(ports.log)
  const notes = noteWriter(ports)
  let seq = 0
  let claimed = false
  let busy: Promise<void> | null = null

  const next = () => {
    seq += 1
    return seq
  }
  const quietly = (work: () => Promise<void>) => work().then(health.up, health.down)
  const beat = async () => {
    const rssBytes = ports.residentBytes()
    const { attempt } = pods
    if (claimed) {
      await channel.beat(pods, { attempt, index, podUid, seq: next(), rssBytes, percent: notes.percent() })
    }
    if (notes.isUnsent()) await notes.send()
    if (await channel.cancelFlagged(pods, attempt)) ports.onCancel()
  }
  const tick = () => {
    // A Redis that hangs must not pile calls up.
    busy ??= quietly(beat).finally(() => {
      busy = null
    })
  }
  const timer = setInterval(tick, ports.beatMs)

  return {
    beats: { next, redisLost: health.isDown, rowEveryMs: ports.rowBeatMs },
    note(progress) {
      notes.take(progress)
      void quietly(notes.send)
      if (claimed || progress.stage === 'init_dependencies') return
      claimed = true
      tick()
    },
    percent: notes.percent,
    async end(stage) {
      clearInterval(timer)
      await busy
      if (stage !== undefined) notes.close(stage)
      if (notes.isUnsent()) await quietly(notes.send)
    },
  }
}

/** Keeps the newest note, and whether it has arrived. */
function noteWriter({ channel, pods, timeoutSeconds, now }: SideChannelPorts) {
  let newest: ProgressNote | null = null
  let unsent = false
  let seq = 0
  const keep = (note: Omit<ProgressNote, 'attempt' | 'seq' | 'updatedAt'>) => {
    seq += 1
    newest = { ...note, attempt: pods.attempt, seq, updatedAt: new Date(now()).toISOString() }
    unsent = true
  }
  return {
    take: ({ percent, stage, date }: AttemptProgress) =>
      keep({ percent, stage, date: date === null ? null : formatIsoDate(date) }),
    close(stage: string) {
      if (newest !== null) keep({ ...newest, stage })
    },
    percent: () => newest?.percent ?? 0,
    isUnsent: () => unsent,
    async send() {
      if (newest === null) return
      const note = newest
      await channel.write(pods, note, progressTtlSeconds(timeoutSeconds))
      if (newest === note) unsent = false
    },
  }
}

/** Tells once that Redis is lost and once that it is back. Until the first word it counts as lost. */
function healthTeller(log: SideChannelPorts['log']) {
  let is: 'unknown' | 'up' | 'down' = 'unknown'
  return {
    isDown: () => is !== 'up',
    up: () => {
      if (is === 'down') log('redis_recovered')
      is = 'up'
    },
    down: (thrown: unknown) => {
      if (is !== 'down') log('redis_degraded', { error: thrown instanceof Error ? thrown.message : String(thrown) })
      is = 'down'
    },
  }
}
