import { strict as assert } from 'node:assert'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { ResourceStatus } from '../../core/status/shape.ts'
import { systemClock } from '../../kube/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import { loadOperatorConfig } from '../../operator/config.ts'
import { lead, step } from '../../operator/lead.ts'
import { assemble, type Parts } from '../../operator/parts.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openPglite } from '../../storage/ledger/open.ts'
import { memoryProgress } from '../../storage/progress/memory.ts'
import { result } from '../contract/ledger/builders.ts'
import type { SimulatedPod } from '../world/api-server/container.ts'
import { createMemoryCluster, type MemoryCluster } from '../world/memory-cluster.ts'

/** The operator whole, on a simulated API server and a real ledger, in real time with short clocks. */

const folder = mkdtempSync(join(tmpdir(), 'hindcast-operator-'))
const clock = systemClock({ now: () => Date.now(), monotonic: () => performance.now() })
const NAMESPACE = 'default'
let ledger: Ledger
let cluster: MemoryCluster
let parts: Parts
let leading: AbortController
/** What the next pods do with the record. */
let runner: (pod: SimulatedPod) => Promise<void> = succeed

const config = loadOperatorConfig({
  DATABASE_URL: 'postgres://not-used/x',
  REDIS_URL: 'redis://not-used',
  HINDCAST_NAMESPACE: NAMESPACE,
  HINDCAST_RUNNER_IMAGE: 'example/runner:1',
  HINDCAST_STORE: 'pvc:results',
  HINDCAST_BEAT_LOOK_MS: '200',
  HINDCAST_BEAT_LOST_MS: '2000',
  HINDCAST_RETRY_MS: '300,300,300',
  HINDCAST_STATUS_MS: '100',
  HINDCAST_CANCEL_DELETE_MS: '300',
  HINDCAST_CANCEL_FORCE_MS: '600',
  HINDCAST_CANCEL_SETTLE_MS: '900',
})

before(async () => {
  ledger = await openPglite(join(folder, 'home'))
  cluster = createMemoryCluster({
    clock,
    machines: { program: () => ({ start: (pod) => void runner(pod).catch((thrown) => pod.exit(70, String(thrown))) }) },
  })
  await importPrices()
  startOperator()
})
afterEach(() => {
  for (const heart of hearts) clearInterval(heart)
  hearts.clear()
})
after(async () => {
  await stopOperator()
  cluster.stop()
  await ledger.close()
  rmSync(folder, { recursive: true, force: true })
})

function startOperator(): void {
  parts = assemble({
    cluster: cluster.client('operator'),
    ledger,
    checkRecord: async () => {},
    progress: memoryProgress(clock.monotonic),
    clock,
    random: Math.random,
    config,
    log: () => {},
    tell: () => {},
  })
  leading = new AbortController()
  void lead(parts, { identity: 'operator-1', signal: leading.signal, holds: () => true })
}

async function stopOperator(): Promise<void> {
  await step(parts, 5_000)
  leading.abort()
  parts.caches.stop()
}

async function importPrices(): Promise<void> {
  await ledger.insertSnapshot({
    snapshotId: 'sp500-2f6c0a91',
    dataset: 'sp500',
    fullSha256: '2f6c0a91'.repeat(8),
    location: 's3://nowhere',
    startDate: '2010-01-04',
    endDate: '2026-01-02',
    preset: 'native',
    names: 500,
    dates: 4000,
    roles: [],
    files: [],
    quality: null,
    createdBy: 'ada',
    securities: [],
  })
}

/** Claims its attempt and commits a result, as a runner does. */
async function succeed(pod: SimulatedPod): Promise<void> {
  const claim = await claimed(pod)
  const jobId = claim.jobId
  await ledger.complete(claim, result({ resultPath: `${NAMESPACE}/${jobId}/${claim.attempt}` }))
  pod.exit(0)
}

/** Of pods that run on for as long as their test. */
const hearts = new Set<NodeJS.Timeout>()

/** Claims its attempt and beats on, so that nothing but what a test does ends it. */
async function runOn(pod: SimulatedPod) {
  const claim = await claimed(pod)
  let seq = 0
  const beat = () => {
    seq += 1
    ledger.beat(claim, { seq, rssBytes: null, redisLost: false }).catch(() => {})
  }
  hearts.add(setInterval(beat, 200))
  return claim
}

async function claimed(pod: SimulatedPod) {
  const jobId = pod.env('HINDCAST_JOB_ID') ?? ''
  const attempt = Number(pod.env('HINDCAST_ATTEMPT'))
  const claim = { jobId, attempt, index: pod.index ?? 0, podUid: pod.uid }
  assert.notEqual(await ledger.claim({ ...claim, workerId: pod.name, nodeName: pod.node }), 'fenced')
  return claim
}

const example = parse(readFileSync(join(import.meta.dirname, '../../examples/momentum-sp500.yaml'), 'utf8'))

function apply(name: string, spec: object = {}): void {
  cluster.apply({ ...example, metadata: { name, namespace: NAMESPACE }, spec: { ...example.spec, ...spec } })
}

const ref = (name: string) => ({ kind: 'Backtest', namespace: NAMESPACE, name }) as const
const statusOf = (name: string) => (cluster.read(ref(name)) as KubeObject<unknown, ResourceStatus> | undefined)?.status
const holds = (name: string, type: string) =>
  statusOf(name)?.conditions?.find((condition) => condition.type === type)?.status

async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (await check()) return
    await sleep(20)
  }
  assert.fail(
    `not within 60 s: ${what}\n${JSON.stringify(
      cluster.all('Backtest').map((one) => one.status),
      null,
      1,
    )}`,
  )
}

const finished = (name: string) => until(`${name} finishes`, () => holds(name, 'Finished') === 'True')

test('a resource is recorded, admitted, run and shown with its result', async () => {
  apply('momentum')
  await finished('momentum')
  const status = statusOf('momentum')
  assert.deepEqual(
    [status?.phase, status?.attempt, status?.metrics?.mean_ic, status?.snapshotId, status?.resultPath],
    ['Completed', 1, '0.0125', 'sp500-2f6c0a91', `pvc:results/${NAMESPACE}/${status?.jobId}/1`],
  )
  const job = await ledger.findJob(status?.jobId ?? '')
  assert.deepEqual([job?.status, job?.createdBy], ['completed', `namespace:${NAMESPACE}`])
  await until('the Job has its time to live', () =>
    cluster
      .all('Job')
      .every((one) => (one.spec as { ttlSecondsAfterFinished?: number }).ttlSecondsAfterFinished !== undefined),
  )
})

test('the same computation under another name is answered without a Job', async () => {
  const before = cluster.all('Job').length
  apply('again')
  await finished('again')
  assert.equal(statusOf('again')?.jobId, statusOf('momentum')?.jobId)
  assert.equal(cluster.all('Job').length, before)
})

test('whoever waits for the same result has it as soon as it is there', async () => {
  let finish = () => {}
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  runner = async (pod) => {
    const claim = await runOn(pod)
    await held
    await ledger.complete(claim, result({ resultPath: `${NAMESPACE}/${claim.jobId}/1` }))
    pod.exit(0)
  }
  apply('holder', { startDate: '2014-05-01' })
  await until('it runs', () => statusOf('holder')?.phase === 'Running')
  apply('waiter', { startDate: '2014-05-01' })
  const waits = () => statusOf('waiter')?.conditions?.some(({ reason }) => reason === 'WaitingForIdentical') === true
  await until('it waits', waits)
  finish()
  // Which of the two is told first is nobody's promise.
  await finished('waiter')
  await finished('holder')
  assert.deepEqual([statusOf('waiter')?.phase, statusOf('holder')?.phase], ['Completed', 'Completed'])
  runner = succeed
})

test('a re-run label makes a further attempt with the same result', async () => {
  cluster.edit(ref('momentum'), { metadata: { labels: { 'hindcast.dev/request': 'rerun-20261123t100000z' } } })
  await until(
    'the second attempt ends',
    () => statusOf('momentum')?.attempt === 2 && holds('momentum', 'Finished') === 'True',
  )
  assert.deepEqual(
    [statusOf('momentum')?.phase, statusOf('momentum')?.handledRequest],
    ['Completed', 'rerun-20261123t100000z'],
  )
})

test('a bad parameter ends Failed with the known names, and makes no row', async () => {
  apply('typo', { alpha: { name: 'momentum', parameters: { lookbackDay: 252 } } })
  await finished('typo')
  assert.equal(statusOf('typo')?.phase, 'Failed')
  assert.match(statusOf('typo')?.error?.message ?? '', /lookbackDays/)
})

test('a runner that dies without a word fails the job, and it can be asked for again', async () => {
  runner = async (pod) => {
    await claimed(pod)
    pod.exit(137)
  }
  apply('killed', { startDate: '2016-01-04' })
  await finished('killed')
  assert.deepEqual([statusOf('killed')?.phase, statusOf('killed')?.error?.class], ['Failed', 'worker_lost'])
  runner = succeed
  cluster.edit(ref('killed'), { metadata: { labels: { 'hindcast.dev/request': 'rerun-20261123t100001z' } } })
  await until('the re-run completes', () => statusOf('killed')?.phase === 'Completed')
})

test('a run that hangs is lost when its beats stand still', async () => {
  runner = async (pod) => void (await claimed(pod))
  apply('hung', { startDate: '2016-02-01' })
  await finished('hung')
  assert.equal(statusOf('hung')?.error?.class, 'heartbeat_lost')
  runner = succeed
})

test('a cancel ends a running job, and its row', async () => {
  runner = async (pod) => void (await runOn(pod))
  apply('cancelled', { startDate: '2016-03-01' })
  await until('it runs', () => statusOf('cancelled')?.phase === 'Running')
  cluster.edit(ref('cancelled'), { metadata: { labels: { 'hindcast.dev/request': 'cancel-20261123t100002z' } } })
  await finished('cancelled')
  assert.equal(statusOf('cancelled')?.phase, 'Cancelled')
  runner = succeed
})

test('a resource that is deleted while it runs leaves a cancelled row and no Job', async () => {
  runner = async (pod) => void (await runOn(pod))
  apply('deleted', { startDate: '2016-04-01' })
  await until('it runs', () => statusOf('deleted')?.phase === 'Running')
  const jobId = statusOf('deleted')?.jobId ?? ''
  cluster.remove(ref('deleted'))
  await until('the row is cancelled', async () => (await ledger.findJob(jobId))?.status === 'cancelled')
  assert.equal((await ledger.findJob(jobId))?.errorClass, 'ResourceDeleted')
  runner = succeed
})

test('what happened while no operator was there is made good by the next one', async () => {
  runner = async (pod) => void (await runOn(pod))
  apply('orphan', { startDate: '2016-05-02' })
  await until('it runs', () => statusOf('orphan')?.phase === 'Running')
  const jobId = statusOf('orphan')?.jobId ?? ''
  await stopOperator()
  runner = succeed
  cluster.remove(ref('orphan'))
  apply('meanwhile', { startDate: '2016-06-01' })
  startOperator()
  await finished('meanwhile')
  await until('the row is cancelled', async () => (await ledger.findJob(jobId))?.status === 'cancelled')
})

test('never more than two of a priority run at once', async () => {
  let most = 0
  const live = new Set<string>()
  runner = async (pod) => {
    const claim = await claimed(pod)
    live.add(pod.uid)
    most = Math.max(most, live.size)
    // The first one runs on until another runs beside it.
    for (let beat = 1; beat <= 3 || most < 2; beat += 1) {
      await sleep(100)
      await ledger.beat(claim, { seq: beat, rssBytes: null, redisLost: false })
    }
    live.delete(pod.uid)
    await ledger.complete(claim, result({ resultPath: `${NAMESPACE}/${claim.jobId}/1` }))
    pod.exit(0)
  }
  const names = Array.from({ length: 6 }, (_, i) => `burst-${i}`)
  for (const [i, name] of names.entries()) apply(name, { startDate: `2017-0${i + 1}-03` })
  for (const name of names) await finished(name)
  assert.ok(names.every((name) => statusOf(name)?.phase === 'Completed'))
  assert.equal(most, 2)
  runner = succeed
})
