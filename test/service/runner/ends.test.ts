import { strict as assert } from 'node:assert'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { touched } from '../../contract/ledger/builders.ts'
import { manifest } from '../../flow/cli-process.ts'
import { startWorld, type World } from './cluster-world.ts'
import { HELD, type PodProcess, until } from './pod-process.ts'

/** A run of 145 days that is over long after any test: only what hits it ends it. */
const SLOW = { HINDCAST_TEST_PACE_MS: '2000' }
const world = await startWorld([manifest('one')])
if ('skipped' in world) test('how a pod ends', { skip: world.skipped }, () => {})
else suite(world)

function suite(w: World): void {
  after(() => w.stop())

  const started = async (env: Readonly<Record<string, string>> = SLOW, node: string[] = []) => {
    const plan = await w.plan(manifest('one'))
    const attempt = await w.open(plan)
    const pod = w.pod(attempt, plan, env, node)
    const steer = { jobId: plan.jobId, attempt: attempt.attempt, epoch: w.epoch }
    return { plan, attempt, pod, steer }
  }
  const computing = (pod: PodProcess) => pod.said('attempt_stage', { stage: 'computing' })

  test('a pod that is killed without a word leaves a row that says running, and nothing in the store', async () => {
    const { plan, attempt, pod } = await started()
    await computing(pod)
    pod.child.kill('SIGKILL')
    const ended = await pod.ended
    assert.deepEqual([ended.signal, ended.words, w.left(attempt)], ['SIGKILL', '', []])
    assert.equal((await w.job(plan)).status, 'running')
  })

  test('SIGTERM without a cancel ends it as an interruption, and leaves the row to the operator', async () => {
    const { plan, attempt, pod } = await started()
    await computing(pod)
    pod.child.kill('SIGTERM')
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome, termination?.class], [143, 'interrupted', null])
    assert.ok((termination?.pct ?? 0) >= 20)
    assert.deepEqual([(await w.job(plan)).status, w.left(attempt)], ['running', []])
  })

  test('SIGTERM of a run that was asked to cancel is a cancel, also when no beat has told it so', async () => {
    const slowBeats = { ...SLOW, HINDCAST_BEAT_MS: '3600000', HINDCAST_ROW_BEAT_MS: '3600000' }
    const { plan, attempt, pod } = await started(slowBeats)
    await computing(pod)
    touched(await w.ledger.requestCancel(plan.jobId, 'ada'))
    pod.child.kill('SIGTERM')
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome], [77, 'cancelled'])
    const job = await w.job(plan)
    assert.deepEqual([job.status, job.errorClass, w.left(attempt)], ['cancelled', 'cancelled', []])
    assert.ok(job.progressPct >= 20, 'progress is kept')
  })

  test('a cancel in Redis alone is seen with a beat, and one of another attempt is not', async () => {
    const { plan, attempt, pod } = await started({ ...SLOW, HINDCAST_ROW_BEAT_MS: '3600000' })
    await computing(pod)
    await w.channel.flagCancel(plan, attempt.attempt - 1, 3600)
    const key = { ...plan, attempt: attempt.attempt, parallelism: 1 }
    const seq = async () => (await w.channel.readBeats([key]))[0]?.[0]?.seq ?? 0
    const before = await seq()
    await until('three beats after the stale flag', async () => (await seq()) >= before + 3)
    assert.equal(pod.child.exitCode, null)
    await w.channel.flagCancel(plan, attempt.attempt, 3600)
    assert.equal((await pod.ended).code, 77)
    assert.deepEqual([(await w.job(plan)).status, w.left(attempt)], ['cancelled', []])
    await w.channel.clear(plan)
  })

  test('a cancel in the row alone is seen with a beat of the row', async () => {
    const { plan, attempt, pod } = await started()
    await computing(pod)
    touched(await w.ledger.requestCancel(plan.jobId, 'ada'))
    assert.equal((await pod.ended).code, 77)
    assert.deepEqual([(await w.job(plan)).status, w.left(attempt)], ['cancelled', []])
  })

  test('a stopped process that wakes after it was given up finds itself fenced, and writes nothing', async () => {
    const { plan, attempt, pod, steer } = await started()
    await computing(pod)
    pod.child.kill('SIGSTOP')
    touched(await w.ledger.lost(steer, { errorClass: 'heartbeat_lost', message: 'worker heartbeat lost' }))
    const lost = await w.job(plan)
    pod.child.kill('SIGCONT')
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome], [78, 'fenced'])
    assert.deepEqual([await w.job(plan), w.left(attempt)], [lost, []])
  })

  test('of two pods of one attempt the newer one completes, and the older one leaves nothing', async () => {
    const { plan, attempt, pod } = await started()
    await computing(pod)
    const newer = w.pod(attempt, plan)
    assert.equal((await pod.ended).code, 78)
    assert.equal((await newer.ended).code, 0, newer.text())
    const job = await w.job(plan)
    assert.deepEqual([job.status, job.workerId], ['completed', `name-of-${newer.podUid}`])
    assert.deepEqual(w.left(attempt), [String(attempt.attempt)])
    assert.deepEqual(w.files(job.resultPath), w.laptop(plan.jobId))
  })

  test('a pod of an older attempt computes nothing', async () => {
    const { plan, attempt, pod } = await started()
    await computing(pod)
    const next = await w.open(plan)
    const zombie = w.pod(attempt, plan)
    assert.equal((await zombie.ended).code, 78)
    assert.ok(zombie.lines.some((line) => line.event === 'fenced_writer'))
    assert.equal((await pod.ended).code, 78)
    assert.equal((await w.job(plan)).attempt, next.attempt)
  })

  test('its own clock counts from the start of the process, and ends it with limit and date', async () => {
    const shifted = ['--import', join(import.meta.dirname, 'shift-clock.ts')]
    const { plan, attempt, pod } = await started({ HINDCAST_TEST_PACE_MS: '200', BACKTEST_JOB_TIMEOUT: '300' }, shifted)
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.class], [76, 'timeout'])
    const job = await w.job(plan)
    assert.deepEqual([job.status, job.errorClass, w.left(attempt)], ['failed', 'timeout', []])
    assert.match(job.errorMessage ?? '', /^timed out after 300 s, at 2015-\d\d-\d\d; raise timeoutSeconds/)
    assert.equal(termination?.message, job.errorMessage)
  })

  test('memory above its own limit ends it with limit and peak in row and message', async () => {
    const { plan, attempt, pod } = await started({
      HINDCAST_TEST_PACE_MS: '60',
      HINDCAST_TEST_BALLAST_MIB: '700@2015-07-01',
      BACKTEST_JOB_MEMORY_LIMIT: String(512 * 1024 ** 2),
    })
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.class], [79, 'memory_limit'])
    const job = await w.job(plan)
    assert.deepEqual([job.status, job.errorClass, w.left(attempt)], ['failed', 'memory_limit', []])
    assert.match(job.errorMessage ?? '', /memory reached \d+ MiB.*the limit is 512 MiB.*raise memoryLimit/)
    assert.ok((termination?.peakMemory ?? 0) > 448 * 1024 ** 2)
  })

  test('a wrong environment ends it with 1 and the names of the variables, for people and in the log', async () => {
    const { pod } = await started({ HINDCAST_ATTEMPT: 'three', DATABASE_URL: 'mysql://u:s3cret@h' })
    const ended = await pod.ended
    assert.deepEqual([ended.code, ended.termination], [1, null])
    assert.match(ended.words, /HINDCAST_ATTEMPT="three".*|DATABASE_URL.*/)
    for (const name of ['HINDCAST_ATTEMPT', 'DATABASE_URL']) assert.ok(ended.words.includes(name))
    assert.equal(pod.lines[0]?.event, 'worker_startup_failed')
    assert.ok(!`${pod.text()}${ended.words}`.includes('s3cret'))
  })

  test('variables for tests are refused in production', async () => {
    const { pod } = await started({ ...SLOW, HINDCAST_ENV: 'production' })
    const { code, words } = await pod.ended
    assert.equal(code, 1)
    assert.match(words, /HINDCAST_TEST_PACE_MS is for tests/)
  })

  test('a row whose computation was changed is refused before anything is claimed', async () => {
    const plan = await w.plan(manifest('tampered', { weightMethod: 'rank' }))
    assert.ok(plan.kind === 'Backtest')
    // Id and hash are those of what the row held before.
    const changed = { ...plan, backtest: { ...plan.backtest, weightMethod: 'quantile' as const } }
    const pod = w.pod(await w.open(changed), plan)
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.class], [64, 'config_invalid'])
    assert.match(termination?.message ?? '', /the row was changed/)
    assert.equal((await w.job(plan)).startedAt, null)
  })

  test('a pod in another namespace than its row is refused', async () => {
    const { plan, pod } = await started({ HINDCAST_NAMESPACE: 'other' })
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.class], [64, 'config_invalid'])
    assert.equal((await w.job(plan)).status, 'pending')
  })

  test('a snapshot that the store has lost is a data error, and the row never says running', async () => {
    const { plan, pod } = await started({ HINDCAST_DATASETS: '/nowhere' })
    const { code, termination } = await pod.ended
    assert.equal(code, 65, pod.text())
    assert.equal(termination?.outcome, 'failed')
    const job = await w.job(plan)
    assert.deepEqual([job.status, job.startedAt], ['pending', null])
  })

  test('a store that cannot be written is told of before anything is claimed', async () => {
    const { plan, pod } = await started({ HINDCAST_ARTIFACTS: '/dev/null/artifacts' })
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.class], [75, 'storage_error'])
    assert.equal((await w.job(plan)).status, 'pending')
  })

  test('a store that goes away in the middle ends the pod, and leaves it to the operator to try again', async () => {
    const gone = `${w.artifactsDir}-gone`
    const { plan, pod, steer } = await started({ HINDCAST_ARTIFACTS: gone }, HELD)
    await pod.held()
    rmSync(gone, { recursive: true })
    writeFileSync(gone, '')
    pod.goOn()
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.outcome, termination?.class], [75, 'failed', 'storage_error'], pod.text())
    assert.equal((await w.job(plan)).status, 'running')
    const again = await w.ledger.retry(steer, { errorClass: 'storage_error', message: 'gone', delayMs: 0 })
    assert.equal(touched(again).status, 'pending')
  })
}
