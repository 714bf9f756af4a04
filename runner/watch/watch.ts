import { formatIsoDate } from '../../core/dates.ts'
import type { AttemptProgress } from '../../core/outcome.ts'
import type { Claim, Fenced, Ledger, Pulse } from '../../storage/ledger/ledger.ts'
import { type Control, NO_DATE, position, requestStop, Stopped } from '../control.ts'
import type { Beats } from '../port.ts'
import type { Limits, StopReason } from './limits.ts'
import { progressReporter } from './progress.ts'

const LOOK_EVERY_MS = 200
/** Row beat (design.md 3 *Liveness*). */
const BEAT_EVERY_MS = 10_000
/** The row's percentage is renewed at multiples of this (platform.md 1.6). */
const ROW_STEP_PERCENT = 10

export interface WatchPorts {
  readonly ledger: Ledger
  readonly claim: Claim
  readonly control: Control
  readonly limits: Limits
  readonly monotonic: () => number
  readonly onProgress: (progress: AttemptProgress) => void
  readonly beats?: Beats
  readonly stop: AbortSignal
  /** Run days in all, once they are known. */
  readonly total: () => number
}

/** Looks after an attempt while its threads work: progress, beats, limits, and requests to stop. */
export interface Watch {
  enter(stage: AttemptProgress['stage']): void
  /** Settles, with the reason, when the attempt is to stop; never rejects. */
  readonly stopped: Promise<StopReason>
  /** Throws Stopped, with the reason as its cause, once the attempt is to stop. */
  throwIfStopped(): void
  /** From here on nothing may stop the attempt: its result is being published. */
  disarm(): void
  /** Ends the watch, and waits for writes that are under way. */
  end(): Promise<void>
}

export function startWatch(ports: WatchPorts): Watch {
  const { control, limits, monotonic } = ports
  let stage: AttemptProgress['stage'] = 'init_dependencies'
  let armed = true
  let why: StopReason | null = null
  let settle: (reason: StopReason) => void = () => {}
  const stopped = new Promise<StopReason>((resolve) => {
    settle = resolve
  })
  const stopFor = (reason: StopReason) => {
    if (!armed) return
    why ??= reason
    requestStop(control)
    settle(reason)
  }
  const row = rowWriter(ports, stopFor)
  const report = progressReporter((progress) => {
    ports.onProgress(progress)
    row.progress(progress)
  }, monotonic)
  const look = () => {
    report({ stage, ...place(stage, control), total: ports.total() })
    row.beat(monotonic(), limits.peakBytes())
    const reason = limits.check()
    if (reason !== null) stopFor(reason)
  }
  const onAbort = () => stopFor({ why: ports.stop.reason === 'cancel' ? 'cancel' : 'interrupt' })
  if (ports.stop.aborted) onAbort()
  ports.stop.addEventListener('abort', onAbort)
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    enter(next) {
      stage = next
      look()
    },
    stopped,
    throwIfStopped() {
      if (why !== null) throw new Stopped('the attempt is to stop', { cause: why })
    },
    disarm() {
      armed = false
    },
    async end() {
      clearInterval(timer)
      ports.stop.removeEventListener('abort', onAbort)
      await row.settled()
    },
  }
}

function place(stage: AttemptProgress['stage'], control: Control): { date: number | null; done: number } {
  const { done, date } = position(control)
  return { done, date: stage === 'computing' && done > 0 && date !== NO_DATE ? date : null }
}

/** Writes beats and progress to the row, one statement at a time; a row that cannot be reached stops nothing. */
function rowWriter({ ledger, claim, beats = ownBeats() }: WatchPorts, stopFor: (reason: StopReason) => void) {
  let queue: Promise<void> = Promise.resolve()
  let nextBeat = Number.NEGATIVE_INFINITY
  let lastStage = ''
  let lastStep = -1
  let waiting = 0
  const listen = (pulse: Pulse | Fenced) => {
    if (pulse === 'fenced') stopFor({ why: 'fenced' })
    else if (pulse.cancelRequested) stopFor({ why: 'cancel' })
  }
  const write = (statement: () => Promise<Pulse | Fenced>) => {
    waiting += 1
    queue = queue.then(async () => {
      try {
        listen(await statement())
      } catch {
        // The record is out of reach for a moment: the next beat tries again, and the commit has its own patience.
      } finally {
        waiting -= 1
      }
    })
  }
  return {
    settled: () => queue,
    beat(now: number, rssBytes: number) {
      // Behind a statement that hangs, beats would only pile up.
      if (lastStage === '' || now < nextBeat || waiting > 0) return
      nextBeat = now + beats.rowEveryMs
      const beat = { seq: beats.next(), rssBytes, redisLost: beats.redisLost() }
      write(() => ledger.beat(claim, beat))
    },
    progress({ percent, stage, date }: AttemptProgress) {
      const step = Math.floor(percent / ROW_STEP_PERCENT)
      // Before the claim there is no row of ours; the commit itself writes 100.
      if (stage === 'init_dependencies' || stage === 'completed' || (stage === lastStage && step === lastStep)) return
      lastStage = stage
      lastStep = step
      write(() => ledger.progress(claim, { percent, stage, date: date === null ? null : formatIsoDate(date) }))
    },
  }
}

/** Beats where the row is the only place they go. */
function ownBeats(): Beats {
  let seq = 0
  return {
    next: () => {
      seq += 1
      return seq
    },
    redisLost: () => false,
    rowEveryMs: BEAT_EVERY_MS,
  }
}
