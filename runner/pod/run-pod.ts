import { setTimeout as sleep } from 'node:timers/promises'
import { ERRORS, type ErrorCode, HindcastError } from '../../core/errors.ts'
import { isTerminal } from '../../core/lifecycle.ts'
import type { Completion, Job, Ledger } from '../../storage/ledger/ledger.ts'
import type { ProgressChannel } from '../../storage/progress/channel.ts'
import { redisProgress } from '../../storage/progress/redis.ts'
import { runAttempt } from '../attempt.ts'
import type { RunnerConfig } from '../config.ts'
import type { AttemptReport } from '../port.ts'
import { type EndFacts, type Ending, endingOf, endingOfError } from './ending.ts'
import type { Log } from './log.ts'
import type { PatiencePorts } from './patience.ts'
import { type PatientLedger, patientLedger } from './patient-ledger.ts'
import { openPlaces } from './places.ts'
import { planOfRow } from './plan-of-row.ts'
import { type SideChannel, startSideChannel } from './side-channel.ts'
import { checkStorage, openRecord, redisAnswers } from './start-up.ts'

/** What the process around a pod's attempt gives it. */
export interface PodOutside {
  readonly config: RunnerConfig
  /** Version of Hindcast. */
  readonly version: string
  readonly now: () => number
  /** Milliseconds since this process started. */
  readonly monotonic: () => number
  readonly residentBytes: () => number
  readonly log: Log
  /** Takes the secrets out of a text. */
  readonly redact: (text: string) => string
  /** Aborts with SIGTERM. */
  readonly terminated: AbortSignal
}

/** A pod at work. */
export interface RunningPod {
  /** Never rejects: whatever happens is an ending. */
  readonly ended: Promise<Ending>
  /** The ending of a pod that cannot wait for its own: its grace is over, or something threw outside the attempt. */
  readonly endNow: (thrown: unknown) => Ending
}

/** After SIGTERM: for a statement that is under way, and for the question whether it was a cancel. */
const LAST_STATEMENT_MS = 4_000
const ASK_MS = 3_000

interface Pod extends PodOutside {
  readonly channel: ProgressChannel
  readonly stop: AbortController
  readonly facts: { percent: () => number; report: AttemptReport | null; completion: Completion | null }
  record: PatientLedger | null
}

/**
 * The life of a runner's pod, from a checked configuration to its last words. Order of the start: storage, Postgres
 * (waited for), Redis (optional), then the row, its plan, and the attempt.
 */
export function startPod(outside: PodOutside): RunningPod {
  const { config, monotonic } = outside
  const channel = redisProgress({
    url: config.redisUrl,
    monotonic,
    callMs: config.clocks.redisCallMs,
    pauseMs: config.clocks.redisPauseMs,
  })
  const facts: Pod['facts'] = { percent: () => 0, report: null, completion: null }
  const pod: Pod = { ...outside, channel, facts, stop: new AbortController(), record: null }
  return {
    ended: lifeOf(pod),
    endNow: (thrown) => endingOfError(thrown, endFacts(pod)),
  }
}

async function lifeOf(pod: Pod): Promise<Ending> {
  try {
    return await live(pod)
  } catch (thrown) {
    const unexpected = thrown instanceof Error && !(thrown instanceof HindcastError) && !pod.terminated.aborted
    if (unexpected) pod.log('attempt_failed', { stack: thrown.stack })
    return endingOfError(thrown, endFacts(pod))
  } finally {
    await Promise.allSettled([pod.record?.ledger.close(), pod.channel.close()])
  }
}

async function live(pod: Pod): Promise<Ending> {
  const { config, log } = pod
  await checkStorage(config, pod.now)
  const patience = patienceOf(pod)
  const { clocks } = config
  const retry = { firstMs: clocks.retryFirstMs, mostMs: clocks.retryMostMs }
  const start = { forMs: clocks.databaseStartMs, ...retry }
  const [ledger, redis] = await Promise.all([
    openRecord(config.databaseUrl, start, patience),
    redisAnswers(pod.channel),
  ])
  if (!redis) log('redis_connection_failed')
  const record = patientLedger(ledger, tableOf(config), patience)
  pod.record = { ...record, ledger: noting(record.ledger, pod) }
  const row = await pod.record.ledger.findJob(config.jobId)
  if (row === null || row.attempt !== config.attempt || isTerminal(row.status)) {
    log('fenced_writer', { status: row?.status ?? null, newest: row?.attempt ?? null })
    return endingOf({ outcome: 'fenced' }, endFacts(pod))
  }
  return await attempt(pod, pod.record.ledger, row)
}

async function attempt(pod: Pod, ledger: Ledger, row: Job): Promise<Ending> {
  const { config, terminated, log } = pod
  if (row.namespace !== config.namespace) {
    const message = `job ${row.jobId} belongs to namespace ${row.namespace}, and this pod runs in ${config.namespace}`
    throw new HindcastError('config_invalid', message)
  }
  const places = openPlaces(config, { ledger, now: pod.now })
  const plan = await planOfRow(row, places.lookups)
  const side = startSide(pod)
  pod.facts.percent = side.percent
  const onTerminated = () => void stopAsAsked(pod, ledger)
  terminated.addEventListener('abort', onTerminated)
  if (terminated.aborted) onTerminated()
  let stage = ''
  try {
    const report = await runAttempt(
      {
        ...config,
        ...places.folders(),
        plan,
        workerId: config.podName,
        engineVersion: pod.version,
        clockFrom: 0,
        waitsForClaim: true,
      },
      {
        ledger,
        store: places.store,
        ...(pod.record === null ? {} : { patiently: pod.record.patiently }),
        now: pod.now,
        monotonic: pod.monotonic,
        leaves: mayBeCured,
        beats: side.beats,
        stop: pod.stop.signal,
        onProgress: (progress) => {
          side.note(progress)
          if (progress.stage === stage) return
          stage = progress.stage
          log('attempt_stage', { stage, percent: progress.percent })
        },
      },
    )
    pod.facts.report = report
    tell(report, log)
    return endingOf(report.outcome, endFacts(pod))
  } finally {
    terminated.removeEventListener('abort', onTerminated)
    const ended = pod.facts.report?.outcome.outcome
    await side.end(ended === 'cancelled' || ended === 'failed' ? ended : undefined)
  }
}

/** The operator tries these again, which it could not do with a row that says failed: it hears of them by our end. */
function mayBeCured(code: ErrorCode): boolean {
  return ERRORS[code].retry === true
}

function startSide(pod: Pod): SideChannel {
  const { config, channel, now, residentBytes, log } = pod
  const { jobId, namespace, attempt: number, parallelism, index, podUid, timeoutSeconds, clocks } = config
  return startSideChannel({
    channel,
    pods: { jobId, namespace, attempt: number, parallelism },
    index,
    podUid,
    timeoutSeconds,
    beatMs: clocks.beatMs,
    rowBeatMs: clocks.rowBeatMs,
    now,
    residentBytes,
    onCancel: () => pod.stop.abort('cancel'),
    log,
  })
}

function tell({ outcome, units, durationMs, engineMs }: AttemptReport, log: Log): void {
  const took = { duration_ms: Math.round(durationMs), engine_ms: Math.round(engineMs) }
  if (outcome.outcome === 'completed') log('commit_ok', { result_path: outcome.resultPath, ...took })
  if (outcome.outcome === 'fenced') log('fenced_writer', took)
  if (units !== null && units.resumed > 0) log('units_resumed', { resumed: units.resumed, total: units.total })
  for (const { unit, damage } of units?.damaged ?? []) log('unit_damaged', { unit, damage })
}

/** SIGTERM is a cancel where the row, or else the flag, says so; else an interruption (platform.md 2.3). */
async function stopAsAsked(pod: Pod, ledger: Ledger): Promise<void> {
  const { jobId, attempt: number } = pod.config
  const over = new AbortController()
  const late = sleep(ASK_MS, false, { signal: over.signal }).catch(() => false)
  const asked = Promise.all([
    ledger.findJob(jobId).then(
      (row) => row !== null && row.attempt === number && (row.cancelRequestedAt !== null || row.status === 'cancelled'),
      () => false,
    ),
    pod.channel.cancelFlagged(pod.config, number).catch(() => false),
  ]).then((answers) => answers.includes(true))
  const cancelled = await Promise.race([asked, late])
  over.abort()
  pod.stop.abort(cancelled ? 'cancel' : 'interrupt')
}

/** Keeps what is handed to the record, for the last words; what people will read there holds no secret. */
function noting(ledger: Ledger, { facts, redact }: Pod): Ledger {
  return {
    ...ledger,
    fail: (by, failure) => ledger.fail(by, { ...failure, message: redact(failure.message) }),
    complete: (claim, completion) => {
      facts.completion = completion
      return ledger.complete(claim, completion)
    },
  }
}

function endFacts({ config, facts, terminated, record }: Pod): EndFacts {
  return {
    config,
    percent: facts.percent(),
    peakMemoryBytes: facts.report?.peakMemoryBytes ?? null,
    terminated: terminated.aborted,
    unwritten: record?.unwritten() ?? null,
    completion: facts.completion,
  }
}

function patienceOf({ monotonic, terminated, log }: Pod): PatiencePorts {
  return {
    monotonic,
    signal: terminated,
    lastMs: LAST_STATEMENT_MS,
    onWait: (error) => log('database_unavailable', { error: error.message }),
  }
}

function tableOf({ clocks }: RunnerConfig) {
  const retry = { firstMs: clocks.retryFirstMs, mostMs: clocks.retryMostMs }
  return {
    claim: { forMs: clocks.databaseStartMs, ...retry },
    commit: { forMs: clocks.commitTriesMs, ...retry },
    settle: { forMs: clocks.settleTriesMs, ...retry },
  }
}
