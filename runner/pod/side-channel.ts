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
  const { channel, pods } = ports
  const state = { seq: 0, noteSeq: 0, percent: 0, claimed: false, unsent: false, busy: null as Promise<void> | null }
  const health = healthTeller(ports.log)
  let newest: ProgressNote | null = null

  const send = async () => {
    if (newest === null) return
    const note = newest
    state.unsent = true
    await channel.write(pods, note, progressTtlSeconds(ports.timeoutSeconds))
    if (newest === note) state.unsent = false
  }
  const quietly = (work: () => Promise<void>) => work().then(health.up, health.down)
  const beat = async () => {
    if (state.claimed) await channel.beat(pods, beatOf())
    if (state.unsent) await send()
    if (await channel.cancelFlagged(pods, pods.attempt)) ports.onCancel()
  }
  const beatOf = () => {
    state.seq += 1
    const { podUid, index } = ports
    const rssBytes = ports.residentBytes()
    return { attempt: pods.attempt, index, podUid, seq: state.seq, rssBytes, percent: state.percent }
  }
  const tick = () => {
    // A Redis that hangs must not pile calls up.
    state.busy ??= quietly(beat).finally(() => {
      state.busy = null
    })
  }
  const timer = setInterval(tick, ports.beatMs)

  return {
    beats: {
      next: () => {
        state.seq += 1
        return state.seq
      },
      redisLost: () => health.isDown(),
      rowEveryMs: ports.rowBeatMs,
    },
    note({ percent, stage, date }) {
      const first = !state.claimed && stage !== 'init_dependencies'
      state.noteSeq += 1
      state.percent = percent
      newest = {
        attempt: pods.attempt,
        seq: state.noteSeq,
        percent,
        stage,
        date: date === null ? null : formatIsoDate(date),
        updatedAt: new Date(ports.now()).toISOString(),
      }
      void quietly(send)
      if (!first) return
      state.claimed = true
      tick()
    },
    percent: () => state.percent,
    async end(stage) {
      clearInterval(timer)
      await state.busy
      if (stage !== undefined && newest !== null) {
        newest = { ...newest, seq: state.noteSeq + 1, stage }
        state.unsent = true
      }
      if (state.unsent) await quietly(send)
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
