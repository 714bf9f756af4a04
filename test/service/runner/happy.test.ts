import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { document, manifest } from '../../flow/cli-process.ts'
import { startWorld, type World } from './cluster-world.ts'
import { until } from './pod-process.ts'

const BACKTEST = manifest('source', { costModel: {}, quantiles: { minObservationsPerDate: 20 } })
const WALK = document('WalkForward', 'walk', {
  backtest: {
    dataset: 'tiny',
    alpha: { name: 'reversal' },
    startDate: '2015-01-05',
    endDate: '2015-12-31',
    costModel: {},
  },
  windows: { trainMonths: 4, testMonths: 2, stepMonths: 4, minTrainDays: 60 },
  search: { parameters: { winsorizePct: [0.01, 0.05], lookbackDays: [5, 10] } },
})
const PATHS = (source: object) => document('MonteCarlo', 'paths', { ...source, simulations: 3000, seed: 7 })

const world = await startWorld([BACKTEST, WALK, PATHS({ backtestRef: { name: 'source' } })])
if ('skipped' in world) test('a pod', { skip: world.skipped }, () => {})
else suite(world)

function suite(w: World): void {
  after(() => w.stop())

  test('a Backtest in a pod is recorded, and its files are the laptop’s to the last byte', async () => {
    const plan = await w.plan(BACKTEST)
    const attempt = await w.open(plan)
    const pod = w.pod(attempt, plan, {
      HINDCAST_NODE_NAME: 'node-1',
      HINDCAST_IMAGE_DIGEST: 'sha256:0a1b',
      HINDCAST_REQUEST_ID: 'r-1',
      HINDCAST_THREADS: '2',
    })
    const ended = await pod.ended
    assert.equal(ended.code, 0, pod.text())
    const job = await w.job(plan)
    assert.deepEqual([job.status, job.progressPct, job.workerId], ['completed', 100, `name-of-${pod.podUid}`])
    assert.deepEqual(w.files(job.resultPath), w.laptop(plan.jobId))
    const found = await w.ledger.findAttempt(plan.jobId, attempt.attempt)
    assert.deepEqual([found?.nodeName, found?.imageDigest], ['node-1', 'sha256:0a1b'])
    const stored = JSON.parse(readFileSync(join(w.artifactsDir, job.resultPath ?? '', 'manifest.json'), 'utf8'))
    assert.deepEqual([stored.claim, stored.image, stored.name], [pod.podUid, 'sha256:0a1b', 'in-a-pod'])

    assert.ok(ended.termination?.result != null)
    const { result } = ended.termination
    assert.deepEqual(
      [result.contentSha256, result.manifestSha256, result.resultPath, result.engineRevision],
      [job.contentSha256, job.manifestSha256, job.resultPath, job.engineRevision],
    )
    assert.deepEqual([ended.termination.outcome, ended.termination.pct], ['completed', 100])
    const metrics = Object.fromEntries(
      Object.entries(job.metrics ?? {}).map(([name, value]) => [name, Number.isNaN(value) ? null : value]),
    )
    assert.deepEqual(result.metrics, metrics)
    assert.deepEqual(result.costSummary, job.costSummary)
    assert.deepEqual(result.datasetVersionIds, job.datasetVersionIds)

    assert.deepEqual(
      pod.lines.map((line) => (line.event === 'attempt_stage' ? line.stage : line.event)),
      [
        'worker_starting',
        'init_dependencies',
        'started',
        'loading_data',
        'computing',
        'saving_parquet',
        'saving_db',
        'completed',
        'commit_ok',
        'worker_ended',
      ],
    )
    for (const line of pod.lines) {
      assert.deepEqual(
        [line.job_id, line.attempt, line.pod, line.component, line.trace_id],
        [plan.jobId, attempt.attempt, `name-of-${pod.podUid}`, 'runner', 'r-1'],
      )
    }
    const { channel } = w
    const [note] = await channel.read([{ ...plan, attempt: attempt.attempt }])
    assert.deepEqual([note?.percent, note?.stage], [100, 'completed'])
    const [beats] = await channel.readBeats([{ ...plan, attempt: attempt.attempt, parallelism: 1 }])
    assert.equal(beats?.[0]?.podUid, pod.podUid)
  })

  test('a MonteCarlo in a pod reads the result its source committed, and gives the laptop’s files', async () => {
    const source = await w.plan(BACKTEST)
    const plan = await w.plan(PATHS({ backtestRef: { jobId: source.jobId } }))
    const pod = w.pod(await w.open(plan), plan)
    assert.equal((await pod.ended).code, 0, pod.text())
    const job = await w.job(plan)
    assert.deepEqual(w.files(job.resultPath), w.laptop(plan.jobId))
    assert.ok((await w.ledger.findIntervals(plan.jobId, job.attempt)).length > 0)
  })

  test('a WalkForward in a pod gives the laptop’s files', async () => {
    const plan = await w.plan(WALK)
    const pod = w.pod(await w.open(plan), plan)
    assert.equal((await pod.ended).code, 0, pod.text())
    const job = await w.job(plan)
    assert.deepEqual(w.files(job.resultPath), w.laptop(plan.jobId))
    assert.ok((await w.ledger.findWindows(plan.jobId, job.attempt)).length > 0)
  })

  test('while it computes, Redis and the row show where it is, and both beat with one count', async () => {
    const plan = await w.plan(BACKTEST)
    const attempt = await w.open(plan)
    // Some 25 of 145 days are waited for below, and the kill ends the rest.
    const pod = w.pod(attempt, plan, { HINDCAST_TEST_PACE_MS: '300' })
    const { channel } = w
    const key = { ...plan, attempt: attempt.attempt, parallelism: 1 }
    const note = await until('a date in Redis', async () => {
      const [found] = await channel.read([key])
      return found?.date === null ? null : found
    })
    assert.equal(note.stage, 'computing')
    const [first] = (await channel.readBeats([key]))[0] ?? []
    const moved = await until('the beat moves', async () => {
      const [found] = (await channel.readBeats([key]))[0] ?? []
      return (found?.seq ?? 0) > (first?.seq ?? 0) && found
    })
    assert.ok((moved.rssBytes ?? 0) > 1_000_000)
    const opened = await until('the row beats past it', async () => {
      const all = await w.ledger.openAttempts()
      const claim = all.find(({ job }) => job.jobId === plan.jobId)?.claims[0]
      return (claim?.heartbeatSeq ?? 0) > moved.seq && claim
    })
    assert.deepEqual([opened.podUid, opened.redisLost], [pod.podUid, false])
    await until('the row has a percentage', async () => (await w.job(plan)).progressPct >= 30)
    pod.child.kill('SIGKILL')
    const ended = await pod.ended
    assert.deepEqual([ended.signal, ended.words], ['SIGKILL', ''])
    assert.equal((await w.job(plan)).status, 'running')
  })
}
