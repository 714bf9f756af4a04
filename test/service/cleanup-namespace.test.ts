import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { openStore } from '../../storage/blobs/open-store.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { parseStore } from '../../storage/blobs/store-config.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import { newJob, opening } from '../contract/ledger/builders.ts'
import { samplePlan, sampleResult } from '../contract/sample-result.ts'
import { cli, workFolder } from '../flow/cli-process.ts'
import { PATIENT, startPostgres, type TestPostgres } from './postgres.ts'
import { startS3, type TestS3 } from './s3.ts'

const [s3, postgres] = await Promise.all([startS3(), startPostgres(15)])
if ('skipped' in s3) test('cleanup --database', { skip: s3.skipped }, () => {})
else if ('skipped' in postgres) test('cleanup --database', { skip: postgres.skipped }, () => {})
else suite(s3, postgres)

function suite(server: TestS3, database: TestPostgres): void {
  const work = workFolder()
  const artifacts = server.bucket()
  const login = new URL(database.url)
  let owner: Ledger
  let store: BlobStore
  let epoch = 0
  before(async () => {
    owner = await openPostgres(database.url, { migrate: true, limits: PATIENT })
    epoch = await owner.raiseEpoch('operator')
    login.username = await owner.grantNamespace('team-a', 'a'.repeat(32))
    login.password = 'a'.repeat(32)
    const env = { ...server.env, HINDCAST_SCRATCH: work.path('looking') }
    store = openStore(parseStore(artifacts, env), { now: () => Date.now() })
  })
  after(async () => {
    await owner.close()
    await Promise.all([server.stop(), database.stop()])
    work.remove()
  })

  /** As the namespace's own job does it: with the credentials of the Secret. */
  const cleanUp = (args: readonly string[] = [], change: Record<string, string> = {}) =>
    cli(['cleanup', '--database', ...args], {
      cwd: work.dir,
      env: {
        ...server.env,
        HINDCAST_SCRATCH: work.path('scratch'),
        DATABASE_URL: login.href,
        HINDCAST_NAMESPACE: 'team-a',
        HINDCAST_ARTIFACTS: artifacts,
        ...change,
      },
    })

  /** A completed job with its files and one resource. */
  async function completed(namespace: string, start: string, deletionPolicy: 'retain' | 'purge'): Promise<string> {
    const plan = samplePlan({ startDate: start }, namespace)
    const { jobId, configHash } = plan
    await owner.insertJob(newJob({ jobId, configHash, namespace, deletionPolicy }))
    const uid = `uid-${jobId}`
    await owner.upsertResource({
      ...{ uid, kind: 'Backtest', namespace, name: 'sample', jobId, createdBy: 'ada', deletionPolicy },
      ...{ priority: 'normal', manifest: {} },
    })
    await owner.openAttempt(opening(jobId, 0, epoch, { deletionPolicy, holderUid: uid }))
    const claim = { jobId, attempt: 1, index: 0, podUid: 'pod-1' }
    await owner.claim({ ...claim, workerId: 'pod', nodeName: null })
    const facts = { name: 'sample', attempt: 1, claim: 'pod-1', engineVersion: '0.1.0', image: null }
    const times = { startedAt: new Date(0), completedAt: new Date(0), peakMemoryBytes: null }
    await commitAttempt(
      { plan, result: sampleResult({ days: 20, names: 10 }), ...facts, ...times },
      {
        store,
        record: async (receipt) => ((await owner.complete(claim, receipt)) === 'fenced' ? 'fenced' : 'recorded'),
      },
    )
    return jobId
  }

  async function places(): Promise<string[]> {
    const found: string[] = []
    for await (const { namespace, jobId } of store.entries()) found.push(`${namespace}/${jobId}`)
    return found
  }

  test('of a namespace is removed what its deleted resources asked for, and nothing of another', async () => {
    const [kept, purged, others] = [
      await completed('team-a', '2015-01-02', 'purge'),
      await completed('team-a', '2015-02-02', 'purge'),
      await completed('team-b', '2015-01-02', 'purge'),
    ]
    for (const jobId of [purged, others]) await owner.markGone(`uid-${jobId}`, epoch)
    const dry = await cleanUp(['--dry-run', '-o', 'json'])
    assert.equal(dry.code, 0, dry.err)
    assert.deepEqual(
      (JSON.parse(dry.out) as { removed: { path: string }[] }).removed.map(({ path }) => path),
      [`team-a/${purged}`],
    )
    assert.equal((await places()).length, 3)
    assert.deepEqual((await owner.storeWords()).words, [], 'a dry run writes nothing')
    const done = await cleanUp()
    assert.equal(done.code, 0, done.err)
    assert.match(done.out, /its resource is gone and asked for it/)
    assert.deepEqual((await places()).sort(), [`team-a/${kept}`, `team-b/${others}`].sort())
    assert.equal(await owner.findJob(purged), null)
    const [word, ...more] = (await owner.storeWords()).words
    assert.deepEqual([word?.namespace, more], ['team-a', []])
    assert.ok(word?.measured != null && word.measured.usedBytes > 0 && word.measured.freeBytes === null)
    assert.notEqual(await owner.findJob(kept), null)
  })

  test('with the credentials of the whole record it still cleans its own namespace alone', async () => {
    const before = await places()
    const done = await cleanUp(['--older-than', '0'], { DATABASE_URL: database.url })
    assert.equal(done.code, 0, done.err)
    assert.deepEqual(
      await places(),
      before.filter((place) => place.startsWith('team-b/')),
    )
    assert.equal((await owner.listJobs({ namespaces: ['team-b'] })).rows.length, 1)
    assert.equal((await owner.listJobs({ namespaces: ['team-a'] })).rows.length, 0)
  })

  for (const name of ['HINDCAST_NAMESPACE', 'HINDCAST_ARTIFACTS', 'DATABASE_URL']) {
    test(`without ${name} it is refused, and says so`, async () => {
      const done = await cleanUp([], { [name]: '' })
      assert.equal(done.code, 2)
      assert.ok(done.err.includes(`set ${name}`), done.err)
    })
  }
}
