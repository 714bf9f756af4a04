import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { databaseLedger } from '../../../storage/ledger/database-ledger.ts'
import { pgliteDatabase } from '../../../storage/ledger/engines/pglite.ts'
import type { Ledger } from '../../../storage/ledger/ledger.ts'
import { migrate, readMigrations } from '../../../storage/ledger/migrate.ts'
import { memoryLedger } from '../../world/memory-ledger.ts'
import { empty, failure, newJob, opening, result } from './builders.ts'

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

const JOB = newJob({ jobId: 'a'.repeat(32), configHash: 'a'.repeat(64) })
const UIDS = ['uid-1', 'uid-2'] as const
const TOKENS = ['cancel-1', 'rerun-1', 'rerun-2'] as const

/** Where a statement is said: the epoch at the start of a run is 0 to it. */
interface Said {
  readonly ledger: Ledger
  readonly epoch: number
}
type Statement = { readonly text: string; readonly run: (at: Said) => Promise<unknown> }

const attempts = fc.constantFrom(0, 1, 1, 2)
/** Now and then an operator that was replaced. */
const ages = fc.constantFrom(0, 0, 0, 1)
const uids = fc.constantFrom(...UIDS)
const pods = fc.constantFrom('pod-1', 'pod-2')
const indexes = fc.constantFrom(0, 0, 1)

const steer = (attempt: number, { epoch }: Said, age: number) => ({ jobId: JOB.jobId, attempt, epoch: epoch - age })
const claimOf = (attempt: number, index: number, podUid: string) => ({ jobId: JOB.jobId, attempt, index, podUid })
const say = (text: string, run: Statement['run']): Statement => ({ text, run })

const statements: fc.Arbitrary<Statement> = fc.oneof(
  fc.constant(say('insertJob', ({ ledger }) => ledger.insertJob(JOB))),
  uids.map((uid) =>
    say(`upsert ${uid}`, ({ ledger }) =>
      ledger.upsertResource({
        uid,
        kind: 'Backtest',
        namespace: 'default',
        name: uid,
        jobId: JOB.jobId,
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
        ...opening(JOB.jobId, attempt, 0, { holderUid, parallelism, atLeast: attempt + 1 }),
        steer: steer(attempt, at, age),
      }),
    ),
  ),
  fc
    .tuple(attempts, indexes, pods)
    .map(([attempt, index, podUid]) =>
      say(`claim ${attempt} ${index} ${podUid}`, ({ ledger }) =>
        ledger.claim({ ...claimOf(attempt, index, podUid), workerId: podUid, nodeName: 'node-1' }),
      ),
    ),
  fc
    .tuple(attempts, indexes, pods, fc.integer({ min: 1, max: 9 }))
    .map(([attempt, index, podUid, seq]) =>
      say(`beat ${attempt} ${index} ${podUid} ${seq}`, ({ ledger }) =>
        ledger.beat(claimOf(attempt, index, podUid), { seq, rssBytes: null, redisLost: false }),
      ),
    ),
  fc
    .tuple(attempts, pods, fc.integer({ min: 0, max: 100 }))
    .map(([attempt, podUid, percent]) =>
      say(`progress ${attempt} ${podUid} ${percent}`, ({ ledger }) =>
        ledger.progress(claimOf(attempt, 0, podUid), { percent, stage: 'computing', date: '2015-06-30' }),
      ),
    ),
  fc
    .tuple(attempts, pods, fc.boolean())
    .map(([attempt, podUid, byOperator]) =>
      say(`complete ${attempt} ${podUid} ${byOperator}`, ({ ledger, epoch }) =>
        ledger.complete(
          { ...claimOf(attempt, 0, podUid), ...(byOperator ? { epoch } : {}) },
          result({ resultPath: `default/${JOB.jobId}/${attempt}` }),
        ),
      ),
    ),
  fc
    .tuple(attempts, pods, fc.constantFrom('fail', 'cancel'))
    .map(([attempt, podUid, how]) =>
      say(`${how} by runner ${attempt} ${podUid}`, ({ ledger }) => ledger[how](claimOf(attempt, 0, podUid), failure())),
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
        request: token === null ? null : { resourceUid, token },
        priority: 'high',
        timeoutSeconds: 600,
      }),
    ),
  ),
  fc
    .tuple(attempts, ages)
    .map(([attempt, age]) => say(`countJob ${attempt} ${age}`, (at) => at.ledger.countJob(steer(attempt, at, age)))),
  fc
    .tuple(uids, fc.constantFrom(...TOKENS), ages)
    .map(([resourceUid, token, age]) =>
      say(`askCancel ${resourceUid} ${token} ${age}`, ({ ledger, epoch }) =>
        ledger.askCancel({ jobId: JOB.jobId, by: 'ada', request: { resourceUid, token }, epoch: epoch - age }),
      ),
    ),
  fc
    .tuple(uids, fc.constantFrom(...TOKENS), ages, fc.constantFrom('markHandled', 'reopenResource'))
    .map(([uid, token, age, how]) =>
      say(`${how} ${uid} ${token} ${age}`, ({ ledger, epoch }) => ledger[how](uid, token, epoch - age)),
    ),
  fc
    .tuple(uids, ages)
    .map(([uid, age]) =>
      say(`settle ${uid} ${age}`, ({ ledger, epoch }) =>
        ledger.settleResource(uid, { outcome: 'failed', generation: 2 }, epoch - age),
      ),
    ),
  fc
    .tuple(uids, ages)
    .map(([uid, age]) => say(`markGone ${uid} ${age}`, ({ ledger, epoch }) => ledger.markGone(uid, epoch - age))),
  fc.constant(say('requestCancel', ({ ledger }) => ledger.requestCancel(JOB.jobId, 'ada'))),
)

/** A run that gets somewhere, for every random one that mostly meets closed doors. */
const opened: fc.Arbitrary<readonly Statement[]> = fc
  .tuple(statements, statements, uids)
  .map(([first, second, holderUid]) => [
    say('insertJob', ({ ledger }) => ledger.insertJob(JOB)),
    first,
    say('open', (at) =>
      at.ledger.openAttempt({ ...opening(JOB.jobId, 0, 0, { holderUid, atLeast: 1 }), steer: steer(0, at, 0) }),
    ),
    second,
    say('claim', ({ ledger }) => ledger.claim({ ...claimOf(1, 0, 'pod-1'), workerId: 'pod-1', nodeName: 'node-1' })),
  ])

const runs = fc
  .tuple(fc.oneof(fc.constant([]), opened), fc.array(statements, { minLength: 5, maxLength: 15 }))
  .map(([start, rest]) => [...start, ...rest])

const ROUNDS = process.env.HINDCAST_TEST_LONG === '1' ? 600 : 25

test('a random run of statements has the same answers in memory and in the database', async () => {
  const sql = databaseLedger(database)
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      await empty(database)
      const memory = memoryLedger(() => Date.now()).ledger
      const both = [
        { ledger: sql, epoch: await sql.raiseEpoch('a') },
        { ledger: memory, epoch: await memory.raiseEpoch('a') },
      ] as const
      for (const { text, run: said } of run) {
        const [stored, kept] = [plain(await said(both[0]), both[0]), plain(await said(both[1]), both[1])]
        assert.deepEqual(kept, stored, text)
      }
      const views = await Promise.all(both.map(async (at) => plain(await everything(at), at)))
      assert.deepEqual(views[1], views[0])
    }),
    { numRuns: ROUNDS },
  )
})

async function everything({ ledger }: Said) {
  const standings = await Promise.all(UIDS.map((resourceUid) => ledger.standing({ resourceUid, jobId: JOB.jobId })))
  return {
    standings,
    open: await ledger.openAttempts(),
    present: await ledger.presentResources(null, 10),
    active: await ledger.countActive(),
    unknown: await ledger.standing({ resourceUid: 'nobody', jobId: null }),
  }
}

const TIME = /^\d{4}-\d\d-\d\dT/

/** Without what two clocks and two databases cannot agree on. Epochs count from the start of the run. */
function plain(value: unknown, at: Said): unknown {
  if (typeof value === 'string') return TIME.test(value) ? 'a time' : value
  if (Array.isArray(value)) return value.map((item) => plain(item, at))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'id' && key !== 'seq')
      .map(([key, item]) => [key, key === 'operatorEpoch' ? (item as number) - at.epoch : plain(item, at)]),
  )
}
