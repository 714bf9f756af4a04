import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../../core/errors.ts'
import { STATUSES } from '../../../core/lifecycle.ts'
import type { Job, JobFilter } from '../../../storage/ledger/ledger.ts'
import type { Database } from '../../../storage/ledger/sql.ts'
import {
  type Bench,
  completedJob,
  empty,
  failure,
  newJob,
  openedJob,
  opening,
  result,
  runningJob,
  touched,
} from './builders.ts'

/** Lists, resources, retention and the installation. */
export function readsContract(engine: string, bench: () => Bench): void {
  const it = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) =>
    test(`${engine}: ${title}`, async () => {
      await empty(bench().database)
      await run({ ...bench(), epoch: await bench().ledger.raiseEpoch('test') })
    })

  lists(it)
  resources(it)
  retention(it)
  rows(it)
}

type It = (title: string, run: (at: Bench & { epoch: number }) => Promise<void>) => void

/** 150 rows over every filter's values, an hour apart. */
async function seed({ ledger, database }: Bench): Promise<readonly Job[]> {
  for (let i = 0; i < 150; i += 1) {
    const { job } = await ledger.insertJob(
      newJob({
        createdBy: ['ada', 'bob', 'cem'][i % 3]!,
        alphaName: ['momentum', 'value'][i % 2]!,
        namespace: ['default', 'research'][Math.floor(i / 2) % 2]!,
        kind: (['backtest', 'walkforward', 'montecarlo'] as const)[i % 3]!,
        dataset: ['sp500', 'crsp'][i % 2]!,
        priority: (['high', 'normal', 'low'] as const)[i % 3]!,
      }),
    )
    await setRow(database, job.jobId, STATUSES[i % STATUSES.length]!, i)
  }
  return (await ledger.listJobs({ limit: 500 })).rows
}

async function setRow(database: Database, jobId: string, status: string, hours: number): Promise<void> {
  await database.query(
    `UPDATE backtest_jobs SET status = $2::text,
       created_at = timestamptz '2026-01-01 00:00Z' + $3::integer * interval '1 hour',
       completed_at = CASE WHEN $2::text IN ('pending', 'running') THEN NULL ELSE now() END,
       snapshot_id = 's', dataset_version_ids = '{"crsp": "1"}', result_path = 'p', content_sha256 = repeat('0', 64)
     WHERE job_id = $1`,
    [jobId, status, hours],
  )
}

const FILTERS: readonly Partial<JobFilter>[] = [
  { createdBy: 'ada' },
  { alphaName: 'value' },
  { status: ['completed'] },
  { status: ['pending', 'running'] },
  { namespaces: ['default'] },
  { namespaces: ['default', 'research'] },
  { kind: 'montecarlo' },
  { dataset: 'crsp' },
  { priority: 'low' },
  { createdFrom: '2026-01-02T00:00:00Z', createdTo: '2026-01-05T12:00:00Z' },
]

/** Every set of filters, two of one field apart: 576 of them. */
function combinations(filters: readonly Partial<JobFilter>[]): readonly JobFilter[] {
  let sets: readonly JobFilter[] = [{}]
  for (const filter of filters) {
    const without = sets.filter((set) => !Object.keys(filter).some((key) => key in set))
    sets = [...sets, ...without.map((set) => ({ ...set, ...filter }))]
  }
  return sets
}

/** What a filter means, said once more without SQL. */
function passes(job: Job, filter: JobFilter): boolean {
  return (
    (filter.createdBy ?? job.createdBy) === job.createdBy &&
    (filter.alphaName ?? job.alphaName) === job.alphaName &&
    (filter.status ?? [job.status]).includes(job.status) &&
    (filter.namespaces ?? [job.namespace]).includes(job.namespace) &&
    (filter.kind ?? job.kind) === job.kind &&
    (filter.dataset ?? job.dataset) === job.dataset &&
    (filter.priority ?? job.priority) === job.priority &&
    Date.parse(job.createdAt) >= Date.parse(filter.createdFrom ?? job.createdAt) &&
    Date.parse(job.createdAt) < Date.parse(filter.createdTo ?? '9999-01-01T00:00:00Z')
  )
}

function lists(it: It): void {
  it('every combination of filters gives the rows it means, newest first', async (at) => {
    const all = await seed(at)
    assert.equal(all.length, 150)
    const sets = combinations(FILTERS)
    assert.equal(sets.length, 576)
    for (const filter of sets) {
      const { rows } = await at.ledger.listJobs({ ...filter, limit: 500 })
      assert.deepEqual(
        rows.map((job) => job.jobId),
        all.filter((job) => passes(job, filter)).map((job) => job.jobId),
        JSON.stringify(filter),
      )
    }
  })

  it('pages follow one another without a gap or a repeat, also where times are equal', async (at) => {
    await seed(at)
    await at.database.query(
      "UPDATE backtest_jobs SET created_at = '2026-01-01 00:00:00.000123Z' WHERE kind = 'backtest'",
    )
    const { rows } = await at.ledger.listJobs({ limit: 500 })
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof at.ledger.listJobs>> = await at.ledger.listJobs({
        limit: 7,
        ...(cursor === null ? {} : { cursor }),
      })
      ids.push(...page.rows.map((job) => job.jobId))
      cursor = page.nextCursor
    } while (cursor !== null)
    assert.deepEqual(
      ids,
      rows.map((job) => job.jobId),
    )
  })

  it('a page of exactly the rows there are has no next', async ({ ledger }) => {
    for (let i = 0; i < 3; i += 1) await ledger.insertJob(newJob())
    assert.equal((await ledger.listJobs({ limit: 3 })).nextCursor, null)
    assert.notEqual((await ledger.listJobs({ limit: 2 })).nextCursor, null)
  })

  const refused: readonly (readonly [string, JobFilter])[] = [
    ['a limit of 0', { limit: 0 }],
    ['a limit of 501', { limit: 501 }],
    ['a limit of 1.5', { limit: 1.5 }],
    ['a cursor that no page gave', { cursor: 'x' }],
    ['a cursor with SQL in it', { cursor: Buffer.from("2026-01-01T00:00:00Z '; DROP").toString('base64url') }],
  ]
  for (const [what, filter] of refused) {
    it(`${what} is refused`, async ({ ledger }) => {
      await assert.rejects(
        ledger.listJobs(filter),
        (thrown) => thrown instanceof HindcastError && thrown.code === 'usage',
      )
    })
  }

  it('an empty list of namespaces gives nothing', async ({ ledger }) => {
    await ledger.insertJob(newJob())
    assert.deepEqual((await ledger.listJobs({ namespaces: [] })).rows, [])
  })

  it('results of one key are found in every namespace', async ({ ledger, epoch }) => {
    await completedJob(ledger, epoch, { namespace: 'a' })
    await completedJob(ledger, epoch, { namespace: 'b' })
    assert.equal((await ledger.findResults(result().resultKey)).length, 2)
    assert.equal((await ledger.findResults('f'.repeat(64))).length, 0)
  })

  it('open attempts are those that have not ended, each with its newest claims', async ({ ledger, epoch }) => {
    const waiting = await openedJob(ledger, epoch)
    const { job: running, claim } = await runningJob(ledger, epoch)
    await ledger.claim({ ...claim, podUid: 'twin', workerId: 'w', nodeName: null })
    await completedJob(ledger, epoch)
    const open = await ledger.openAttempts()
    assert.deepEqual(
      open.map((row) => [row.job.jobId, row.attempt.status, row.claims.map((one) => one.podUid)]),
      [
        [waiting.jobId, 'pending', []],
        [running.jobId, 'running', ['twin']],
      ],
    )
  })
}

function resources(it: It): void {
  const resource = (uid: string, name = 'momentum', jobId: string | null = null) => ({
    uid,
    kind: 'Backtest',
    namespace: 'default',
    name,
    jobId,
    createdBy: 'ada',
    deletionPolicy: 'retain' as const,
    priority: 'normal' as const,
    manifest: { spec: { alpha: 'momentum' } },
  })

  it('the latest resource of a name is the one first seen last', async ({ ledger }) => {
    await ledger.upsertResource(resource('one'))
    await ledger.upsertResource(resource('two'))
    await ledger.upsertResource(resource('one'))
    assert.equal((await ledger.latestResource('Backtest', 'default', 'momentum'))?.uid, 'two')
    assert.equal(await ledger.latestResource('Backtest', 'other', 'momentum'), null)
  })

  it('a resource that is renewed keeps when it was first seen and how it finished', async ({ ledger }) => {
    const first = await ledger.upsertResource(resource('one'))
    touched(await ledger.finishResource('one', 'completed'))
    const renewed = await ledger.upsertResource({ ...resource('one'), priority: 'high', jobId: 'j' })
    assert.deepEqual(
      [renewed.firstSeenAt, renewed.outcome, renewed.priority, renewed.jobId],
      [first.firstSeenAt, 'completed', 'high', 'j'],
    )
    assert.equal(await ledger.finishResource('nobody', 'completed'), 'fenced')
  })

  it('resources are listed newest first in pages', async ({ ledger }) => {
    for (let i = 0; i < 5; i += 1) await ledger.upsertResource(resource(`uid-${i}`, `name-${i % 2}`))
    const first = await ledger.listResources({ name: 'name-0', limit: 2 })
    const rest = await ledger.listResources({ name: 'name-0', limit: 2, cursor: first.nextCursor! })
    assert.deepEqual(
      [...first.rows, ...rest.rows].map((row) => row.uid),
      ['uid-4', 'uid-2', 'uid-0'],
    )
    assert.equal(rest.nextCursor, null)
  })
}

function retention(it: It): void {
  const age = (database: Database, jobId: string, days: number) =>
    database.query(`UPDATE backtest_jobs SET completed_at = now() - $2::integer * interval '1 day' WHERE job_id = $1`, [
      jobId,
      days,
    ])

  it('candidates are terminal, unpinned and older than the limit', async ({ ledger, database, epoch }) => {
    const old = await completedJob(ledger, epoch)
    const young = await completedJob(ledger, epoch)
    const pinned = await completedJob(ledger, epoch)
    await runningJob(ledger, epoch)
    await age(database, old.jobId, 91)
    await age(database, young.jobId, 89)
    await age(database, pinned.jobId, 400)
    await ledger.pinJob(pinned.jobId, true)
    assert.deepEqual(
      (await ledger.retentionCandidates(90, 10)).map((job) => job.jobId),
      [old.jobId],
    )
    assert.equal((await ledger.retentionCandidates(0, 10)).length, 2)
  })

  it('a job is to be purged when its last resource is gone and asked for it', async ({ ledger }) => {
    const epoch = await ledger.raiseEpoch('purge')
    const purgeable = async (policies: readonly ('retain' | 'purge')[], gone: number): Promise<boolean> => {
      const { claim } = await runningJob(ledger, epoch)
      await ledger.complete(claim, result())
      for (const [k, deletionPolicy] of policies.entries()) {
        const uid = `${claim.jobId}-${k}`
        await ledger.upsertResource({
          ...{ uid, kind: 'Backtest', namespace: 'default', name: `n${k}`, jobId: claim.jobId, createdBy: 'ada' },
          ...{ deletionPolicy, priority: 'normal', manifest: {} },
        })
      }
      for (let k = 0; k < gone; k++) {
        await ledger.markGone(`${claim.jobId}-${k}`, epoch)
        // The clock of an embedded database has milliseconds: the next one goes later, not at once.
        await sleep(5)
      }
      return (await ledger.purgeCandidates(1000)).some(({ jobId }) => jobId === claim.jobId)
    }
    assert.equal(await purgeable([], 0), false)
    assert.equal(await purgeable(['purge'], 0), false)
    assert.equal(await purgeable(['purge'], 1), true)
    assert.equal(await purgeable(['retain'], 1), false)
    assert.equal(await purgeable(['purge', 'purge'], 1), false)
    assert.equal(await purgeable(['retain', 'purge'], 2), true)
    assert.equal(await purgeable(['purge', 'retain'], 2), false)
  })

  it('a purge removes the rows of a job once its files are gone, and leaves the audit log', async ({
    ledger,
    database,
    epoch,
  }) => {
    const job = await completedJob(ledger, epoch)
    await ledger.audit({
      actor: 'ada',
      action: 'submit',
      namespace: 'default',
      jobId: job.jobId,
      ip: null,
      details: null,
    })
    assert.equal(await ledger.purgeJob(job.jobId, async (row) => row.resultPath === job.resultPath), 'purged')
    assert.equal(await ledger.findJob(job.jobId), null)
    for (const table of ['backtest_attempts', 'backtest_claims']) {
      const rows = await database.query(`SELECT count(*) AS n FROM ${table} WHERE job_id = $1`, [job.jobId])
      assert.equal(rows[0]?.n, 0, table)
    }
    const audited = await database.query('SELECT action FROM audit_log WHERE job_id = $1', [job.jobId])
    assert.deepEqual(audited, [{ action: 'submit' }])
  })

  it('rows stay when their files could not be removed', async ({ ledger, epoch }) => {
    const job = await completedJob(ledger, epoch)
    assert.equal(await ledger.purgeJob(job.jobId, async () => false), 'kept')
    await assert.rejects(
      ledger.purgeJob(job.jobId, async () => {
        throw new Error('disk')
      }),
      /disk/,
    )
    assert.equal((await ledger.findJob(job.jobId))?.status, 'completed')
  })

  it('active and pinned jobs are never purged, and no file of theirs is touched', async ({ ledger, epoch }) => {
    const { job: running } = await runningJob(ledger, epoch)
    const { job: waiting } = await ledger.insertJob(newJob())
    const pinned = await completedJob(ledger, epoch)
    await ledger.pinJob(pinned.jobId, true)
    for (const { jobId } of [running, waiting, pinned]) {
      assert.equal(await ledger.purgeJob(jobId, () => assert.fail('asked to delete files')), 'fenced')
    }
  })

  it('files of a superseded result are named until they are marked deleted', async ({ ledger, database, epoch }) => {
    const first = await completedJob(ledger, epoch)
    const steer = { jobId: first.jobId, attempt: 1, epoch }
    await ledger.rerun({ steer, request: null, priority: 'normal', timeoutSeconds: 3600 })
    await ledger.openAttempt(opening(first.jobId, 1, epoch))
    assert.deepEqual(await ledger.supersededFiles(0, 10), [])
    const claim = { jobId: first.jobId, attempt: 2, index: 0, podUid: 'p2' }
    await ledger.claim({ ...claim, workerId: 'w', nodeName: null })
    touched(await ledger.complete(claim, result({ resultPath: `default/${first.jobId}/2` })))
    assert.deepEqual(await ledger.supersededFiles(7, 10), [])
    await database.query(`UPDATE backtest_attempts SET completed_at = now() - interval '8 days'`)
    const stale = await ledger.supersededFiles(7, 10)
    assert.deepEqual(stale, [
      { jobId: first.jobId, namespace: 'default', attempt: 1, path: `default/${first.jobId}/1` },
    ])
    await ledger.markFilesDeleted(first.jobId, 1)
    assert.deepEqual(await ledger.supersededFiles(7, 10), [])
  })

  it('known jobs are those with a row', async ({ ledger }) => {
    const { job } = await ledger.insertJob(newJob())
    assert.deepEqual(await ledger.knownJobs([job.jobId, 'nobody']), new Set([job.jobId]))
    assert.deepEqual(await ledger.knownJobs([]), new Set())
  })
}

function rows(it: It): void {
  it('rows of other writers are read with their gaps filled', async ({ ledger, database }) => {
    const { job } = await ledger.insertJob(newJob())
    await database.query(
      `UPDATE backtest_jobs SET progress_pct = NULL, retry_count = NULL, dataset_version_ids = '[1]', metrics = '"x"',
         config_json = 'null' WHERE job_id = $1`,
      [job.jobId],
    )
    const row = await ledger.findJob(job.jobId)
    assert.deepEqual(
      [row?.progressPct, row?.retryCount, row?.datasetVersionIds, row?.metrics, row?.configJson],
      [0, 0, null, null, {}],
    )
  })

  it('the epoch rises by one each time and names who raised it', async ({ ledger }) => {
    const first = await ledger.raiseEpoch('a')
    const second = await ledger.raiseEpoch('b')
    assert.equal(second, first + 1)
    const installation = await ledger.installation()
    assert.deepEqual([installation.operatorEpoch, installation.operatorIdentity], [second, 'b'])
    assert.match(installation.id, /^[0-9a-f-]{36}$/)
  })

  it('a failed job shows its error and its retries', async ({ ledger, epoch }) => {
    const { job, claim } = await runningJob(ledger, epoch)
    await ledger.fail(claim, failure('no_signals'))
    const row = await ledger.findJob(job.jobId)
    assert.deepEqual([row?.errorClass, row?.errorMessage, row?.retryCount], ['no_signals', 'the test wants it so', 0])
  })
}
