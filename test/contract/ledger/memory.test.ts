import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { databaseLedger } from '../../../storage/ledger/database-ledger.ts'
import { pgliteDatabase } from '../../../storage/ledger/engines/pglite.ts'
import type { Ledger, NewJob } from '../../../storage/ledger/ledger.ts'
import { migrate, readMigrations } from '../../../storage/ledger/migrate.ts'
import { memoryLedger } from '../../world/memory-ledger.ts'
import { failure, newJob, opening, result } from './builders.ts'

/** The ledger of the simulated world answers as the database does, statement by statement. */

const folder = mkdtempSync(join(tmpdir(), 'hindcast-memory-ledger-'))
let database: Awaited<ReturnType<typeof pgliteDatabase>>

before(async () => {
  database = await pgliteDatabase(join(folder, 'ledger'))
  await migrate(database, readMigrations(), { installationId: null, adopt: false, refusal: 'home_invalid' })
})
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

const UIDS = ['uid-1', 'uid-2'] as const
const TOKENS = ['cancel-1', 'rerun-1', 'rerun-2'] as const

/** Where a statement is said: the epoch at the start of a run is 0 to it. */
interface Said {
  readonly ledger: Ledger
  readonly epoch: number
  /** Each run speaks of a job and of resources of its own. */
  readonly job: NewJob
  readonly uid: (name: string) => string
}
type Statement = { readonly text: string; readonly run: (at: Said) => Promise<unknown> }

const attempts = fc.constantFrom(0, 1, 1, 2)
/** Now and then an operator that was replaced. */
const ages = fc.constantFrom(0, 0, 0, 1)
const uids = fc.constantFrom(...UIDS)
const pods = fc.constantFrom('pod-1', 'pod-2')
const indexes = fc.constantFrom(0, 0, 1)

const steer = (attempt: number, { epoch, job }: Said, age: number) => ({
  jobId: job.jobId,
  attempt,
  epoch: epoch - age,
})
const claimOf = ({ job }: Said, attempt: number, index: number, podUid: string) => ({
  jobId: job.jobId,
  attempt,
  index,
  podUid,
})
const say = (text: string, run: Statement['run']): Statement => ({ text, run })

const statements: fc.Arbitrary<Statement> = fc.oneof(
  fc.constant(say('insertJob', (at) => at.ledger.insertJob(at.job))),
  uids.map((uid) =>
    say(`upsert ${uid}`, (at) =>
      at.ledger.upsertResource({
        uid: at.uid(uid),
        kind: 'Backtest',
        namespace: 'default',
        name: uid,
        jobId: at.job.jobId,
        createdBy: 'ada',
        deletionPolicy: 'retain',
        priority: 'normal',
        manifest: {},
      }),
    ),
  ),
  fc.tuple(attempts, ages, uids, fc.constantFrom(1, 1, 2)).map(([attempt, age, holderUid, parallelism]) =>
    say(`openAttempt ${attempt} ${age} ${parallelism}`, (at) =>
      at.ledger.openAttempt({
        ...opening(at.job.jobId, attempt, 0, { holderUid: at.uid(holderUid), parallelism, atLeast: attempt + 1 }),
        steer: steer(attempt, at, age),
      }),
    ),
  ),
  fc
    .tuple(attempts, indexes, pods)
    .map(([attempt, index, podUid]) =>
      say(`claim ${attempt} ${index} ${podUid}`, (at) =>
        at.ledger.claim({ ...claimOf(at, attempt, index, podUid), workerId: podUid, nodeName: 'node-1' }),
      ),
    ),
  fc
    .tuple(attempts, indexes, pods, fc.integer({ min: 1, max: 9 }))
    .map(([attempt, index, podUid, seq]) =>
      say(`beat ${attempt} ${index} ${podUid} ${seq}`, (at) =>
        at.ledger.beat(claimOf(at, attempt, index, podUid), { seq, rssBytes: null, redisLost: false }),
      ),
    ),
  fc
    .tuple(attempts, pods, fc.integer({ min: 0, max: 100 }))
    .map(([attempt, podUid, percent]) =>
      say(`progress ${attempt} ${podUid} ${percent}`, (at) =>
        at.ledger.progress(claimOf(at, attempt, 0, podUid), { percent, stage: 'computing', date: '2015-06-30' }),
      ),
    ),
  fc
    .tuple(attempts, pods, fc.boolean())
    .map(([attempt, podUid, byOperator]) =>
      say(`complete ${attempt} ${podUid} ${byOperator}`, (at) =>
        at.ledger.complete(
          { ...claimOf(at, attempt, 0, podUid), ...(byOperator ? { epoch: at.epoch } : {}) },
          result({ resultPath: `default/${at.job.jobId}/${attempt}` }),
        ),
      ),
    ),
  fc
    .tuple(attempts, pods, fc.constantFrom('fail', 'cancel'))
    .map(([attempt, podUid, how]) =>
      say(`${how} by runner ${attempt} ${podUid}`, (at) => at.ledger[how](claimOf(at, attempt, 0, podUid), failure())),
    ),
  fc
    .tuple(attempts, ages, fc.constantFrom('fail', 'cancel', 'failWaiting', 'lost'))
    .map(([attempt, age, how]) =>
      say(`${how} by operator ${attempt} ${age}`, (at) => at.ledger[how](steer(attempt, at, age), failure())),
    ),
  fc
    .tuple(attempts, ages)
    .map(([attempt, age]) =>
      say(`retry ${attempt} ${age}`, (at) =>
        at.ledger.retry(steer(attempt, at, age), { ...failure('evicted'), delayMs: 60_000 }),
      ),
    ),
  fc
    .tuple(attempts, ages)
    .map(([attempt, age]) => say(`suspend ${attempt} ${age}`, (at) => at.ledger.suspend(steer(attempt, at, age)))),
  fc.tuple(attempts, ages, uids, fc.option(fc.constantFrom(...TOKENS))).map(([attempt, age, resourceUid, token]) =>
    say(`rerun ${attempt} ${age} ${token}`, (at) =>
      at.ledger.rerun({
        steer: steer(attempt, at, age),
        request: token === null ? null : { resourceUid: at.uid(resourceUid), token },
        priority: 'high',
        timeoutSeconds: 600,
      }),
    ),
  ),
  fc
    .tuple(attempts, ages)
    .map(([attempt, age]) => say(`countJob ${attempt} ${age}`, (at) => at.ledger.countJob(steer(attempt, at, age)))),
  fc.tuple(uids, fc.constantFrom(...TOKENS), ages).map(([resourceUid, token, age]) =>
    say(`askCancel ${resourceUid} ${token} ${age}`, (at) =>
      at.ledger.askCancel({
        jobId: at.job.jobId,
        by: 'ada',
        request: { resourceUid: at.uid(resourceUid), token },
        epoch: at.epoch - age,
      }),
    ),
  ),
  fc
    .tuple(uids, fc.constantFrom(...TOKENS), ages, fc.constantFrom('markHandled', 'reopenResource'))
    .map(([uid, token, age, how]) =>
      say(`${how} ${uid} ${token} ${age}`, (at) => at.ledger[how](at.uid(uid), token, at.epoch - age)),
    ),
  fc
    .tuple(uids, ages)
    .map(([uid, age]) =>
      say(`settle ${uid} ${age}`, (at) =>
        at.ledger.settleResource(at.uid(uid), { outcome: 'failed', generation: 2 }, at.epoch - age),
      ),
    ),
  fc
    .tuple(uids, ages)
    .map(([uid, age]) => say(`markGone ${uid} ${age}`, (at) => at.ledger.markGone(at.uid(uid), at.epoch - age))),
  fc.constant(say('requestCancel', (at) => at.ledger.requestCancel(at.job.jobId, 'ada'))),
)

/** How a job gets on; random statements alone mostly meet closed doors. */
const onward = (holderUid: string): readonly Statement[] => [
  say('insertJob', (at) => at.ledger.insertJob(at.job)),
  say('open', (at) =>
    at.ledger.openAttempt({
      ...opening(at.job.jobId, 0, 0, { holderUid: at.uid(holderUid), atLeast: 1 }),
      steer: steer(0, at, 0),
    }),
  ),
  say('claim', (at) => at.ledger.claim({ ...claimOf(at, 1, 0, 'pod-1'), workerId: 'pod-1', nodeName: 'node-1' })),
]

const runs = fc
  .tuple(uids, fc.integer({ min: 0, max: 3 }), fc.array(statements, { minLength: 4, maxLength: 12 }))
  .map(([holderUid, stages, rest]) => [...onward(holderUid).slice(0, stages), ...rest])

const LONG = process.env.HINDCAST_TEST_LONG === '1'
/** The same runs each time; a long run asks new ones. */
const ROUNDS = LONG ? { numRuns: 1_000 } : { numRuns: 120, seed: 1 }

const claimBy = (podUid: string) =>
  say(`claim by ${podUid}`, (at) =>
    at.ledger.claim({ ...claimOf(at, 1, 0, podUid), workerId: podUid, nodeName: 'node-1' }),
  )

/** Doors that random statements seldom come to. */
const DIRECTED: readonly (readonly [title: string, run: readonly Statement[]])[] = [
  [
    'an attempt is not opened over a cancel',
    [onward('uid-1')[0]!, say('cancel', (at) => at.ledger.requestCancel(at.job.jobId, 'ada')), onward('uid-1')[1]!],
  ],
  [
    'a displaced pod claims no more',
    [...onward('uid-1').slice(0, 2), claimBy('pod-1'), claimBy('pod-2'), claimBy('pod-1')],
  ],
  [
    'a beat moves the claim of its index alone',
    [
      ...onward('uid-1'),
      say('claim of index 1', (at) =>
        at.ledger.claim({ ...claimOf(at, 1, 1, 'pod-1'), workerId: 'pod-1', nodeName: 'node-1' }),
      ),
      say('beat of index 0', (at) =>
        at.ledger.beat(claimOf(at, 1, 0, 'pod-1'), { seq: 1, rssBytes: null, redisLost: false }),
      ),
    ],
  ],
]

const NAMESPACE = 'rooms'
const wordOfRooms = say('storeWords', async ({ ledger }) =>
  (await ledger.storeWords()).words.filter(({ namespace }) => namespace === NAMESPACE),
)
const FULL: readonly Statement[] = [
  wordOfRooms,
  say('insertJob', (at) => at.ledger.insertJob({ ...at.job, namespace: NAMESPACE })),
  ...onward('uid-1').slice(1, 2),
  claimBy('pod-1'),
  wordOfRooms,
  say('retry', (at) => at.ledger.retry(steer(1, at, 0), { ...failure('storage_full'), delayMs: 0 })),
  wordOfRooms,
  say('noteRoom', (at) => at.ledger.noteRoom(NAMESPACE, { usedBytes: 1, freeBytes: 2, totalBytes: null })),
  wordOfRooms,
  say('openAttempt 2', (at) => at.ledger.openAttempt(opening(at.job.jobId, 1, at.epoch))),
  say('claim 2', (at) => at.ledger.claim({ ...claimOf(at, 2, 0, 'pod-2'), workerId: 'w', nodeName: null })),
  say('complete 2', (at) => at.ledger.complete(claimOf(at, 2, 0, 'pod-2'), result({ artifactBytes: 7 }))),
  wordOfRooms,
]

test('what is known of a store, in memory and in the database', () => compare(FULL))

for (const [title, run] of DIRECTED) {
  test(`${title}, in memory and in the database`, () => compare(run))
}

test('a random run of statements has the same answers in memory and in the database', async () => {
  await fc.assert(fc.asyncProperty(runs, compare), ROUNDS)
})

let count = 0

async function compare(run: readonly Statement[]): Promise<void> {
  count += 1
  const of = { job: newJob(), uid: (name: string) => `${name}-of-run-${count}` }
  const sql = databaseLedger(database)
  const memory = memoryLedger(() => Date.now()).ledger
  const stored = { ...of, ledger: sql, epoch: await sql.raiseEpoch('a') }
  const kept = { ...of, ledger: memory, epoch: await memory.raiseEpoch('a') }
  for (const { text, run: said } of run) {
    assert.deepEqual(plain(await said(kept), kept), plain(await said(stored), stored), text)
  }
  assert.deepEqual(plain(await everything(kept), kept), plain(await everything(stored), stored))
}

async function everything({ ledger, job, uid }: Said) {
  return {
    standing: await Promise.all(UIDS.map((name) => ledger.standing({ resourceUid: uid(name), jobId: job.jobId }))),
    byResource: await ledger.standing({ resourceUid: uid('uid-1'), jobId: null }),
    open: (await ledger.openAttempts()).filter((one) => one.job.jobId === job.jobId),
    places: (await ledger.openPlaces('all')).filter((one) => one.job.jobId === job.jobId),
    running: (await ledger.openPlaces('running')).filter((one) => one.job.jobId === job.jobId),
  }
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

const TIME = /^\d{4}-\d\d-\d\dT/

/**
 * Without what two clocks and two databases cannot agree on. Epochs count from the start of the run. A database's clock
 * may give two resources one time, so lists stand in the order of their texts.
 */
function plain(value: unknown, at: Said): unknown {
  if (typeof value === 'string') return TIME.test(value) ? 'a time' : value
  if (Array.isArray(value)) return value.map((item) => plain(item, at)).sort(byText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'id' && key !== 'seq')
      .map(([key, item]) => [key, key === 'operatorEpoch' ? (item as number) - at.epoch : plain(item, at)]),
  )
}
