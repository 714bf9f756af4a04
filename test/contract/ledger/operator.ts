import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Ledger, NewResource } from '../../../storage/ledger/ledger.ts'
import { type Bench, completedJob, empty, newJob, opening, runningJob, touched } from './builders.ts'

/** What the operator reads in one look, and its writes that are no transition. */
export function operatorContract(engine: string, bench: () => Bench): void {
  const it: It = (title, run) =>
    test(`${engine}: ${title}`, async () => {
      await empty(bench().database)
      await run({ ...bench(), epoch: await bench().ledger.raiseEpoch('test') })
    })

  looks(it)
  launches(it)
  requests(it)
  presence(it)
  stores(it)
}

type It = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) => void

const resource = (uid: string, jobId: string | null): NewResource => ({
  uid,
  kind: 'Backtest',
  namespace: 'default',
  name: `name-of-${uid}`,
  jobId,
  createdBy: 'ada',
  deletionPolicy: 'retain',
  priority: 'normal',
  manifest: { kind: 'Backtest' },
})

function looks(it: It): void {
  it('a resource and a job that nobody knows stand nowhere', async ({ ledger }) => {
    const seen = await ledger.standing({ resourceUid: 'nobody', jobId: 'nothing' })
    assert.match(seen.now, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.deepEqual(
      { ...seen, now: '' },
      { now: '', resource: null, job: null, attempt: null, lastGood: null, claims: [], unitsDone: 0, sharers: [] },
    )
  })

  it('one look gives a resource, its job, attempt and claim as the single reads do', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.upsertResource(resource('uid-1', job.jobId))
    await ledger.beat(claim, { seq: 3, rssBytes: 7, redisLost: false })
    const seen = await ledger.standing({ resourceUid: 'uid-1', jobId: null })
    assert.deepEqual(seen.job, await ledger.findJob(job.jobId))
    assert.deepEqual(seen.attempt, await ledger.findAttempt(job.jobId, 1))
    assert.deepEqual(seen.claims, (await ledger.openAttempts())[0]?.claims)
    const { manifest: _, ...noted } = (await ledger.latestResource('Backtest', 'default', 'name-of-uid-1'))!
    assert.deepEqual(seen.resource, noted)
  })

  it('a completed job is seen with its last good attempt, as the single reads see them', async ({ ledger, epoch }) => {
    const job = await completedJob(ledger, epoch)
    const seen = await ledger.standing({ resourceUid: null, jobId: job.jobId })
    assert.deepEqual(seen.job, await ledger.findJob(job.jobId))
    assert.deepEqual(seen.lastGood, await ledger.findAttempt(job.jobId, 1))
  })

  it('places that are held are those of the open attempts, and what moves is in them', async ({ ledger, epoch }) => {
    const { job: waiting } = await ledger.insertJob(newJob())
    await ledger.openAttempt(opening(waiting.jobId, 0, epoch))
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.beat(claim, { seq: 3, rssBytes: 7, redisLost: false })
    await ledger.progress(claim, { percent: 12, stage: 'computing', date: '2015-03-04' as never })
    const [first, second] = await ledger.openAttempts()
    const all = await ledger.openPlaces('all')
    assert.deepEqual(
      all.map(({ attempt }) => attempt.jobId),
      [waiting.jobId, job.jobId],
    )
    for (const [i, { job: row, attempt }] of [first!, second!].entries()) {
      assert.deepEqual(all[i]?.job, pick(row, all[i]!.job))
      assert.deepEqual(all[i]?.attempt, pick(attempt, all[i]!.attempt))
    }
    const [{ claims }] = (await ledger.openPlaces('running')) as [(typeof all)[number]]
    assert.deepEqual(claims, [{ ...pick(claim, claims[0]!), heartbeatSeq: 3 }])
    assert.equal((await ledger.openPlaces('running')).length, 1)
  })

  it('a look by job id alone sees the job of a resource that was never recorded', async ({ ledger }) => {
    const { job } = await ledger.insertJob(newJob())
    const seen = await ledger.standing({ resourceUid: 'new', jobId: job.jobId })
    assert.deepEqual([seen.resource, seen.job?.jobId, seen.attempt], [null, job.jobId, null])
  })

  it('of every index the newest claim is seen, in the order of indexes', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    await ledger.openAttempt(opening(job.jobId, 0, epoch, { parallelism: 2 }))
    for (const [index, podUid] of [
      [1, 'b'],
      [0, 'a'],
      [1, 'c'],
    ] as const) {
      const claim = { jobId: job.jobId, attempt: 1, index, podUid }
      await ledger.claim({ ...claim, workerId: podUid, nodeName: null })
    }
    const { claims } = await ledger.standing({ resourceUid: null, jobId: job.jobId })
    assert.deepEqual(
      claims.map((claim) => [claim.index, claim.podUid]),
      [
        [0, 'a'],
        [1, 'c'],
      ],
    )
  })

  it('after a re-run the result of before stays in sight', async ({ ledger, epoch }) => {
    const job = await completedJob(ledger, epoch)
    const steer = { jobId: job.jobId, attempt: 1, epoch }
    await ledger.rerun({ steer, request: null, priority: 'low', timeoutSeconds: 600 })
    await ledger.openAttempt(opening(job.jobId, 1, epoch))
    const seen = await ledger.standing({ resourceUid: null, jobId: job.jobId })
    assert.deepEqual([seen.attempt?.attempt, seen.lastGood?.attempt], [2, 1])
    assert.equal(seen.lastGood?.contentSha256, job.contentSha256)
  })

  it('sharers are those that neither finished nor went, the oldest first', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    for (const uid of ['z-first', 'gone', 'done', 'a-last']) await ledger.upsertResource(resource(uid, job.jobId))
    await ledger.upsertResource(resource('other', null))
    await ledger.markGone('gone', epoch)
    await ledger.settleResource('done', { outcome: 'reused', generation: 1 }, epoch)
    const { sharers } = await ledger.standing({ resourceUid: null, jobId: job.jobId })
    assert.deepEqual(
      sharers,
      ['z-first', 'a-last'].map((uid) => ({ uid, kind: 'Backtest', namespace: 'default', name: `name-of-${uid}` })),
    )
  })
}

function requests(it: It): void {
  const asked = (jobId: string, epoch: number, token = 'cancel-1') => ({
    jobId,
    by: 'bob',
    request: { resourceUid: 'uid-1', token },
    epoch,
  })
  const shared = async (ledger: Ledger, epoch: number) => {
    const { job } = await runningJob(ledger, epoch)
    await ledger.upsertResource(resource('uid-1', job.jobId))
    return job
  }
  const handled = async (ledger: Ledger) => (await ledger.standing({ resourceUid: 'uid-1', jobId: null })).resource

  it('a cancel by label marks the row and notes the label, once', async ({ ledger, epoch }) => {
    const { jobId } = await shared(ledger, epoch)
    const first = touched(await ledger.askCancel(asked(jobId, epoch)))
    assert.equal(first.cancelRequestedBy, 'bob')
    assert.equal((await handled(ledger))?.handledRequest, 'cancel-1')
    assert.equal(await ledger.askCancel(asked(jobId, epoch)), 'fenced')
    const second = touched(await ledger.askCancel({ ...asked(jobId, epoch, 'cancel-2'), by: 'cem' }))
    assert.deepEqual(
      [second.cancelRequestedAt, second.cancelRequestedBy],
      [first.cancelRequestedAt, first.cancelRequestedBy],
    )
  })

  it('a cancel of a finished job touches nothing, so that its label is not lost', async ({ ledger, epoch }) => {
    const job = await completedJob(ledger, epoch)
    await ledger.upsertResource(resource('uid-1', job.jobId))
    assert.equal(await ledger.askCancel(asked(job.jobId, epoch)), 'fenced')
    assert.equal((await handled(ledger))?.handledRequest, null)
    assert.equal(touched(await ledger.markHandled('uid-1', 'cancel-1', epoch)).handledRequest, 'cancel-1')
  })

  it('an operator that was replaced writes nothing of this', async ({ ledger, epoch }) => {
    const { jobId } = await shared(ledger, epoch)
    await ledger.raiseEpoch('the next')
    const answers = [
      await ledger.askCancel(asked(jobId, epoch)),
      await ledger.markHandled('uid-1', 'cancel-1', epoch),
      await ledger.settleResource('uid-1', { outcome: 'failed', generation: 1 }, epoch),
      await ledger.markGone('uid-1', epoch),
      await ledger.reopenResource('uid-1', 'rerun-1', epoch),
    ]
    assert.deepEqual(new Set(answers), new Set(['fenced']))
    const left = await handled(ledger)
    assert.deepEqual([left?.handledRequest, left?.outcome, left?.goneAt], [null, null, null])
    assert.equal((await ledger.findJob(jobId))?.cancelRequestedAt, null)
  })

  it('a resource that nobody recorded cannot be marked', async ({ ledger, epoch }) => {
    assert.equal(await ledger.markGone('nobody', epoch), 'fenced')
  })
}

function presence(it: It): void {
  it('present resources come by uid, page by page, without those that went', async ({ ledger, epoch }) => {
    for (const uid of ['u3', 'u1', 'u2', 'u4']) await ledger.upsertResource(resource(uid, null))
    await ledger.markGone('u2', epoch)
    await ledger.settleResource('u3', { outcome: 'failed', generation: 4 }, epoch)
    const first = await ledger.presentResources(null, 2)
    assert.deepEqual(
      first.map((row) => [row.uid, row.finished, row.generation]),
      [
        ['u1', false, null],
        ['u3', true, 4],
      ],
    )
    const second = await ledger.presentResources('u3', 2)
    assert.deepEqual(
      second.map((row) => row.uid),
      ['u4'],
    )
  })

  it('a resource keeps the time at which it went first', async ({ ledger, epoch }) => {
    await ledger.upsertResource(resource('uid-1', null))
    const first = touched(await ledger.markGone('uid-1', epoch))
    assert.equal(touched(await ledger.markGone('uid-1', epoch)).goneAt, first.goneAt)
  })
}

function launches(it: It): void {
  it('an attempt counts its first Job, and each further one before it is made', async ({ ledger, epoch }) => {
    const { job } = await ledger.insertJob(newJob())
    const opened = touched(await ledger.openAttempt(opening(job.jobId, 0, epoch, { requestId: 'r-1' })))
    assert.deepEqual([opened.jobsMade, opened.requestId], [1, 'r-1'])
    const steer = { jobId: job.jobId, attempt: 1, epoch }
    assert.equal(touched(await ledger.countJob(steer)).jobsMade, 2)
    assert.equal(touched(await ledger.countJob(steer)).jobsMade, 3)
  })

  it('no Job is counted for an attempt that is claimed, ended, or another', async ({ ledger, epoch }) => {
    const { job } = await runningJob(ledger, epoch)
    const ended = await completedJob(ledger, epoch)
    const { job: waiting } = await ledger.insertJob(newJob())
    await ledger.openAttempt(opening(waiting.jobId, 0, epoch))
    for (const steer of [
      { jobId: job.jobId, attempt: 1, epoch },
      { jobId: ended.jobId, attempt: 1, epoch },
      { jobId: waiting.jobId, attempt: 2, epoch },
      { jobId: waiting.jobId, attempt: 1, epoch: epoch - 1 },
    ]) {
      assert.equal(await ledger.countJob(steer), 'fenced')
    }
  })

  it('active jobs are counted by kind, status and priority', async ({ ledger, epoch }) => {
    await ledger.insertJob(newJob({ priority: 'high' }))
    await ledger.insertJob(newJob({ priority: 'high' }))
    await runningJob(ledger, epoch)
    await completedJob(ledger, epoch)
    assert.deepEqual(await ledger.countActive(), [
      { kind: 'backtest', status: 'pending', priority: 'high', count: 2 },
      { kind: 'backtest', status: 'running', priority: 'normal', count: 1 },
    ])
  })

  it('a finished resource is taken back by a request, and its end is noted once', async ({ ledger, epoch }) => {
    await ledger.upsertResource(resource('uid-1', null))
    const first = touched(await ledger.settleResource('uid-1', { outcome: 'failed', generation: 1 }, epoch))
    const again = touched(await ledger.settleResource('uid-1', { outcome: 'failed', generation: 2 }, epoch))
    assert.deepEqual([again.finishedAt, again.generation], [first.finishedAt, 2])
    const back = touched(await ledger.reopenResource('uid-1', 'rerun-1', epoch))
    assert.deepEqual([back.finishedAt, back.outcome, back.handledRequest], [null, null, 'rerun-1'])
  })
}

function stores(it: It): void {
  const wordsOf = async ({ ledger }: Bench) => (await ledger.storeWords()).words
  const endsFull = async ({ ledger, epoch }: Bench & { epoch: number }, namespace: string) => {
    const { job } = await runningJob(ledger, epoch, { namespace })
    const failure = { errorClass: 'storage_full', message: 'no room', delayMs: 60_000 }
    return touched(await ledger.retry({ jobId: job.jobId, attempt: 1, epoch }, failure))
  }

  it('of stores that nobody spoke of nothing is known', async (at) => {
    await completedJob(at.ledger, at.epoch)
    assert.deepEqual(await wordsOf(at), [])
  })

  it('an attempt that ended for want of room speaks for the store of its namespace alone', async (at) => {
    await completedJob(at.ledger, at.epoch, { namespace: 'full' })
    await completedJob(at.ledger, at.epoch, { namespace: 'other' })
    const { updatedAt } = await endsFull(at, 'full')
    const word = { namespace: 'full', committedSince: false, largestBytes: 5_000_000_000, measured: null }
    assert.deepEqual(await wordsOf(at), [{ ...word, fullAt: updatedAt }])
  })

  it('a result that was committed after that is known, and one of another namespace is none', async (at) => {
    await endsFull(at, 'full')
    await completedJob(at.ledger, at.epoch, { namespace: 'other' })
    assert.deepEqual(
      (await wordsOf(at)).map(({ committedSince }) => committedSince),
      [false],
    )
    await completedJob(at.ledger, at.epoch, { namespace: 'full' })
    assert.deepEqual(
      (await wordsOf(at)).map(({ committedSince }) => committedSince),
      [true],
    )
  })

  it('the newest measurement of a store stands, with the time it was made', async (at) => {
    await at.ledger.noteRoom('quant', { usedBytes: 1, freeBytes: 2, totalBytes: 3 })
    const [first] = await wordsOf(at)
    await at.ledger.noteRoom('quant', { usedBytes: 6_000_000_000_000, freeBytes: null, totalBytes: null })
    const [second, ...more] = await wordsOf(at)
    assert.deepEqual(more, [])
    assert.deepEqual([first?.measured?.freeBytes, first?.fullAt, first?.largestBytes], [2, null, null])
    const { at: measuredAt, ...room } = second?.measured ?? { at: '' }
    assert.deepEqual(room, { usedBytes: 6_000_000_000_000, freeBytes: null, totalBytes: null })
    assert.ok(measuredAt > (first?.measured?.at ?? ''))
  })

  it('an end of two days ago is no word any more', async (at) => {
    const { jobId } = await endsFull(at, 'full')
    const old = "UPDATE backtest_attempts SET completed_at = now() - interval '2 days' WHERE job_id = $1"
    await at.database.query(old, [jobId])
    assert.deepEqual(await wordsOf(at), [])
  })
}

/** The fields of one that another has. */
function pick(from: object, like: object): object {
  return Object.fromEntries(Object.keys(like).map((key) => [key, (from as Record<string, unknown>)[key]]))
}
