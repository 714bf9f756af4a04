import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { type Bench, failure, newJob, openedJob, opening, result, runningJob, touched } from './builders.ts'

/** How a job begins and who may write for it: T1, T2, T11, beats, progress, the operator's epoch. */
export function transitionsContract(engine: string, bench: () => Bench): void {
  const it = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) =>
    test(`${engine}: ${title}`, async () => run({ ...bench(), epoch: await bench().ledger.raiseEpoch('test') }))

  recording(it)
  opened(it)
  claimed(it)
  steered(it)
}

type It = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) => void

function recording(it: It): void {
  it('a new job is pending with attempt 0 and no retry (T1)', async ({ ledger }) => {
    const wanted = newJob()
    const { inserted, job } = await ledger.insertJob(wanted)
    assert.equal(inserted, true)
    assert.deepEqual(
      [job.status, job.attempt, job.retryCount, job.progressPct, job.jobTimeout, job.createdBy, job.startDate],
      ['pending', 0, 0, 0, 3600, 'ada', '2015-01-02'],
    )
    assert.deepEqual(job.configJson, wanted.config)
    assert.match(job.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/)
  })

  it('the same job again changes nothing and gives the row that is there', async ({ ledger }) => {
    const first = newJob()
    await ledger.insertJob(first)
    const { inserted, job } = await ledger.insertJob({ ...first, createdBy: 'bob', priority: 'high' })
    assert.deepEqual([inserted, job.createdBy, job.priority], [false, 'ada', 'normal'])
  })

  it('quotes, backslashes, NUL and emoji in a name are data, not SQL', async ({ ledger }) => {
    const nasty = `mo'mentum"; DROP TABLE backtest_jobs; -- \\ \u{1F600}`
    const { job } = await ledger.insertJob(
      newJob({ alphaName: nasty, config: { note: `${nasty}\u0000`, n: Number.NaN } }),
    )
    assert.equal(job.alphaName, nasty)
    assert.deepEqual(job.configJson, { note: nasty, n: null })
    assert.equal((await ledger.listJobs({ alphaName: nasty })).rows.length, 1)
  })
}

function opened(it: It): void {
  it('opening an attempt raises the number and writes its row (T11)', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    const attempt = touched(await ledger.openAttempt(opening(job.jobId, 0, epoch, { priority: 'high', cpu: 2.5 })))
    assert.deepEqual(
      [attempt.attempt, attempt.status, attempt.cause, attempt.operatorEpoch, attempt.cpu, attempt.memoryLimit],
      [1, 'pending', 'first', epoch, 2.5, 4_294_967_296],
    )
    const row = await ledger.findJob(job.jobId)
    assert.deepEqual([row?.attempt, row?.holderUid, row?.priority, row?.status], [1, 'uid-1', 'high', 'pending'])
  })

  it('the next attempt lies above every number the cluster has seen', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    const attempt = touched(await ledger.openAttempt(opening(job.jobId, 0, epoch, { atLeast: 7 })))
    assert.equal(attempt.attempt, 7)
  })

  it('an attempt that is open is not overtaken by another', async ({ ledger, epoch }) => {
    const job = await openedJob(ledger, epoch)
    assert.equal(await ledger.openAttempt(opening(job.jobId, 1, epoch)), 'fenced')
  })

  it('an attempt opened from an old number is fenced', async ({ ledger, epoch }) => {
    const job = await openedJob(ledger, epoch)
    assert.equal(await ledger.openAttempt(opening(job.jobId, 0, epoch)), 'fenced')
    assert.equal((await ledger.findAttempts(job.jobId)).length, 1)
  })

  it('no attempt is opened once a cancel was asked for', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    await ledger.requestCancel(job.jobId, 'ada')
    assert.equal(await ledger.openAttempt(opening(job.jobId, 0, epoch)), 'fenced')
  })
}

function claimed(it: It): void {
  it('the first claim makes the job run (T2)', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    assert.deepEqual([job.status, job.workerId], ['running', 'worker-1'])
    assert.ok(job.startedAt !== null && job.startedAt >= job.createdAt)
    const attempt = await ledger.findAttempt(job.jobId, claim.attempt)
    assert.deepEqual([attempt?.status, attempt?.podName, attempt?.nodeName], ['running', 'worker-1', 'node-1'])
  })

  it('a claim of an attempt that is not the current one is fenced', async ({ ledger, epoch }) => {
    const job = await openedJob(ledger, epoch)
    const claim = { jobId: job.jobId, index: 0, podUid: 'p', workerId: 'w', nodeName: null }
    assert.equal(await ledger.claim({ ...claim, attempt: 0 }), 'fenced')
    assert.equal(await ledger.claim({ ...claim, attempt: 2 }), 'fenced')
  })

  it('an attempt that failed is not claimed back while its retry waits', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.retry({ jobId: job.jobId, attempt: 1, epoch }, { ...failure('evicted'), delayMs: 60_000 })
    assert.equal(await ledger.claim({ ...claim, workerId: 'zombie', nodeName: null }), 'fenced')
    assert.equal((await ledger.findJob(job.jobId))?.status, 'pending')
  })

  it('a job whose attempt was never opened is not claimed', async ({ ledger }) => {
    const { job } = await ledger.insertJob(newJob())
    const claim = { jobId: job.jobId, attempt: 0, index: 0, podUid: 'p', workerId: 'w', nodeName: null }
    assert.equal(await ledger.claim(claim), 'fenced')
  })

  it('the same claim twice is one claim', async ({ ledger, database, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const again = touched(await ledger.claim({ ...claim, workerId: 'worker-1', nodeName: 'node-1' }))
    assert.equal(again.startedAt, job.startedAt)
    const rows = await database.query('SELECT count(*) AS n FROM backtest_claims WHERE job_id = $1', [job.jobId])
    assert.equal(rows[0]?.n, 1)
  })

  it('a newer pod of the attempt takes the claim and the older one is fenced for good', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    const twin = { ...claim, podUid: 'twin', workerId: 'worker-2', nodeName: null }
    touched(await ledger.claim(twin))
    assert.equal(await ledger.beat(claim, { seq: 1, rssBytes: null, redisLost: false }), 'fenced')
    assert.equal(await ledger.complete(claim, result()), 'fenced')
    assert.equal(await ledger.claim({ ...claim, workerId: 'worker-1', nodeName: null }), 'fenced')
    assert.deepEqual(await ledger.beat(twin, { seq: 1, rssBytes: null, redisLost: false }), { cancelRequested: false })
  })

  it('a further index adds its claim beside the first', async ({ ledger, epoch }) => {
    const { claim } = await runningJob(ledger, epoch)
    touched(await ledger.claim({ ...claim, index: 1, podUid: 'second', workerId: 'worker-2', nodeName: null }))
    assert.deepEqual(await ledger.beat(claim, { seq: 1, rssBytes: null, redisLost: false }), { cancelRequested: false })
  })

  it('a beat shows in the job and its claim, and brings word of a cancel', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.beat(claim, { seq: 3, rssBytes: 1_000_000, redisLost: true })
    const open = (await ledger.openAttempts()).find((row) => row.job.jobId === job.jobId)
    assert.deepEqual(
      [open?.claims[0]?.heartbeatSeq, open?.claims[0]?.rssBytes, open?.claims[0]?.redisLost],
      [3, 1_000_000, true],
    )
    assert.ok(open?.job.heartbeatAt !== null)
    await ledger.requestCancel(job.jobId, 'ada')
    assert.deepEqual(await ledger.beat(claim, { seq: 4, rssBytes: null, redisLost: false }), { cancelRequested: true })
  })

  it('progress never falls within an attempt and stays between 0 and 100', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    const seen: unknown[] = []
    for (const percent of [20, 55, 40, Number.NaN, -5, 250]) {
      await ledger.progress(claim, { percent, stage: `at ${percent}`, date: '2015-03-04' })
      const row = await ledger.findJob(job.jobId)
      seen.push([row?.progressPct, row?.progressStage])
    }
    assert.deepEqual(seen, [
      [20, 'at 20'],
      [55, 'at 55'],
      [55, 'at 55'],
      [55, 'at 55'],
      [55, 'at 55'],
      [100, 'at 250'],
    ])
  })
}

function steered(it: It): void {
  it('an operator with an old epoch touches no row', async ({ ledger, epoch }) => {
    const { job } = await runningJob(ledger, epoch)
    const old = { jobId: job.jobId, attempt: 1, epoch }
    await ledger.raiseEpoch('the next leader')
    const before = await ledger.findJob(job.jobId)
    assert.equal(await ledger.fail(old, failure()), 'fenced')
    assert.equal(await ledger.cancel(old, failure()), 'fenced')
    assert.equal(await ledger.lost(old, failure()), 'fenced')
    assert.equal(await ledger.retry(old, { ...failure(), delayMs: 0 }), 'fenced')
    assert.equal(await ledger.suspend(old), 'fenced')
    assert.deepEqual(await ledger.findJob(job.jobId), before)
  })

  it('the first who asks for a cancel stands', async ({ ledger, epoch }) => {
    const { job } = await runningJob(ledger, epoch)
    await ledger.requestCancel(job.jobId, 'ada')
    const second = touched(await ledger.requestCancel(job.jobId, 'bob'))
    assert.equal(second.cancelRequestedBy, 'ada')
    assert.equal(await ledger.requestCancel('0'.repeat(32), 'ada'), 'fenced')
  })
}
