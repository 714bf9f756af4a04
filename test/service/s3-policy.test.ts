import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { s3Policy } from '../../cli/namespaces/policies.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import { openBucket } from '../../storage/blobs/s3/bucket.ts'
import { parseStore, type S3Config } from '../../storage/blobs/store-config.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import { synthesise } from '../../storage/in/synth.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import { openResult } from '../../storage/out/read-result.ts'
import { samplePlan, sampleResult } from '../contract/sample-result.ts'
import { startS3, type TestS3 } from './s3.ts'

const s3 = await startS3()
if ('skipped' in s3) test('the S3 policy of a namespace', { skip: s3.skipped }, () => {})
else suite(s3)

/** The policy that `namespace grant` prints, on a real server with a user of its own. */
function suite(server: TestS3): void {
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-policy-'))
  const url = server.bucket('shared')
  const as = (env: Readonly<Record<string, string>>, prefix: string): S3Config => {
    const text = url.replace('s3://shared', `s3://shared/${prefix}`)
    return parseStore(text, { ...env, HINDCAST_SCRATCH: join(folder, `scratch-${prefix}`) }) as S3Config
  }
  let own: Readonly<Record<string, string>>
  before(async () => {
    const policy = s3Policy('team-a', as(server.env, 'results'), as(server.env, 'results/.datasets'))
    own = await server.grant(url, (policy as { Statement: object[] }).Statement)
  })
  after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const commit = (namespace: string, env: Readonly<Record<string, string>>) => {
    const plan = samplePlan({}, namespace)
    const facts = { name: 'sample', attempt: 1, claim: 'pod-1', engineVersion: '0.1.0', image: null }
    const times = { startedAt: new Date(0), completedAt: new Date(0), peakMemoryBytes: null }
    const store = openStore(as(env, 'results'), { namespace, now: () => 0 })
    return commitAttempt(
      { plan, result: sampleResult(), ...facts, ...times },
      { store, record: async () => 'recorded' },
    )
  }

  test('a runner with its keys commits, reads, lists and removes its own results', async () => {
    assert.equal((await commit('team-a', own)).outcome, 'recorded')
    const store = openStore(as(own, 'results'), { namespace: 'team-a', now: () => 0 })
    const { jobId } = samplePlan({}, 'team-a')
    await openResult(store, { resultPath: `team-a/${jobId}/1`, manifestSha256: null }, { verify: true })
    assert.ok((await store.usage()).bytes > 0)
    for await (const entry of store.entries()) assert.equal(await store.remove(entry), 'removed')
    assert.equal((await store.usage()).bytes, 0)
  })

  test('a runner with its keys reads the data, and writes none', async () => {
    const home = join(folder, 'home')
    const { record } = await synthesise({
      datasetsDir: home,
      dataset: 'demo',
      names: 5,
      days: 30,
      seed: 1,
      now: () => 0,
    })
    await openDatasets(as(server.env, 'results/.datasets')).push(home, record)
    const datasets = openDatasets(as(own, 'results/.datasets'))
    await datasets.fetch(record)
    await assert.rejects(datasets.fetch({ ...record, snapshotId: 'demo-00000000' }), { code: 'snapshot_not_found' })
    const bucket = openBucket(as(own, 'results/.datasets'))
    await assert.rejects(bucket.put('demo/x', { bytes: Buffer.from('x') }), /403/)
  })

  test('a runner with its keys does nothing in another namespace, nor with the whole bucket', async () => {
    assert.equal((await commit('team-b', server.env)).outcome, 'recorded')
    await assert.rejects(commit('team-b', own), /403/)
    const { jobId } = samplePlan({}, 'team-b')
    const store = openStore(as(own, 'results'), { now: () => 0 })
    await assert.rejects(store.open(`team-b/${jobId}/1`), /403/)
    await assert.rejects(store.usage(), /403/)
    await assert.rejects(store.removeJob({ namespace: 'team-b', jobId }), /403/)
    const bucket = openBucket(as(own, 'results'))
    await assert.rejects(bucket.remove(`team-b/${jobId}/1/manifest.json`), /403/)
    await assert.rejects(bucket.put('team-ab/x', { bytes: Buffer.from('x') }), /403/)
    const owner = openStore(as(server.env, 'results'), { now: () => 0 })
    await openResult(owner, { resultPath: `team-b/${jobId}/1`, manifestSha256: null }, { verify: true })
  })
}
