import { formatIsoDate } from '../core/dates.ts'
import { HindcastError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Plan } from '../core/plan.ts'
import { fileStore } from '../storage/blobs/files.ts'
import type { Claim } from '../storage/ledger/ledger.ts'
import { commitAttempt } from '../storage/out/commit-attempt.ts'
import type { Computed } from '../storage/out/kinds/index.ts'
import type { Receipt } from '../storage/out/receipt.ts'
import { NO_DATE, position, Stopped } from './control.ts'
import { oomKillCounter, softLimitBytes } from './memory.ts'
import type { AttemptInput, AttemptPorts, AttemptReport } from './port.ts'
import type { Task } from './tasks.ts'
import { keepUnits, type UnitKeeper } from './units/keeper.ts'
import type { Units } from './units/units.ts'
import { type Limits, type StopReason, startLimits } from './watch/limits.ts'
import { startWatch, type Watch } from './watch/watch.ts'
import { startWork, type Work } from './work.ts'

const MIB = 1024 * 1024

/** What an attempt holds while it lives. */
interface Attempt {
  readonly input: AttemptInput<Plan>
  readonly ports: AttemptPorts
  readonly claim: Claim
  readonly ahead: Work
  readonly limits: Limits
  readonly watch: Watch
  readonly startedAt: number
  /** Before the claim the row is not this attempt's to write. */
  claimed: boolean
  /** Keeps the units of a parallel kind, once claimed. */
  keeper: UnitKeeper | null
}

/**
 * One attempt, from the data to the commit: opens the data, takes the claim, computes on `threads` threads (of a
 * parallel kind the units of this index that are not done), stages and commits. Ends in a value for everything that can
 * be expected, its row settled (the caller settles an interruption, an end before the claim, and what the ports leave
 * to others); throws only when the record is out of reach at the claim or at the end. `ahead`: work on the same input
 * that was begun before; its threads end here.
 */
export async function runAttempt(
  input: AttemptInput<Plan>,
  ports: AttemptPorts,
  ahead: Work = startWork(input, ports.monotonic),
): Promise<AttemptReport> {
  const { plan, attempt, index, podUid } = input
  const claim: Claim = { jobId: plan.jobId, attempt, index, podUid }
  const { control, memory } = ahead
  const limits = startLimits({ ...input, monotonic: ports.monotonic, memory, kills: oomKillCounter() })
  const timing = { total: 0, engineMs: 0 }
  const watch = startWatch({ ...ports, claim, control, limits, total: () => timing.total })
  const startedAt = ports.monotonic()
  const self: Attempt = {
    input,
    ports,
    claim,
    ahead,
    limits,
    watch,
    startedAt: ports.now(),
    claimed: false,
    keeper: null,
  }
  try {
    const outcome = await settleFailure(self, () => walk(self, timing))
    const durationMs = ports.monotonic() - startedAt
    const units = self.keeper?.tally() ?? null
    return { outcome, durationMs, engineMs: timing.engineMs, peakMemoryBytes: limits.peakBytes(), units }
  } finally {
    self.keeper?.abandon()
    await watch.end()
    await ahead.close()
  }
}

/** The stages in order. */
async function walk(self: Attempt, timing: { total: number; engineMs: number }): Promise<Outcome> {
  const { input, ports, claim, ahead, watch } = self
  watch.enter('init_dependencies')
  timing.total = await orStop(self, ahead.total)
  // Only now: a row never says running of a snapshot that cannot be opened (platform.md 2.1, T2).
  const { workerId, nodeName = null } = input
  if ((await ports.ledger.claim({ ...claim, workerId, nodeName })) === 'fenced') return { outcome: 'fenced' }
  self.claimed = true
  watch.enter('started')
  watch.enter('loading_data')
  if (ahead.units !== null && (await openUnits(self, ahead.units)) === 'fenced') return { outcome: 'fenced' }
  watch.enter('computing')
  const computedMs = await orStop(self, ahead.computed())
  if (input.parallelism > 1 && self.keeper !== null) {
    const next = await orStop(self, self.keeper.deliver())
    if (next !== 'merge') return { outcome: next }
  }
  const computedAt = ports.monotonic()
  const computed = await orStop(self, ahead.result())
  timing.engineMs = computedMs + ports.monotonic() - computedAt
  return commit(self, computed)
}

/** Takes over the units that are done; what comes of it after the attempt was told to stop is dropped. */
async function openUnits(self: Attempt, units: Units): Promise<'opened' | 'fenced'> {
  const { input, ports, claim, ahead } = self
  const opening = keepUnits({ ...ports, claim, units, control: ahead.control, parallelism: input.parallelism })
  try {
    const keeper = await orStop(self, opening)
    if (keeper === 'fenced') return 'fenced'
    self.keeper = keeper
    return 'opened'
  } catch (thrown) {
    opening.then((late) => late !== 'fenced' && late.abandon()).catch(() => {})
    throw thrown
  }
}

async function commit(self: Attempt, computed: Computed): Promise<Outcome> {
  const { input, ports, limits, watch } = self
  watch.enter('saving_parquet')
  const staging = {
    ...computed,
    name: input.name,
    attempt: input.attempt,
    claim: input.podUid,
    engineVersion: input.engineVersion,
    image: input.imageDigest ?? null,
    startedAt: new Date(self.startedAt),
    completedAt: new Date(ports.now()),
    peakMemoryBytes: limits.peakBytes(),
  }
  const committed = await commitAttempt(staging, {
    store: ports.store ?? fileStore(input.artifactsDir),
    record: (receipt) => record(self, receipt),
    write: tableWriter(self),
    onStaged: () => {
      watch.throwIfStopped()
      watch.disarm()
      watch.enter('saving_db')
    },
  })
  if (committed.outcome === 'fenced') return { outcome: 'fenced' }
  if (committed.outcome === 'unrecorded') throw committed.cause
  watch.enter('completed')
  const { resultPath, contentSha256, manifestSha256, metrics } = committed.receipt
  return { outcome: 'completed', resultPath, contentSha256, manifestSha256, metrics }
}

type WriteTask = Extract<Task, { do: 'write' }>

/** Hands each table to the next thread that is free: the two large ones are written at the same time. */
function tableWriter({ ahead: { threads }, watch }: Attempt) {
  const free = Array.from({ length: threads.count }, (_, index) => index)
  const waiting: ((index: number) => void)[] = []
  return async (directory: string, table: WriteTask['table']) => {
    const index = free.shift() ?? (await new Promise<number>((resolve) => waiting.push(resolve)))
    try {
      watch.throwIfStopped()
      return await threads.run(index, { do: 'write', directory, table })
    } finally {
      const next = waiting.shift()
      if (next === undefined) free.push(index)
      else next(index)
    }
  }
}

async function record({ ports, claim, keeper }: Attempt, receipt: Receipt): Promise<'recorded' | 'fenced'> {
  await keeper?.end()
  return (await ports.ledger.complete(claim, receipt)) === 'fenced' ? 'fenced' : 'recorded'
}

/** The work's value, or Stopped with its reason as the cause as soon as the attempt is to stop. */
async function orStop<T>({ watch, keeper }: Attempt, work: Promise<T>): Promise<T> {
  work.catch(() => {})
  const value = keeper === null ? work : keeper.unlessLost(work)
  const first = await Promise.race([value.then((value) => ({ value })), watch.stopped])
  if ('value' in first) return first.value
  throw new Stopped('the attempt is to stop', { cause: first })
}

/** Turns what was thrown into the outcome of the attempt, and writes it to the row. */
async function settleFailure(self: Attempt, work: () => Promise<Outcome>): Promise<Outcome> {
  const { ports, claim, limits, watch } = self
  try {
    return await work()
  } catch (thrown) {
    const reason = thrown instanceof Stopped ? (thrown.cause as StopReason | undefined) : undefined
    const outcome = outcomeOf(thrown, reason, self)
    // What was done is kept for a further attempt. Nothing may write to the row after its end.
    if (outcome.outcome !== 'fenced') await self.keeper?.end()
    await watch.end()
    if (!self.claimed) return outcome
    if (outcome.outcome === 'failed' && ports.leaves?.(outcome.code) !== true) {
      const { code, message } = outcome
      const failure = { errorClass: code, message, peakMemoryBytes: limits.peakBytes() }
      if ((await ports.ledger.fail(claim, failure)) === 'fenced') return { outcome: 'fenced' }
    }
    if (outcome.outcome === 'cancelled') {
      const failure = { errorClass: 'cancelled', message: outcome.message }
      if ((await ports.ledger.cancel(claim, failure)) === 'fenced') return { outcome: 'fenced' }
    }
    return outcome
  }
}

function outcomeOf(thrown: unknown, reason: StopReason | undefined, self: Attempt): Outcome {
  if (reason !== undefined) return outcomeOfStop(reason, self)
  if (thrown instanceof HindcastError) {
    if (thrown.code === 'database_unavailable') throw thrown
    return { outcome: 'failed', code: thrown.code, message: thrown.message }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { outcome: 'failed', code: 'engine_error', message: message.split('\n')[0]! }
}

function outcomeOfStop(reason: StopReason, { input, ahead }: Attempt): Outcome {
  const { done, date } = position(ahead.control)
  const reached = reachedText(done, date, input.parallelism > 1 ? 'units' : 'paths')
  switch (reason.why) {
    case 'cancel':
      return { outcome: 'cancelled', message: `cancelled ${reached}` }
    case 'interrupt':
      return { outcome: 'interrupted' }
    case 'fenced':
      return { outcome: 'fenced' }
    case 'timeout':
      return {
        outcome: 'failed',
        code: 'timeout',
        message:
          `timed out after ${input.timeoutSeconds} s, ${reached}; ` +
          'raise timeoutSeconds (up to 14400) or shorten the period',
      }
    case 'memory':
      return {
        outcome: 'failed',
        code: 'memory_limit',
        message:
          `memory reached ${mebibytes(reason.usedBytes)}, ${reached}; the limit is ` +
          `${mebibytes(input.memoryLimitBytes)}, of which ${mebibytes(softLimitBytes(input.memoryLimitBytes))} ` +
          'may be used; raise memoryLimit',
      }
  }
}

function reachedText(done: number, date: number, counted: 'paths' | 'units'): string {
  if (date !== NO_DATE) return `at ${formatIsoDate(date)}`
  return done === 0 ? 'before the first date' : `after ${done} ${counted}`
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`
}
