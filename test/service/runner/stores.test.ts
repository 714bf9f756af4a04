import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Plan } from '../../../core/plan.ts'
import { openStore } from '../../../storage/blobs/open-store.ts'
import { parseStore } from '../../../storage/blobs/store-config.ts'
import { openDatasets } from '../../../storage/in/store/open-datasets.ts'
import { pushSnapshot } from '../../../storage/in/store/push-snapshot.ts'
import { document, manifest } from '../../flow/cli-process.ts'
import { startS3, type TestS3 } from '../s3.ts'
import { filesIn, startWorld, type World } from './cluster-world.ts'

const SOURCE = manifest('source', { costModel: {} })
const PATHS = (source: object) => document('MonteCarlo', 'paths', { ...source, simulations: 2000, seed: 7 })

const world = await startWorld([SOURCE, PATHS({ backtestRef: { name: 'source' } })])
if ('skipped' in world) test("a pod's stores", { skip: world.skipped }, () => {})
else {
  after(() => world.stop())
  const s3 = await startS3()
  if ('skipped' in s3) test('a pod over a bucket', { skip: s3.skipped }, () => {})
  else buckets(world, s3)
}

function buckets(w: World, s3: TestS3): void {
  const scratch = mkdtempSync(join(tmpdir(), 'hindcast-scratch-'))
  after(async () => {
    await s3.stop()
    rmSync(scratch, { recursive: true, force: true })
  })
  const artifacts = s3.bucket()
  const datasets = s3.bucket()
  const { HINDCAST_SCRATCH: _, ...keys } = s3.env
  const here = { ...keys, HINDCAST_SCRATCH: scratch }

  const run = async (plan: Plan) => {
    const env = { ...keys, HINDCAST_ARTIFACTS: artifacts, HINDCAST_DATASETS: datasets }
    const pod = w.pod(await w.open(plan), plan, env)
    const ended = await pod.ended
    assert.ok(!pod.text().includes(keys.HINDCAST_S3_SECRET_ACCESS_KEY ?? 'none'))
    return { pod, ended }
  }
  const store = () => openStore(parseStore(artifacts, here), { now: Date.now })

  test('a pod over buckets needs no volume: a Backtest, then a MonteCarlo of it, byte for byte', async () => {
    const catalogue = { datasetsDir: w.homeDatasetsDir, snapshot: 'tiny', createdBy: 'ada' }
    await pushSnapshot(catalogue, openDatasets(parseStore(datasets, here)), w.ledger)
    const source = await w.plan(SOURCE)
    const first = await run(source)
    assert.equal(first.ended.code, 0, first.pod.text())
    const plan = await w.plan(PATHS({ backtestRef: { jobId: source.jobId } }))
    const second = await run(plan)
    assert.equal(second.ended.code, 0, second.pod.text())
    for (const one of [source, plan]) {
      const { resultPath } = await w.job(one)
      assert.deepEqual(filesIn(await store().open(resultPath)), w.laptop(one.jobId))
    }
  })

  test('a bucket that does not exist is told of before anything is claimed', async () => {
    const plan = await w.plan(SOURCE)
    const env = { ...keys, HINDCAST_ARTIFACTS: artifacts.replace('s3://', 's3://no-'), HINDCAST_DATASETS: datasets }
    const pod = w.pod(await w.open(plan), plan, env)
    const { code, termination } = await pod.ended
    assert.deepEqual([code, termination?.class], [75, 'storage_error'], pod.text())
    assert.equal((await w.job(plan)).startedAt, null)
  })

  test('a bucket that is out of reach fails the attempt as a storage error, which a retry may cure', async () => {
    const plan = await w.plan(SOURCE)
    await s3.kill()
    try {
      const { ended, pod } = await run(plan)
      assert.deepEqual([ended.code, ended.termination?.class], [75, 'storage_error'], pod.text())
    } finally {
      await s3.start()
    }
  })
}
