import { strict as assert } from 'node:assert'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { dayNumber } from '../../core/dates.ts'
import type { AttemptProgress } from '../../core/outcome.ts'
import { type BacktestPlan, backtestComputation, planBacktest } from '../../core/plan.ts'
import { readOneManifest } from '../../crds/index.ts'
import { runAttempt } from '../../runner/attempt.ts'
import { position } from '../../runner/control.ts'
import type { AttemptInput, AttemptReport } from '../../runner/port.ts'
import { startWork } from '../../runner/work.ts'
import { readCatalog } from '../../storage/in/catalog.ts'
import type { Claim, Job, Ledger } from '../../storage/ledger/ledger.ts'
import { openPglite } from '../../storage/ledger/open.ts'
import { newJob, opening, touched } from '../contract/ledger/builders.ts'
import { cli, manifest, TINY, workFolder } from './cli-process.ts'

/** One attempt on a real record and real files; each case changes one fact about how it goes. */
const work = workFolder()
const home = work.path('home')
const MIB = 1024 * 1024
let ledger: Ledger
let epoch: number
let plan: BacktestPlan

before(async () => {
  assert.equal((await cli([...TINY, '--home', home], { cwd: work.dir })).code, 0)
  ledger = await openPglite(home)
  epoch = await ledger.raiseEpoch('test')
  const request = readOneManifest(manifest('one'), { file: 'one.yaml', today: '2026-11-22' })
  assert.equal(request.kind, 'Backtest')
  if (request.kind === 'Backtest') plan = planBacktest(request, await readCatalog(join(home, 'datasets')))
})
after(async () => {
  await ledger.close()
  work.remove()
})

/** A slow attempt: 5 ms a date, about a second in all. */
const SLOW = { msPerDate: 5, ballastMib: 0, ballastDate: null }
/** How far the clock of attempts is before this machine's; only ever moved on. */
const clock = { aheadMs: 0 }

interface Case {
  readonly input?: Partial<AttemptInput>
  /** Stage in which `underWay` is called. Absent: computing. */
  readonly when?: AttemptProgress['stage']
  /** Called once, when the stage begins. */
  readonly underWay?: (stop: AbortController, job: Job) => Promise<unknown>
}

async function attemptOf({
  input = {},
  when = 'computing',
  underWay,
}: Case): Promise<{ job: Job; report: AttemptReport; stages: string[] }> {
  const { job: found } = await ledger.insertJob(
    newJob({ jobId: plan.jobId, configHash: plan.configHash, config: backtestComputation(plan.backtest) }),
  )
  const steer = { jobId: plan.jobId, attempt: found.attempt, epoch }
  if (found.status !== 'pending') {
    touched(await ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 }))
  }
  const opened = await ledger.openAttempt(opening(plan.jobId, found.attempt, epoch))
  assert.ok(opened !== 'fenced')
  const stop = new AbortController()
  const seen: AttemptProgress[] = []
  let acted: Promise<unknown> | null = null
  const report = await runAttempt(
    {
      plan,
      name: 'one',
      attempt: opened.attempt,
      index: 0,
      parallelism: 1,
      podUid: `pod-${opened.attempt}`,
      workerId: 'test',
      datasetsDir: join(home, 'datasets'),
      artifactsDir: join(home, 'artifacts'),
      engineVersion: '0.0.0',
      threads: 2,
      timeoutSeconds: 3600,
      memoryLimitBytes: 4096 * MIB,
      pace: null,
      ...input,
    },
    {
      ledger,
      now: Date.now,
      monotonic: () => performance.now() + clock.aheadMs,
      onProgress: (progress) => {
        seen.push(progress)
        if (progress.stage === when) acted ??= underWay?.(stop, opened as never) ?? Promise.resolve()
      },
      stop: stop.signal,
    },
  )
  await acted
  const job = await ledger.findJob(plan.jobId)
  assert.ok(job !== null)
  const percents = seen.map(({ percent }) => percent)
  assert.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
    'the percentage never falls',
  )
  return { job, report, stages: [...new Set(seen.map(({ stage }) => stage))] }
}

/** Folders of the job's attempts that stand on the disk. */
function leftOf(job: Job): string[] {
  const folder = join(home, 'artifacts', 'default', job.jobId)
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => name === String(job.attempt) || name.startsWith('.'))
    : []
}

test('an attempt goes through every stage, records its result and leaves one folder', async () => {
  const { job, report, stages } = await attemptOf({})
  assert.equal(report.outcome.outcome, 'completed')
  assert.deepEqual(stages, [
    'init_dependencies',
    'started',
    'loading_data',
    'computing',
    'saving_parquet',
    'saving_db',
    'completed',
  ])
  assert.deepEqual([job.status, job.progressPct, job.errorClass], ['completed', 100, null])
  assert.ok(job.snapshotId !== null && job.contentSha256 !== null && job.peakMemoryBytes !== null)
  assert.deepEqual(leftOf(job), [String(job.attempt)])
})

const STOPS: readonly [title: string, change: Case, status: string, errorClass: string | null, message: RegExp][] = [
  [
    'a cancel while it computes ends it cancelled and keeps its progress',
    { input: { pace: SLOW }, underWay: async (stop) => stop.abort('cancel') },
    'cancelled',
    'cancelled',
    /^cancelled/,
  ],
  [
    'its own clock ends it as a timeout that says the limit and where it was',
    {
      input: { pace: { ...SLOW, msPerDate: 50 } },
      underWay: async () => {
        clock.aheadMs += 3_600_000
      },
    },
    'failed',
    'timeout',
    /timed out after 3600 s.*raise timeoutSeconds/,
  ],
  [
    'memory above its limit ends it with limit and peak in the message',
    {
      input: {
        memoryLimitBytes: 1024 * MIB,
        // Memory is looked at every 2 s: it is there for 3.5 s before the end.
        pace: { msPerDate: 60, ballastMib: 1100, ballastDate: dayNumber('2015-07-01') },
      },
    },
    'failed',
    'memory_limit',
    /memory reached \d+ MiB.*the limit is 1024 MiB.*raise memoryLimit/,
  ],
  [
    'a store that cannot be written ends it as a storage error',
    { input: { artifactsDir: '/dev/null/artifacts' } },
    'failed',
    'storage_error',
    /\/dev\/null\/artifacts/,
  ],
]

for (const [title, change, status, errorClass, message] of STOPS) {
  test(title, async () => {
    const { job, report } = await attemptOf(change)
    assert.deepEqual([job.status, job.errorClass], [status, errorClass])
    assert.match(job.errorMessage ?? '', message)
    assert.notEqual(report.outcome.outcome, 'completed')
    assert.ok(job.completedAt !== null)
    assert.deepEqual(leftOf(job), [])
  })
}

test('a snapshot that is gone ends it before its claim, and the row is left to the caller as it waited', async () => {
  const { job, report } = await attemptOf({ input: { datasetsDir: '/nowhere' } })
  assert.ok(report.outcome.outcome === 'failed')
  assert.equal(report.outcome.code, 'snapshot_not_found')
  assert.match(report.outcome.message, /not in \/nowhere/)
  assert.deepEqual([job.status, job.startedAt, leftOf(job)], ['pending', null, []])
  const { code: errorClass, message } = report.outcome
  touched(await ledger.failWaiting({ jobId: job.jobId, attempt: job.attempt, epoch }, { errorClass, message }))
})

for (const [reason, outcome, status] of [
  ['cancel', 'cancelled', 'cancelled'],
  ['SIGTERM', 'interrupted', 'running'],
] as const) {
  test(`${reason} while the files are written is heard, and none of them is left`, async () => {
    const { job, report } = await attemptOf({ when: 'saving_parquet', underWay: async (stop) => stop.abort(reason) })
    assert.deepEqual([report.outcome.outcome, job.status, leftOf(job)], [outcome, status, []])
    if (status === 'cancelled') return
    const lost = { errorClass: 'worker_lost', message: 'x' }
    touched(await ledger.lost({ jobId: job.jobId, attempt: job.attempt, epoch }, lost))
  })
}

test('a stop that comes while the result is published comes too late', async () => {
  const { job, report } = await attemptOf({ when: 'saving_db', underWay: async (stop) => stop.abort('cancel') })
  assert.deepEqual([report.outcome.outcome, job.status], ['completed', 'completed'])
})

test('work that waits for its claim opens the data and computes nothing', async () => {
  const input = {
    plan,
    datasetsDir: join(home, 'datasets'),
    artifactsDir: join(home, 'artifacts'),
    threads: 2,
    memoryLimitBytes: 4096 * MIB,
    pace: null,
    index: 0,
    parallelism: 1,
  }
  const early = startWork(input, () => performance.now())
  const waiting = startWork({ ...input, waitsForClaim: true }, () => performance.now())
  try {
    const total = await waiting.total
    await early.computed()
    assert.deepEqual([position(early.control).done, position(waiting.control).done], [total, 0])
    await waiting.computed()
    assert.equal(position(waiting.control).done, total)
  } finally {
    await Promise.all([early.close(), waiting.close()])
  }
})

test('an interruption leaves the row to its caller', async () => {
  const { job, report } = await attemptOf({ input: { pace: SLOW }, underWay: async (stop) => stop.abort('SIGTERM') })
  assert.equal(report.outcome.outcome, 'interrupted')
  assert.equal(job.status, 'running')
  assert.deepEqual(leftOf(job), [])
  touched(
    await ledger.lost({ jobId: job.jobId, attempt: job.attempt, epoch }, { errorClass: 'worker_lost', message: 'x' }),
  )
})

test('a newer pod takes the claim: the older one is fenced, writes nothing and leaves nothing', async () => {
  const takeOver = async (_: AbortController, job: Job) => {
    const claim: Claim = { jobId: plan.jobId, attempt: job.attempt, index: 0, podUid: 'newer' }
    await sleep(50)
    touched(await ledger.claim({ ...claim, workerId: 'newer', nodeName: null }))
  }
  const { job, report } = await attemptOf({ input: { pace: SLOW }, underWay: takeOver })
  assert.equal(report.outcome.outcome, 'fenced')
  assert.equal(job.status, 'running')
  assert.deepEqual(leftOf(job), [])
  touched(
    await ledger.lost({ jobId: job.jobId, attempt: job.attempt, epoch }, { errorClass: 'worker_lost', message: 'x' }),
  )
})

test('a cancel written into the row alone is seen with the next beat', async () => {
  const ask = () => ledger.requestCancel(plan.jobId, 'ada')
  const { job } = await attemptOf({ input: { pace: { ...SLOW, msPerDate: 120 } }, underWay: ask })
  assert.equal(job.status, 'cancelled')
})

test('after all of that the same attempt number is never given twice, and the job completes', async () => {
  const { job } = await attemptOf({})
  assert.equal(job.status, 'completed')
  const attempts = (await ledger.findAttempts(job.jobId)).map(({ attempt }) => attempt)
  assert.deepEqual(
    attempts,
    attempts.map((_, at) => at + 1),
  )
})
