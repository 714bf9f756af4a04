import { strict as assert } from 'node:assert'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import { openBucket } from '../../storage/blobs/s3/bucket.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { parseStore, type S3Config } from '../../storage/blobs/store-config.ts'
import type { Job, Ledger } from '../../storage/ledger/ledger.ts'
import { openLedger } from '../../storage/ledger/open.ts'
import { type CommitOutcome, commitAttempt, type RecordReceipt } from '../../storage/out/commit-attempt.ts'
import { exportResult } from '../../storage/out/export.ts'
import { expireResults, purgeJob, sweepArtifacts } from '../../storage/out/janitor.ts'
import type { BacktestComputed } from '../../storage/out/kinds/backtest.ts'
import { openResult, readBacktest } from '../../storage/out/read-result.ts'
import type { StageInput } from '../../storage/out/stage.ts'
import { newJob, opening } from '../contract/ledger/builders.ts'
import { COST_MODEL, QUANTILES, samplePlan, sampleResult } from '../contract/sample-result.ts'
import { startS3, type TestS3 } from './s3.ts'

const s3 = await startS3()
if ('skipped' in s3) test('results in S3', { skip: s3.skipped }, () => {})
else suite(s3)

interface Room {
  readonly url: string
  readonly config: S3Config
  readonly store: BlobStore
}

const DAY_MS = 24 * 3_600_000

function suite(server: TestS3): void {
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-artifacts-s3-'))
  let ledger: Ledger
  before(async () => {
    ledger = await openLedger({ home: join(folder, 'home') })
  })
  after(async () => {
    await ledger.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  let count = 0
  const room = (scope: { namespace?: string } = {}): Room => {
    const url = server.bucket()
    const config = { ...(parseStore(`${url}`, server.env) as S3Config), scratchDir: join(folder, `scratch-${++count}`) }
    return { url, config, store: openStore(config, { now: () => Date.now(), ...scope }) }
  }
  results(room, folder)
  damaged(server, room)
  cleaning(room, () => ledger)
}

const plan = samplePlan({ costModel: COST_MODEL, quantiles: QUANTILES })
const input: StageInput<BacktestComputed> = {
  plan,
  result: sampleResult({ costs: true, quantiles: true, blend: true }),
  name: 'sample',
  attempt: 1,
  claim: 'pod-1',
  engineVersion: '0.1.0',
  image: null,
  startedAt: new Date('2026-01-02T03:04:05Z'),
  completedAt: new Date('2026-01-02T03:04:06Z'),
  peakMemoryBytes: 123,
}
const resultPath = `default/${plan.jobId}/1`

function commit(store: BlobStore, change: Partial<typeof input> = {}, record: RecordReceipt = async () => 'recorded') {
  return commitAttempt({ ...input, ...change }, { store, record })
}

function receiptOf(outcome: CommitOutcome) {
  if (outcome.outcome !== 'recorded') throw new Error(`the commit is ${outcome.outcome}`)
  return outcome.receipt
}

async function entriesOf(store: BlobStore): Promise<string[]> {
  const found: string[] = []
  for await (const { namespace, name, kind } of store.entries()) found.push(`${namespace}/${name} ${kind}`)
  return found.sort()
}

function results(room: () => Room, folder: string): void {
  test('every file is byte for byte the one of a laptop, and only the place differs in the receipt', async () => {
    const { store } = room()
    const files = fileStore(join(folder, 'files'))
    const [a, b] = [receiptOf(await commit(store)), receiptOf(await commit(files))]
    assert.deepEqual({ ...a, location: '' }, { ...b, location: '' })
    const [inS3, onDisk] = [await store.open(resultPath), await files.open(resultPath)]
    assert.deepEqual(readdirSync(inS3).sort(), readdirSync(onDisk).sort())
    for (const name of readdirSync(onDisk)) {
      assert.ok(readFileSync(join(inS3, name)).equals(readFileSync(join(onDisk, name))), name)
    }
  })

  test('a result is read back as the engine gave it, and shown where it is', async () => {
    const { store, config } = room()
    const receipt = receiptOf(await commit(store))
    assert.equal(receipt.location, `s3://${config.bucket}/${resultPath}`)
    const opened = await openResult(store, receipt, { verify: true })
    assert.deepEqual((await readBacktest(opened)).metrics, input.result.metrics)
    const names = await exportResult(opened, join(folder, 'exported'))
    assert.ok(names.includes('signals.csv') && names.includes('daily_signals.parquet'))
  })

  test('a prefix is kept: two stores in one bucket do not see each other', async () => {
    const { config } = room()
    const [one, two] = ['one/', 'two/'].map((prefix) => openStore({ ...config, prefix }, { now: () => 0 }))
    await commit(one!)
    assert.deepEqual(await entriesOf(two!), [])
    await assert.rejects(two!.open(resultPath), { code: 'artifacts_missing' })
    assert.deepEqual(await entriesOf(one!), ['default/1 attempt'])
  })

  test('a fenced commit leaves nothing behind', async () => {
    const { store, config } = room()
    assert.deepEqual(await commit(store, {}, async () => 'fenced'), { outcome: 'fenced' })
    for await (const object of openBucket(config).list('')) assert.fail(object.key)
  })

  test('a commit whose record is out of reach keeps its files for the operator', async () => {
    const { store } = room()
    const away: RecordReceipt = async () => {
      throw new HindcastError('database_unavailable', 'the test wants it so')
    }
    assert.equal((await commit(store, {}, away)).outcome, 'unrecorded')
    await openResult(store, { resultPath, manifestSha256: null }, { verify: true })
  })

  test('a result that was opened is fetched once, and never served after it is gone', async () => {
    const { store } = room()
    await commit(store)
    const first = await store.open(resultPath)
    assert.equal(await store.open(resultPath), first)
    await store.remove({ ...plan, name: '1' })
    await assert.rejects(store.open(resultPath), { code: 'artifacts_missing' })
  })

  test('room for results is made by removing what was opened longest ago', async () => {
    const { config } = room()
    const clock = { now: Date.now() }
    const { s3Store } = await import('../../storage/blobs/s3/store.ts')
    const { artifactBytes } = receiptOf(await commit(openStore(config, { now: () => 0 }), { attempt: 9 }))
    const store = s3Store(config, { namespace: null, now: () => clock.now, openedBytes: 2.5 * artifactBytes })
    const paths: string[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      await commit(store, { attempt })
      paths.push(await store.open(`default/${plan.jobId}/${attempt}`))
      clock.now += DAY_MS
    }
    const kept = readdirSync(join(config.scratchDir, 'opened')).map((name) => join(config.scratchDir, 'opened', name))
    assert.deepEqual(kept.sort(), paths.slice(1).sort())
  })
}

function damaged(server: TestS3, room: () => Room): void {
  test('a file changed in the bucket is found by its hash', async () => {
    const { store, url } = room()
    await commit(store)
    writeFileSync(join(server.folder(url), resultPath, 'daily_ic.parquet'), 'not what was written')
    await assert.rejects(openResult(store, { resultPath, manifestSha256: null }, { verify: true }), {
      code: 'artifact_corrupt',
    })
  })

  test('a file missing in the bucket is named', async () => {
    const { store, url } = room()
    await commit(store)
    rmSync(join(server.folder(url), resultPath, 'daily_ic.parquet'))
    await assert.rejects(openResult(store, { resultPath, manifestSha256: null }, { verify: true }), /daily_ic/)
  })

  test('a manifest other than the recorded one is refused', async () => {
    const { store } = room()
    await commit(store)
    const asked = { resultPath, manifestSha256: '0'.repeat(64) }
    await assert.rejects(openResult(store, asked, { verify: false }), { code: 'artifact_corrupt' })
  })

  test('objects with names of somebody else are neither listed, fetched nor removed', async () => {
    const { store, url } = room()
    await commit(store)
    const place = join(server.folder(url), resultPath)
    writeFileSync(join(place, 'with space.txt'), 'x')
    writeFileSync(join(place, 'ünïcode'), 'x')
    assert.ok(!readdirSync(await store.open(resultPath)).some((name) => /space|code/.test(name)))
    assert.equal(await store.remove({ ...plan, name: '1' }), 'removed')
    assert.deepEqual(readdirSync(place).sort(), ['with space.txt', 'ünïcode'])
  })
}

function cleaning(room: (scope?: { namespace?: string }) => Room, ledger: () => Ledger): void {
  const janitor = (store: BlobStore, now = Date.now()) => ({ store, ledger: ledger(), now: () => now })

  /** A job whose first attempt runs, and a store that holds nothing yet. */
  async function running(namespace: string): Promise<{ job: Job; claim: { podUid: string; index: number } }> {
    const own = samplePlan({}, namespace)
    const epoch = await ledger().raiseEpoch('test')
    const { jobId, configHash } = own
    await ledger().insertJob(newJob({ jobId, configHash, namespace }))
    await ledger().openAttempt(opening(jobId, 0, epoch))
    const claim = { podUid: 'pod-1', index: 0 }
    const job = await ledger().claim({ jobId, attempt: 1, ...claim, workerId: 'pod', nodeName: null })
    if (job === 'fenced') throw new Error('the claim was fenced')
    return { job, claim }
  }

  const completing = (job: Job): RecordReceipt => {
    const { jobId } = job
    return async (receipt) => {
      const done = await ledger().complete({ jobId, attempt: 1, index: 0, podUid: 'pod-1' }, receipt)
      return done === 'fenced' ? 'fenced' : 'recorded'
    }
  }

  test('what an attempt left without a manifest is kept while it lives and removed when it has ended', async () => {
    const { store, config } = room()
    const { job } = await running('ended')
    await openBucket(config).put(`ended/${job.jobId}/1/daily_ic.parquet`, { bytes: Buffer.from('half') })
    assert.deepEqual((await sweepArtifacts(janitor(store), { dryRun: false })).removed, [])
    await ledger().fail({ jobId: job.jobId, attempt: 1, index: 0, podUid: 'pod-1' }, { errorClass: 'x', message: 'x' })
    const { removed } = await sweepArtifacts(janitor(store), { dryRun: false })
    assert.deepEqual(
      removed.map(({ path }) => path),
      [`ended/${job.jobId}/1`],
    )
    assert.deepEqual(await entriesOf(store), [])
  })

  test('a removal that was killed is ended by the sweep', async () => {
    const { store, config } = room()
    const { job } = await running('leaving')
    const bucket = openBucket(config)
    await bucket.put(`leaving/${job.jobId}/1/manifest.json`, { bytes: new Uint8Array(0) })
    await bucket.put(`leaving/${job.jobId}/1/daily_ic.parquet`, { bytes: Buffer.from('x') })
    assert.equal((await sweepArtifacts(janitor(store), { dryRun: false })).removed.length, 1)
    assert.deepEqual(await entriesOf(store), [])
  })

  test('a completed result stays through sweeps, and goes with its record: retention and purge', async () => {
    for (const [namespace, end] of [
      ['expired', async (store: BlobStore) => expireResults(janitor(store), { days: 0, dryRun: false })],
      ['purged', async (store: BlobStore, job: Job) => purgeJob(janitor(store), job)],
    ] as const) {
      const { store } = room()
      const { job } = await running(namespace)
      const own = samplePlan({}, namespace)
      await commit(store, { plan: own, result: sampleResult() }, completing(job))
      await sweepArtifacts(janitor(store, Date.now() + 30 * DAY_MS), { dryRun: false })
      assert.deepEqual(await entriesOf(store), [`${namespace}/1 attempt`])
      const { removed } = await end(store, job)
      assert.ok(removed.some(({ path }) => path === `${namespace}/${job.jobId}`))
      assert.deepEqual(await entriesOf(store), [])
      assert.equal(await ledger().findJob(job.jobId), null)
    }
  })

  test('a clean-up of one namespace sees nothing of another, whose rows it could not see either', async () => {
    const { config } = room()
    const all = openStore(config, { now: () => 0 })
    for (const namespace of ['team-a', 'team-b'])
      await commit(all, { plan: samplePlan({}, namespace), result: sampleResult() })
    const own = openStore(config, { now: () => 0, namespace: 'team-a' })
    assert.deepEqual(await entriesOf(own), ['team-a/1 attempt'])
    await sweepArtifacts(janitor(own, Date.now() + 30 * DAY_MS), { dryRun: false })
    assert.deepEqual(await entriesOf(all), ['team-b/1 attempt'])
    assert.ok((await own.usage()).bytes === 0 && (await all.usage()).bytes > 0)
  })
}
