import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { clusterAbsent } from './absent.ts'
import { waitFor } from './daemons.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import { apply, look, read } from './pods.ts'
import { ask, type BacktestStatus, filesOf, isEnded, rowOf, runnerPod, statusOf, submit, until } from './runs.ts'

/** A few seconds at the pace below. */
const SHORT = { startDate: '2015-01-02', endDate: '2015-06-30' }
/** Half a minute: a twin has that long from the first pod's claim on to be scheduled, start and claim. */
const LONG = { startDate: '2014-01-02', endDate: '2017-12-29' }
const VALUES = {
  test: { paceMs: 30 },
  clocks: { statusMs: 500, beatLookMs: 1_000, retryMs: [1_000, 2_000, 3_000], cleanupSoonMs: 10_000 },
}
/** Of the volume: the shipped prices take a part of it, and a fifth has to be free. */
const VOLUME_MIB = 96
/** Less than any result takes, and enough for a runner to find that it may write. */
const TOO_LITTLE = 100_000
/** A clean-up that came before there was room is followed by another one soon. */
const ROOM_LIMIT_MS = 360_000
const FENCED = 78
/** For pods to start, to find themselves fenced by a beat, and to be told of by the kubelet. */
const FENCED_LIMIT_MS = 180_000

suite('one attempt has one result, whatever becomes of its store and its pods', { skip: clusterAbsent() }, () => {
  let platform: TestPlatform
  before(async () => {
    platform = await startPlatform({ name: 'attempts', volumeMib: VOLUME_MIB, values: VALUES })
  })
  after(() => platform?.stop())

  test('a full volume ends the attempt and says so; it and the next one complete once there is room', async () => {
    const filler = join(platform.store, 'filler')
    fill(platform.store, filler)
    await submit(platform, { name: 'full', lookbackDays: 21, ...SHORT })
    const full = await until(platform, 'full', (status) => conditionOf(status, 'StorageFull')?.status === 'True')
    const { jobId } = full
    assert.deepEqual([full.phase, full.attempt, full.retries], ['Pending', 1, 1])
    assert.equal(full.error?.class, 'storage_full')
    assert.match(
      full.error?.message ?? '',
      /^pvc:hindcast-store\/quant\/\w+\/1 was not stored: .* of 100\.7 MB are free; /,
    )
    assert.match(conditionOf(full, 'StorageFull')?.message ?? '', /^pvc:hindcast-store is full: /)
    const { status, retry_count, error_class } = await rowOf(platform, jobId!)
    assert.deepEqual([status, retry_count, error_class], ['pending', 1, 'storage_full'])
    assert.deepEqual([filesOf(platform, jobId!), probesIn(platform.store)], [[], []])

    await submit(platform, { name: 'held', lookbackDays: 22, ...SHORT })
    await until(platform, 'held', (held) => conditionOf(held, 'Admitted')?.reason === 'StorageFull')
    // The delay of the retry is over: only the store holds it.
    await until(platform, 'full', (now) => conditionOf(now, 'Admitted')?.reason === 'StorageFull')
    rmSync(filler)
    for (const [name, attempt] of [
      ['full', 2],
      ['held', 1],
    ] as const) {
      const end = await until(platform, name, isEnded, ROOM_LIMIT_MS)
      assert.deepEqual([end.phase, end.attempt], ['Completed', attempt], JSON.stringify(end))
      assert.equal(conditionOf(end, 'StorageFull'), undefined)
      assert.equal((await rowOf(platform, end.jobId!)).status, 'completed')
      assert.deepEqual(foldersOf(platform, end.jobId!), [String(attempt)])
    }
  })

  test('a twin of a pod takes the attempt, the other one is fenced, and there is one result', async () => {
    await submit(platform, { name: 'twins', lookbackDays: 23, ...LONG })
    const { jobId, jobName } = await until(platform, 'twins', ({ phase }) => phase === 'Running')
    const first = await runnerPod(platform, jobName!)
    await apply(platform.cluster, await twinOf(platform, jobName!))
    const claims = () =>
      ask(platform, 'SELECT pod_uid, attempt FROM backtest_claims WHERE job_id = $1 ORDER BY seq DESC', [jobId])
    await waitFor(
      'the first pod to find itself fenced',
      FENCED_LIMIT_MS,
      async () => (await exitsOf(platform, jobId!)).get(first.uid) === FENCED,
    )

    const end = await until(platform, 'twins', isEnded)
    assert.deepEqual([end.phase, end.attempt, end.retries ?? 0], ['Completed', 1, 0], JSON.stringify(end))
    // The Job makes another pod for one that was fenced: whoever claimed last has the result.
    const [newest, ...older] = await claims()
    assert.ok(older.some(({ pod_uid }) => pod_uid === first.uid))
    await waitFor('every other pod to be fenced', FENCED_LIMIT_MS, async () => {
      const exits = await exitsOf(platform, jobId!)
      return [...exits].every(([uid, exit]) => exit === (uid === newest?.pod_uid ? 0 : FENCED))
    })
    const [manifest, ...more] = filesOf(platform, jobId!).filter((file) => file.endsWith('manifest.json'))
    assert.deepEqual([more, foldersOf(platform, jobId!)], [[], ['1']])
    const row = await rowOf(platform, jobId!)
    const { claim, contentSha256 } = JSON.parse(readFileSync(manifest!, 'utf8'))
    assert.deepEqual([claim, contentSha256], [newest?.pod_uid, row.content_sha256])
    const attempts = await ask(platform, 'SELECT status FROM backtest_attempts WHERE job_id = $1', [jobId])
    assert.deepEqual([row.status, attempts], ['completed', [{ status: 'completed' }]])
    assert.equal((await statusOf(platform, 'twins')).phase, 'Completed')
  })
})

const conditionOf = ({ conditions }: BacktestStatus, type: string) => conditions?.find((one) => one.type === type)

/** Takes the room of a volume, but for less than a result needs. */
function fill(volume: string, filler: string): void {
  const { bavail, bsize } = statfsSync(volume)
  writeFileSync(filler, Buffer.alloc(bavail * bsize - TOO_LITTLE))
}

/** What a runner's check of the store would leave behind. */
const probesIn = (volume: string) => readdirSync(volume).filter((name) => name.startsWith('.probe'))

/** Folders of a job: attempts, and whatever is staged or on its way out. */
const foldersOf = ({ store }: TestPlatform, jobId: string) => readdirSync(join(store, NAMESPACE, jobId))

/** A pod like the Job's own, which no controller knows: the twin that a cluster makes by mistake. */
async function twinOf({ cluster }: TestPlatform, jobName: string): Promise<object> {
  const job = await read(cluster, `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/${jobName}`)
  const { metadata, spec } = job.spec.template
  const labels = Object.entries(metadata.labels).filter(([name]) => name.startsWith('hindcast.dev/'))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'twin', namespace: NAMESPACE, labels: Object.fromEntries(labels) },
    spec,
  }
}

/** Exit codes of the pods of a job, by uid; null: it has not ended. */
async function exitsOf({ cluster }: TestPlatform, jobId: string): Promise<Map<string, number | null>> {
  const selector = encodeURIComponent(`hindcast.dev/job-id=${jobId}`)
  const { items } = await look(cluster, `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`)
  const exits = new Map<string, number | null>()
  for (const { metadata, status } of items) {
    exits.set(metadata.uid, status.containerStatuses?.[0]?.state?.terminated?.exitCode ?? null)
  }
  return exits
}
