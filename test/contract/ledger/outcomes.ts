import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../../core/errors.ts'
import type { Completion, Job } from '../../../storage/ledger/ledger.ts'
import {
  type Bench,
  completedJob,
  failure,
  newJob,
  openedJob,
  opening,
  result,
  runningJob,
  touched,
} from './builders.ts'

/** How a job ends, and how it comes back: T3 to T10, T12. */
export function outcomesContract(engine: string, bench: () => Bench): void {
  const it: It = (title, run) =>
    test(`${engine}: ${title}`, async () => run({ ...bench(), epoch: await bench().ledger.raiseEpoch('test') }))

  completed(it)
  ended(it)
  again(it)
}

type It = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) => void

function completed(it: It): void {
  it('a commit writes the row and its attempt in one go (T3)', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const done = touched(await ledger.complete(claim, result({ costSummary: { net_sharpe: 1.5 } })))
    assert.deepEqual(
      [done.status, done.meanIc, done.decayHalfLife, done.lastGoodAttempt, done.progressPct, done.artifactBytes],
      ['completed', 0.0125, null, 1, 100, 5_000_000_000],
    )
    const attempt = await ledger.findAttempt(job.jobId, 1)
    assert.deepEqual([attempt?.status, attempt?.metrics], ['completed', done.metrics])
    assert.ok(job.createdAt <= done.startedAt! && done.startedAt! <= done.completedAt!)
  })

  it('a NaN is NULL in SQL and NaN again when read; what is not defined stays absent', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    const metrics = { mean_ic: Number.NaN, icir: Number.POSITIVE_INFINITY, decay_half_life: null, hit_rate: 0.5 }
    const done = touched(await ledger.complete(claim, result({ metrics })))
    assert.deepEqual([done.meanIc, done.icir, done.hitRate], [null, null, 0.5])
    assert.deepEqual(done.metrics, { mean_ic: Number.NaN, icir: Number.NaN, hit_rate: 0.5 })
  })

  it('NaN at any depth of a JSON column is null', async ({ ledger, database, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.complete(claim, result({ costConfig: { a: [1, Number.NaN, { b: Number.NEGATIVE_INFINITY }] } }))
    const rows = await database.query('SELECT cost_config FROM backtest_jobs WHERE job_id = $1', [job.jobId])
    assert.deepEqual(rows[0]?.cost_config, { a: [1, null, { b: null }] })
  })

  const missing: readonly (readonly [string, object])[] = [
    ['snapshot', { snapshotId: '' }],
    ['snapshot (null)', { snapshotId: null }],
    ['dataset versions', { datasetVersionIds: {} }],
    ['dataset versions (null)', { datasetVersionIds: null }],
  ]
  for (const [what, change] of missing) {
    it(`a commit without its ${what} is refused and the job keeps running`, async ({ ledger, epoch }) => {
      const { job, claim } = await runningJob(ledger, epoch)
      await assert.rejects(
        ledger.complete(claim, { ...result(), ...change } as Completion),
        (thrown) => thrown instanceof HindcastError && thrown.code === 'reproducibility_missing',
      )
      assert.equal((await ledger.findJob(job.jobId))?.status, 'running')
    })
  }

  it('the same commit again is success, another one is fenced', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    const first = touched(await ledger.complete(claim, result()))
    const second = touched(await ledger.complete(claim, result()))
    assert.equal(second.completedAt, first.completedAt)
    assert.equal(await ledger.complete(claim, result({ contentSha256: '0'.repeat(64) })), 'fenced')
  })

  it('the operator records for a runner that could not, under the claim it names', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    assert.equal(await ledger.complete({ ...claim, podUid: 'another', epoch }, result()), 'fenced')
    assert.equal(await ledger.complete({ ...claim, epoch: epoch - 1 }, result()), 'fenced')
    assert.equal(touched(await ledger.complete({ ...claim, epoch }, result())).status, 'completed')
  })

  it('windows and intervals are written with the commit, a NaN as null', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const dates = { trainStart: '2015-01-02', trainEnd: '2015-12-31', testStart: '2016-01-04', testEnd: '2016-03-31' }
    const window = { windowId: 0, ...dates, bestParams: { lookbackDays: 63 }, trainIc: 0.02, testIc: 0.01 }
    const interval = { metric: 'sharpe', observed: 1.5, q05: 0.5, q50: 1.4, q95: 2.4, quantiles: { '0.5': 1.4 } }
    const rows = {
      windows: [
        { ...window, testIcir: Number.NaN },
        { ...window, windowId: 1, testIcir: 0.3 },
      ],
      intervals: [{ ...interval, pValue: 0.02 }],
    }
    assert.notEqual(await ledger.complete(claim, result(rows)), 'fenced')
    assert.deepEqual(await ledger.findWindows(job.jobId, 1), [
      { ...window, testIcir: null },
      { ...window, windowId: 1, testIcir: 0.3 },
    ])
    assert.deepEqual(await ledger.findIntervals(job.jobId, 1), rows.intervals)
  })

  it('a result without the rows of its kind is found, and filled once', async ({ ledger, epoch }) => {
    await completedJob(ledger, epoch)
    const job = await completedJob(ledger, epoch, { kind: 'montecarlo' })
    const { claim } = await runningJob(ledger, epoch, { kind: 'walkforward' })
    const [rowless, ...more] = await ledger.rowlessResults(10)
    assert.deepEqual([rowless?.jobId, rowless?.path, more], [job.jobId, job.resultPath, []])
    const level = { observed: 1.5, q05: 0.5, q50: 1.4, q95: 2.4, quantiles: { '0.5': 1.4 }, pValue: null }
    const intervals = [{ metric: 'sharpe', ...level }]
    assert.equal(await ledger.fillRows({ ...rowless!, manifestSha256: '0'.repeat(64) }, { intervals }), 'fenced')
    assert.equal(await ledger.fillRows({ ...rowless!, jobId: claim.jobId }, { intervals }), 'fenced')
    for (const observed of [1.5, 9]) {
      assert.equal(await ledger.fillRows(rowless!, { intervals: [{ ...intervals[0]!, observed }] }), 'filled')
    }
    assert.deepEqual(await ledger.findIntervals(job.jobId, 1), intervals)
    assert.deepEqual(await ledger.rowlessResults(10), [])
  })

  it('finished units go once the result stands', async ({ ledger, database, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await database.query(
      `INSERT INTO backtest_units (job_id, unit, attempt, index, engine_revision, sha256) VALUES ($1, 0, 1, 0, 1, $2)`,
      [job.jobId, '0'.repeat(64)],
    )
    await ledger.complete(claim, result())
    const rows = await database.query('SELECT count(*) AS n FROM backtest_units WHERE job_id = $1', [job.jobId])
    assert.equal(rows[0]?.n, 0)
  })

  it('a parallel job is committed by the pod that took the merge alone', async ({ ledger, database, epoch }) => {
    const { job } = await ledger.insertJob(newJob({ kind: 'montecarlo' }))
    await ledger.openAttempt(opening(job.jobId, 0, epoch, { parallelism: 2 }))
    const claim = { jobId: job.jobId, attempt: 1, index: 0, podUid: 'merger' }
    await ledger.claim({ ...claim, workerId: 'w', nodeName: null })
    assert.equal(await ledger.complete(claim, result()), 'fenced')
    await database.query('UPDATE backtest_attempts SET merged_by = $2 WHERE job_id = $1', [job.jobId, 'merger'])
    assert.equal(touched(await ledger.complete(claim, result())).status, 'completed')
  })
}

function ended(it: It): void {
  it('a runner records its failure (T4)', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const failed = touched(await ledger.fail(claim, { ...failure('timeout'), message: 'too\u0000 long\u0007\nreally' }))
    assert.deepEqual([failed.status, failed.errorClass, failed.errorMessage], ['failed', 'timeout', 'too long\nreally'])
    assert.ok(failed.completedAt !== null)
    const attempt = await ledger.findAttempt(job.jobId, 1)
    assert.deepEqual([attempt?.status, attempt?.exitCode], ['failed', 70])
  })

  it('a long message is cut to 8 KiB without breaking a character', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    const failed = touched(await ledger.fail(claim, { ...failure(), message: '\u20AC'.repeat(4000) }))
    assert.equal(failed.errorMessage, '\u20AC'.repeat(2730))
  })

  it('a cancelled run keeps its progress (T5)', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    await ledger.progress(claim, { percent: 42, stage: 'computing', date: null })
    const cancelled = touched(await ledger.cancel(claim, failure('cancelled')))
    assert.deepEqual([cancelled.status, cancelled.progressPct], ['cancelled', 42])
  })

  it('a waiting job is cancelled by the operator (T6), and its open attempt with it', async ({ ledger, epoch }) => {
    const job = await openedJob(ledger, epoch)
    const cancelled = touched(await ledger.cancel({ jobId: job.jobId, attempt: 1, epoch }, failure('cancelled')))
    assert.equal(cancelled.status, 'cancelled')
    assert.equal((await ledger.findAttempt(job.jobId, 1))?.status, 'cancelled')
  })

  it('a waiting job fails (T7) and an attempt that had ended stays as it ended', async ({ ledger, epoch }) => {
    const { job } = await runningJob(ledger, epoch)
    const steer = { jobId: job.jobId, attempt: 1, epoch }
    await ledger.retry(steer, { ...failure('evicted'), delayMs: 60_000 })
    const failed = touched(await ledger.failWaiting(steer, failure('retries_exhausted')))
    assert.deepEqual([failed.status, failed.errorClass], ['failed', 'retries_exhausted'])
    assert.equal((await ledger.findAttempt(job.jobId, 1))?.errorClass, 'evicted')
  })

  it('a lost run is failed by the operator (T10)', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const lost = touched(await ledger.lost({ jobId: job.jobId, attempt: 1, epoch }, failure('worker_lost')))
    assert.deepEqual([lost.status, lost.errorClass], ['failed', 'worker_lost'])
    assert.equal(await ledger.complete(claim, result()), 'fenced')
  })

  it('a terminal row is changed by no runner', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.cancel(claim, failure('cancelled'))
    const before = await ledger.findJob(job.jobId)
    assert.equal(await ledger.complete(claim, result()), 'fenced')
    assert.equal(await ledger.fail(claim, failure()), 'fenced')
    assert.equal(await ledger.beat(claim, { seq: 9, rssBytes: null, redisLost: false }), 'fenced')
    assert.equal(await ledger.progress(claim, { percent: 99, stage: 'x', date: null }), 'fenced')
    assert.equal(await ledger.claim({ ...claim, workerId: 'w', nodeName: null }), 'fenced')
    assert.equal(await ledger.requestCancel(job.jobId, 'ada'), 'fenced')
    assert.deepEqual(await ledger.findJob(job.jobId), before)
  })
}

function again(it: It): void {
  it('a retry waits with its delay and counts (T8)', async ({ ledger, epoch }) => {
    const { job } = await runningJob(ledger, epoch)
    const steer = { jobId: job.jobId, attempt: 1, epoch }
    const waiting = touched(await ledger.retry(steer, { ...failure('evicted'), delayMs: 60_000 }))
    assert.deepEqual(
      [waiting.status, waiting.retryCount, waiting.errorClass, waiting.startedAt, waiting.completedAt],
      ['pending', 1, 'evicted', null, null],
    )
    const delay = Date.parse(waiting.nextAttemptAt!) - Date.parse(waiting.updatedAt)
    assert.ok(Math.abs(delay - 60_000) <= 1_000, `${delay} ms`)
    assert.equal((await ledger.findAttempt(job.jobId, 1))?.status, 'failed')
    touched(await ledger.openAttempt(opening(job.jobId, 1, epoch)))
    assert.equal((await ledger.findJob(job.jobId))?.nextAttemptAt, null)
  })

  it('a re-run takes the result back and keeps the identity and the last good attempt (T9)', async ({
    ledger,
    epoch,
  }) => {
    const done = await completedJob(ledger, epoch)
    const steer = { jobId: done.jobId, attempt: 1, epoch }
    const row = touched(await ledger.rerun({ steer, request: null, priority: 'high', timeoutSeconds: 300 }))
    const taken: (keyof Job)[] = ['meanIc', 'metrics', 'resultPath', 'snapshotId', 'contentSha256', 'completedAt']
    for (const field of [...taken, 'startedAt', 'workerId', 'holderUid'] as const) assert.equal(row[field], null, field)
    assert.deepEqual(
      [row.status, row.progressPct, row.retryCount, row.jobTimeout, row.lastGoodAttempt, row.createdAt],
      ['pending', 0, 0, 300, 1, done.createdAt],
    )
    assert.deepEqual(row.configJson, done.configJson)
    assert.deepEqual((await ledger.findAttempt(done.jobId, 1))?.metrics, done.metrics)
  })

  it('a cancelled job runs again under the same id and no old cancel stops it', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.requestCancel(job.jobId, 'ada')
    await ledger.cancel(claim, failure('cancelled'))
    const steer = { jobId: job.jobId, attempt: 1, epoch }
    await ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 })
    touched(await ledger.openAttempt(opening(job.jobId, 1, epoch, { cause: 'rerun' })))
    const second = { ...claim, attempt: 2, podUid: 'pod-2' }
    touched(await ledger.claim({ ...second, workerId: 'w', nodeName: null }))
    assert.deepEqual(await ledger.beat(second, { seq: 1, rssBytes: null, redisLost: false }), {
      cancelRequested: false,
    })
    assert.equal(touched(await ledger.complete(second, result())).lastGoodAttempt, 2)
    assert.equal(await ledger.beat(claim, { seq: 9, rssBytes: null, redisLost: false }), 'fenced')
  })

  it('one request re-runs a job once', async ({ ledger, epoch }) => {
    const done = await completedJob(ledger, epoch)
    const resource = { uid: `uid-${done.jobId}`, kind: 'Backtest', namespace: 'default', name: 'momentum' }
    await ledger.upsertResource({
      ...resource,
      jobId: done.jobId,
      createdBy: 'ada',
      deletionPolicy: 'retain',
      priority: 'normal',
      manifest: {},
    })
    const request = { resourceUid: resource.uid, token: 'rerun-20261122t211151z' }
    const steer = { jobId: done.jobId, attempt: 1, epoch }
    const rerun = { steer, request, priority: 'normal', timeoutSeconds: 3600 } as const
    touched(await ledger.rerun(rerun))
    await ledger.cancel(steer, failure('cancelled'))
    assert.equal(await ledger.rerun(rerun), 'fenced')
    assert.equal((await ledger.latestResource('Backtest', 'default', 'momentum'))?.handledRequest, request.token)
  })

  it('a suspended run waits again under its number, no retry counted (T12)', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const waiting = touched(await ledger.suspend({ jobId: job.jobId, attempt: 1, epoch }))
    assert.deepEqual([waiting.status, waiting.attempt, waiting.retryCount, waiting.startedAt], ['pending', 1, 0, null])
    assert.equal(await ledger.complete(claim, result()), 'fenced')
    touched(await ledger.claim({ ...claim, podUid: 'resumed', workerId: 'w', nodeName: null }))
  })
}
