import { strict as assert } from 'node:assert'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import type { BacktestPlan } from '../../core/plan.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { databaseLedger } from '../../storage/ledger/database-ledger.ts'
import { pgliteDatabase } from '../../storage/ledger/engines/pglite.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { migrate, readMigrations } from '../../storage/ledger/migrate.ts'
import type { Database } from '../../storage/ledger/sql.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import { expireResults, purgeJob, sweepArtifacts } from '../../storage/out/janitor.ts'
import { openResult } from '../../storage/out/read-result.ts'
import { samplePlan, sampleResult } from './sample-result.ts'

const DAY_MS = 24 * 3_600_000
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'hindcast-janitor-')))
let database: Database
let ledger: Ledger
let root = ''
let store: BlobStore
let epoch = 0
/** The store's wall clock, shifted by a test. */
let aheadMs = 0
const ports = { now: () => Date.now() + aheadMs }
const janitor = () => ({ ...ports, store, ledger })

before(async () => {
  database = await pgliteDatabase(join(directory, 'ledger'))
  await migrate(database, readMigrations(), { installationId: null, adopt: false, refusal: 'home_invalid' })
  ledger = databaseLedger(database)
  epoch = await ledger.raiseEpoch('test')
})
beforeEach(async () => {
  await database.script('DELETE FROM backtest_jobs')
  root = mkdtempSync(join(directory, 'root-'))
  store = fileStore(root)
  aheadMs = 0
})
after(async () => {
  await ledger.close()
  rmSync(directory, { recursive: true })
})

/** A plan of its own for each name, so that every job of a test has another id. */
function planOf(namespace: string): BacktestPlan {
  return samplePlan({}, namespace)
}

/** Brings a job to a running attempt. */
async function start(plan: BacktestPlan): Promise<number> {
  const { jobId, configHash, namespace } = plan
  const inserted = await ledger.insertJob({
    jobId,
    configHash,
    kind: 'backtest',
    namespace,
    dataset: 'sp500',
    alphaName: 'momentum',
    startDate: '2015-01-01',
    endDate: '2015-12-31',
    weightMethod: 'zscore',
    config: {},
    createdBy: 'test',
    priority: 'normal',
    timeoutSeconds: 3600,
    deletionPolicy: 'retain',
  })
  const steer = { jobId, attempt: inserted.job.attempt, epoch }
  if (inserted.job.status !== 'pending') {
    await ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 })
  }
  const opened = await ledger.openAttempt({
    steer,
    atLeast: 1,
    cause: 'first',
    holderUid: null,
    deletionPolicy: 'retain',
    jobName: null,
    priority: 'normal',
    memoryLimitBytes: null,
    cpu: 1,
    timeoutSeconds: 3600,
    parallelism: 1,
  })
  assert.ok(opened !== 'fenced')
  await ledger.claim({ jobId, attempt: opened.attempt, index: 0, podUid: 'pod', workerId: 'w', nodeName: null })
  return opened.attempt
}

async function complete(plan: BacktestPlan): Promise<number> {
  const attempt = await start(plan)
  const input = {
    plan,
    result: sampleResult({ days: 3, names: 3 }),
    name: 'sample',
    attempt,
    claim: 'pod',
    engineVersion: '0.1.0',
    image: null,
    startedAt: new Date(0),
    completedAt: new Date(0),
    peakMemoryBytes: null,
  }
  const claim = { jobId: plan.jobId, attempt, index: 0, podUid: 'pod' }
  const { outcome } = await commitAttempt(input, {
    store,
    record: async (receipt) => ((await ledger.complete(claim, receipt)) === 'fenced' ? 'fenced' : 'recorded'),
  })
  assert.equal(outcome, 'recorded')
  return attempt
}

async function fail(plan: BacktestPlan, attempt: number): Promise<void> {
  const claim = { jobId: plan.jobId, attempt, index: 0, podUid: 'pod' }
  assert.notEqual(await ledger.fail(claim, { errorClass: 'engine_error', message: 'x' }), 'fenced')
}

/** What an attempt that was killed leaves: staging, or a folder that was published and not recorded. */
async function leave(plan: BacktestPlan, attempt: number, what: 'staging' | 'folder'): Promise<void> {
  const staging = await store.stage({ namespace: plan.namespace, jobId: plan.jobId, attempt }, 'killed')
  if (what === 'folder') await staging.publish()
}

async function age(days: number): Promise<void> {
  for (const [table, columns] of [
    ['backtest_jobs', 'completed_at = completed_at'],
    ['backtest_attempts', 'completed_at = completed_at'],
  ]) {
    await database.script(`UPDATE ${table} SET ${columns} - interval '${days} days' WHERE completed_at IS NOT NULL`)
  }
}

function names(plan: BacktestPlan): string[] {
  const folder = join(root, plan.namespace, plan.jobId)
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

const first = planOf('one')
const second = planOf('two')

test('leftovers of ended attempts go at once, the good result and the live attempt stay', async () => {
  await complete(first)
  const killed = await start(first)
  await leave(first, killed, 'folder')
  await leave(first, killed, 'staging')
  await fail(first, killed)
  const live = await start(first)
  await leave(first, live, 'staging')
  const { removed, kept, unsafe } = await sweepArtifacts(janitor(), { dryRun: false })
  assert.deepEqual(names(first), [`.staging-${live}-killed`, '1'])
  assert.deepEqual(removed.map(({ path }) => path).sort(), [
    `one/${first.jobId}/.staging-2-killed`,
    `one/${first.jobId}/2`,
  ])
  assert.deepEqual([kept, unsafe], [[], []])
})

test('a dry run names the same and removes nothing', async () => {
  await complete(first)
  await leave(first, 1, 'staging')
  const dry = await sweepArtifacts(janitor(), { dryRun: true })
  assert.deepEqual(names(first), ['.staging-1-killed', '1'])
  assert.deepEqual(await sweepArtifacts(janitor(), { dryRun: false }), dry)
})

test('a replaced result stays 7 days and then goes, once', async () => {
  await complete(first)
  await complete(first)
  await age(6.9)
  assert.deepEqual((await sweepArtifacts(janitor(), { dryRun: false })).removed, [])
  await age(0.2)
  const { removed } = await sweepArtifacts(janitor(), { dryRun: false })
  assert.deepEqual(removed, [{ path: `one/${first.jobId}/1`, why: 'replaced more than 7 days ago' }])
  assert.deepEqual(names(first), ['2'])
  assert.deepEqual((await sweepArtifacts(janitor(), { dryRun: false })).removed, [])
})

test('a folder that the record does not know goes after 7 days', async () => {
  await leave(first, 1, 'folder')
  aheadMs = 6.9 * DAY_MS
  await sweepArtifacts(janitor(), { dryRun: false })
  assert.deepEqual(names(first), ['1'])
  aheadMs = 7.1 * DAY_MS
  await sweepArtifacts(janitor(), { dryRun: false })
  assert.deepEqual(names(first), [])
})

test('retention removes artifacts and row of what is older, and keeps the younger', async () => {
  await complete(first)
  await age(2)
  await complete(second)
  await age(89)
  const { removed } = await expireResults(janitor(), { days: 90, dryRun: false })
  assert.deepEqual(
    removed.map(({ path }) => path),
    [`one/${first.jobId}`],
  )
  assert.equal(await ledger.findJob(first.jobId), null)
  assert.deepEqual(names(first), [])
  assert.deepEqual(names(second), ['1'])
})

test('retention of 0 days removes everything terminal and nothing active', async () => {
  await complete(first)
  await start(second)
  await expireResults(janitor(), { days: 0, dryRun: false })
  assert.equal(await ledger.findJob(first.jobId), null)
  assert.equal((await ledger.findJob(second.jobId))?.status, 'running')
})

test('a pinned job outlives retention', async () => {
  await complete(first)
  await ledger.pinJob(first.jobId, true)
  assert.deepEqual((await expireResults(janitor(), { days: 0, dryRun: false })).removed, [])
  assert.deepEqual(names(first), ['1'])
})

test('a dry run of retention names the jobs and removes none', async () => {
  await complete(first)
  await complete(second)
  const { removed } = await expireResults(janitor(), { days: 0, dryRun: true })
  assert.equal(removed.length, 2)
  assert.deepEqual(names(first), ['1'])
})

test('a row whose artifacts cannot be removed stays, the others go, and the next run removes it', async () => {
  await complete(first)
  await age(1)
  await complete(second)
  let broken = true
  const failing: BlobStore = {
    ...store,
    removeJob: async (job) => {
      if (broken && job.jobId === first.jobId) throw new Error('device busy')
      return store.removeJob(job)
    },
  }
  const { kept, removed } = await expireResults({ ...janitor(), store: failing }, { days: 0, dryRun: false })
  assert.deepEqual(kept, [{ path: `one/${first.jobId}`, why: 'device busy' }])
  assert.deepEqual(
    removed.map(({ path }) => path),
    [`two/${second.jobId}`],
  )
  assert.notEqual(await ledger.findJob(first.jobId), null)
  broken = false
  await expireResults({ ...janitor(), store: failing }, { days: 0, dryRun: false })
  assert.equal(await ledger.findJob(first.jobId), null)
})

test('artifacts that went and a row that could not: the next run removes the row', async () => {
  await complete(first)
  const broken = {
    ...ledger,
    purgeJob: async (_: string, files: Parameters<Ledger['purgeJob']>[1]) => {
      await files((await ledger.findJob(first.jobId)) as never)
      throw new Error('connection lost')
    },
  }
  await assert.rejects(expireResults({ ...janitor(), ledger: broken }, { days: 0, dryRun: false }), /connection lost/)
  assert.deepEqual(names(first), [])
  assert.notEqual(await ledger.findJob(first.jobId), null)
  await expireResults(janitor(), { days: 0, dryRun: false })
  assert.equal(await ledger.findJob(first.jobId), null)
})

test('a job whose folder is a link is a security event: nothing is removed, the row stays', async () => {
  await complete(first)
  rmSync(join(root, 'one'), { recursive: true })
  const outside = join(root, '..', 'precious')
  mkdirSync(join(outside, '1'), { recursive: true })
  mkdirSync(join(root, 'one'))
  symlinkSync(outside, join(root, 'one', first.jobId))
  const { unsafe } = await expireResults(janitor(), { days: 0, dryRun: false })
  assert.deepEqual(unsafe, [`one/${first.jobId}`])
  assert.ok(existsSync(join(outside, '1')))
  assert.notEqual(await ledger.findJob(first.jobId), null)
})

test('a completed job whose folder is gone keeps its row and metrics, and reads as missing artifacts', async () => {
  await complete(first)
  rmSync(join(root, 'one'), { recursive: true })
  const job = await ledger.findJob(first.jobId)
  assert.equal(job?.status, 'completed')
  assert.equal(job?.meanIc, sampleResult().metrics.mean_ic)
  const open = openResult(store, { resultPath: job?.resultPath ?? null, manifestSha256: null }, { verify: true })
  await assert.rejects(open, { code: 'artifacts_missing' })
  await complete(first)
  const again = await ledger.findJob(first.jobId)
  await openResult(store, again as never, { verify: true })
  assert.equal(again?.contentSha256, job?.contentSha256)
})

test('purge removes one job and leaves its neighbour', async () => {
  await complete(first)
  await complete(second)
  await purgeJob(janitor(), (await ledger.findJob(first.jobId)) as never)
  assert.equal(await ledger.findJob(first.jobId), null)
  assert.deepEqual([names(first), names(second)], [[], ['1']])
})
