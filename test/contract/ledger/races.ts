import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { isTerminal } from '../../../core/lifecycle.ts'
import type { Attempt, Fenced, Job, Ledger } from '../../../storage/ledger/ledger.ts'
import { type Bench, completedJob, failure, newJob, opening, result, runningJob } from './builders.ts'

/** Two hands on one row: whoever commits first decides, the other is fenced. */
export function racesContract(engine: string, bench: () => Bench): void {
  const it: It = (title, run) =>
    test(`${engine}: ${title}`, async () => run({ ...bench(), epoch: await bench().ledger.raiseEpoch('test') }))

  pairs(it)
  it('any order of calls moves a row as the table says, or not at all', ({ ledger }) => anyOrder(ledger))
}

type It = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) => void

function pairs(it: It): void {
  it('100 identical submissions at once make one row', async ({ ledger, database }) => {
    const job = newJob()
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => ledger.insertJob({ ...job, createdBy: `user-${i}` })),
    )
    assert.equal(answers.filter((answer) => answer.inserted).length, 1)
    assert.equal(new Set(answers.map((answer) => answer.job.id)).size, 1)
    const rows = await database.query('SELECT count(*) AS n FROM backtest_jobs WHERE job_id = $1', [job.jobId])
    assert.equal(rows[0]?.n, 1)
  })

  it('an attempt opened by many at once is opened once', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ledger.openAttempt(opening(job.jobId, 0, epoch))),
    )
    assert.equal(answers.filter((answer) => answer !== 'fenced').length, 1)
    assert.equal((await ledger.findJob(job.jobId))?.attempt, 1)
  })

  it('of twenty twin pods exactly one holds the claim in the end', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const pods = Array.from({ length: 20 }, (_, i) => ({ ...claim, podUid: `twin-${i}` }))
    await Promise.all(pods.map((pod) => ledger.claim({ ...pod, workerId: pod.podUid, nodeName: null })))
    const beats = await Promise.all(pods.map((pod) => ledger.beat(pod, { seq: 1, rssBytes: null, redisLost: false })))
    assert.equal(beats.filter((beat) => beat !== 'fenced').length, 1)
    assert.equal((await ledger.findJob(job.jobId))?.status, 'running')
  })

  it('complete and cancel at once: one wins, the other is fenced', async ({ ledger, epoch }) => {
    const winners = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const { job, claim } = await runningJob(ledger, epoch)
      const steer = { jobId: job.jobId, attempt: 1, epoch }
      const calls = [() => ledger.complete(claim, result()), () => ledger.cancel(steer, failure('cancelled'))]
      if (round % 2 === 1) calls.reverse()
      const answers = await Promise.all(calls.map((call) => call()))
      const won = answers.filter((answer) => answer !== 'fenced')
      assert.equal(won.length, 1)
      const row = await ledger.findJob(job.jobId)
      assert.equal(row?.status, won[0]?.status)
      assert.equal((await ledger.findAttempt(job.jobId, 1))?.status, row?.status)
      winners.add(String(row?.status))
    }
    assert.ok(winners.size >= 1)
  })

  it('two re-runs at once open the job once', async ({ ledger, epoch }) => {
    const done = await completedJob(ledger, epoch)
    const steer = { jobId: done.jobId, attempt: 1, epoch }
    const again = () => ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 })
    const answers = await Promise.all([again(), again(), again()])
    assert.equal(answers.filter((answer) => answer !== 'fenced').length, 1)
  })

  it('a purge and a re-run at once leave the job purged or waiting, never half', async ({ ledger, epoch }) => {
    for (let round = 0; round < 10; round += 1) {
      const { jobId } = await completedJob(ledger, epoch)
      const steer = { jobId, attempt: 1, epoch }
      const [purged, rerun] = await Promise.all([
        ledger.purgeJob(jobId, async () => true),
        ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 }),
      ])
      const row = await ledger.findJob(jobId)
      if (purged === 'purged') assert.deepEqual([row, rerun], [null, 'fenced'])
      else assert.equal(row?.status, 'pending')
    }
  })

  it('of two operators only the one with the newer epoch moves a row', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    const newer = await ledger.raiseEpoch('second')
    const answers = await Promise.all([
      ledger.openAttempt(opening(job.jobId, 0, epoch)),
      ledger.openAttempt(opening(job.jobId, 0, newer)),
    ])
    assert.deepEqual(
      answers.map((answer) => (answer === 'fenced' ? answer : answer.operatorEpoch)),
      ['fenced', newer],
    )
  })
}

/** A call with fresh or stale signatures; what it may do to a row is checked against the row before it. */
const CALLS = {
  open: (l, s) => l.openAttempt(opening(s.job.jobId, s.attempt, s.epoch)),
  claim: (l, s) => l.claim({ ...claimOf(s), workerId: 'w', nodeName: null }),
  complete: (l, s) => l.complete(claimOf(s), result()),
  recordLate: (l, s) => l.complete({ ...claimOf(s), epoch: s.epoch }, result()),
  failByRunner: (l, s) => l.fail(claimOf(s), failure()),
  failByOperator: (l, s) => l.fail(steerOf(s), failure()),
  cancelByRunner: (l, s) => l.cancel(claimOf(s), failure()),
  cancelByOperator: (l, s) => l.cancel(steerOf(s), failure()),
  failWaiting: (l, s) => l.failWaiting(steerOf(s), failure()),
  retry: (l, s) => l.retry(steerOf(s), { ...failure(), delayMs: 0 }),
  rerun: (l, s) => l.rerun({ steer: steerOf(s), request: null, priority: 'normal', timeoutSeconds: 3600 }),
  lost: (l, s) => l.lost(steerOf(s), failure()),
  suspend: (l, s) => l.suspend(steerOf(s)),
  requestCancel: (l, s) => l.requestCancel(s.job.jobId, 'ada'),
} as const satisfies Record<string, (ledger: Ledger, signed: Signed) => Promise<Job | Attempt | Fenced>>

interface Signed {
  readonly job: Job
  readonly attempt: number
  readonly epoch: number
  readonly pod: string
}
const claimOf = (s: Signed) => ({ jobId: s.job.jobId, attempt: s.attempt, index: 0, podUid: s.pod })
const steerOf = (s: Signed) => ({ jobId: s.job.jobId, attempt: s.attempt, epoch: s.epoch })

const RUNNER_CALLS: readonly string[] = ['claim', 'complete', 'failByRunner', 'cancelByRunner']
/** From -> what a call may make of it. */
const REACHES: Readonly<Record<string, readonly string[]>> = {
  pending: ['pending', 'running', 'failed', 'cancelled'],
  running: ['running', 'completed', 'failed', 'cancelled', 'pending'],
  completed: ['pending'],
  failed: ['pending'],
  cancelled: ['pending'],
}

async function anyOrder(ledger: Ledger): Promise<void> {
  const step = fc.record({
    call: fc.constantFrom(...(Object.keys(CALLS) as (keyof typeof CALLS)[])),
    stale: fc.constantFrom('fresh', 'fresh', 'fresh', 'attempt', 'epoch', 'pod'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const { job } = await ledger.insertJob(newJob())
      const epoch = await ledger.raiseEpoch('property')
      for (const { call, stale } of steps) await oneStep({ ledger, jobId: job.jobId, epoch, call, stale })
    }),
    { numRuns: 15 },
  )
}

interface Step {
  readonly ledger: Ledger
  readonly jobId: string
  readonly epoch: number
  readonly call: keyof typeof CALLS
  readonly stale: string
}

async function oneStep({ ledger, jobId, epoch, call, stale }: Step): Promise<void> {
  const before = (await ledger.findJob(jobId)) as Job
  const signed: Signed = {
    job: before,
    attempt: stale === 'attempt' ? before.attempt + 1 : before.attempt,
    epoch: stale === 'epoch' ? epoch - 1 : epoch,
    pod: stale === 'pod' ? 'stranger' : `pod-${before.attempt}`,
  }
  const answer = await CALLS[call](ledger, signed)
  const after = (await ledger.findJob(jobId)) as Job

  if (answer === 'fenced') return assert.deepEqual(after, before, `${call} was fenced and changed the row`)
  const repeated = call === 'complete' || call === 'recordLate' ? after.updatedAt === before.updatedAt : false
  if (repeated) return assert.deepEqual(after, before)
  assert.ok(REACHES[before.status]?.includes(after.status), `${call}: ${before.status} to ${after.status}`)
  assert.ok(!isTerminal(before.status) || !RUNNER_CALLS.includes(call), `${call} changed a terminal row`)
  assert.equal(after.completedAt !== null, isTerminal(after.status), `${call} left completed_at ${after.completedAt}`)
  assert.ok(stale !== 'attempt' || call === 'requestCancel', `${call} moved the row of another attempt`)
  assert.ok(after.attempt === before.attempt || call === 'open')
  const attempt = await ledger.findAttempt(jobId, after.attempt)
  if (isTerminal(after.status) && attempt !== null) assert.ok(isTerminal(attempt.status))
}
