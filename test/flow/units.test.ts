import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MonteCarloPlan, type Plan, planComputation, planMonteCarlo, planWalkForward } from '../../core/plan.ts'
import { readOneManifest } from '../../crds/index.ts'
import { runAttempt } from '../../runner/attempt.ts'
import type { AttemptReport, Pace } from '../../runner/port.ts'
import { readCatalog } from '../../storage/in/catalog.ts'
import { databaseLedger } from '../../storage/ledger/database-ledger.ts'
import { pgliteDatabase } from '../../storage/ledger/engines/pglite.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import type { Database } from '../../storage/ledger/sql.ts'
import { failure, newJob, opening, touched } from '../contract/ledger/builders.ts'
import { cli, document, manifest, TINY, workFolder } from './cli-process.ts'

/** Attempts of the parallel kinds on a real record, real files and real threads: one pod, several, resumed, damaged. */
const work = workFolder()
const home = work.path('home')
const KINDS = ['WalkForward', 'MonteCarlo'] as const
let database: Database
let ledger: Ledger
let epoch: number
const plans = {} as Record<(typeof KINDS)[number], Plan>
/** Files of an undisturbed run on one thread. */
const clean = {} as Record<(typeof KINDS)[number], Files>

const WALK = {
  backtest: { dataset: 'tiny', alpha: { name: 'reversal' }, startDate: '2015-01-05', endDate: '2015-12-31' },
  windows: { trainMonths: 3, testMonths: 1, stepMonths: 1, minTrainDays: 60 },
  search: { parameters: { lookbackDays: [5, 10] } },
}
const PATHS = { simulations: 12_500, method: 'stationary' }

before(async () => {
  work.write('source.yaml', manifest('source'))
  assert.equal((await cli([...TINY, '--home', home], { cwd: work.dir })).code, 0)
  const ran = await cli(['run', 'source.yaml', '--home', home, '-o', 'json'], { cwd: work.dir })
  assert.equal(ran.code, 0, ran.err)
  database = await pgliteDatabase(join(home, 'ledger'))
  ledger = databaseLedger(database)
  epoch = await ledger.raiseEpoch('test')
  const walk = read(document('WalkForward', 'walk', WALK))
  const catalog = await readCatalog(join(home, 'datasets'))
  if (walk.kind === 'WalkForward') plans.WalkForward = planWalkForward(walk, catalog)
  const { jobId } = JSON.parse(ran.out)[0]
  const paths = read(document('MonteCarlo', 'paths', { ...PATHS, backtestRef: { jobId } }))
  const job = await ledger.findJob(jobId)
  const { resultPath, contentSha256, manifestSha256 } = job!
  const backtest = { ...(job!.configJson as unknown as MonteCarloPlan['backtest']) }
  const snapshot = catalog.snapshots.get(job!.snapshotId!)!
  const source = { jobId, resultPath: resultPath!, contentSha256: contentSha256!, manifestSha256 }
  if (paths.kind === 'MonteCarlo') plans.MonteCarlo = planMonteCarlo(paths, { backtest, source, snapshot })
  for (const kind of KINDS) clean[kind] = filesOf(plans[kind], (await attemptOf(plans[kind], { threads: 1 })).attempt)
})
after(async () => {
  await ledger.close()
  work.remove()
})

function read(text: string) {
  return readOneManifest(text, { file: 'one.yaml', today: '2026-11-22' })
}

interface Way {
  readonly threads?: number
  readonly parallelism?: number
  readonly pace?: Pace
  /** Whether units of the attempt before are kept. */
  readonly goOn?: boolean
  /** Interrupts every pod once so many units are stored. */
  readonly stopAfter?: number
}

/** Opens the next attempt and runs all of its pods side by side; an attempt that was stopped is lost. */
async function attemptOf(plan: Plan, way: Way): Promise<{ attempt: number; reports: AttemptReport[] }> {
  const { jobId, configHash } = plan
  const { threads = 2, parallelism = 1 } = way
  const { job } = await ledger.insertJob(newJob({ jobId, configHash, config: planComputation(plan) }))
  const steer = { jobId, attempt: job.attempt, epoch }
  const rerun = {
    steer,
    request: null,
    priority: 'normal',
    timeoutSeconds: 3600,
    keepUnits: way.goOn ?? false,
  } as const
  if (job.status !== 'pending') touched(await ledger.rerun(rerun))
  const opened = await ledger.openAttempt(opening(jobId, job.attempt, epoch, { parallelism }))
  assert.ok(opened !== 'fenced')
  const { attempt } = opened
  const stop = new AbortController()
  const running = Array.from({ length: parallelism }, (_, index) =>
    runAttempt(
      {
        plan,
        name: 'one',
        attempt,
        index,
        parallelism,
        podUid: `pod-${attempt}-${index}`,
        workerId: 'test',
        datasetsDir: join(home, 'datasets'),
        artifactsDir: join(home, 'artifacts'),
        engineVersion: '0.0.0',
        threads,
        timeoutSeconds: 3600,
        memoryLimitBytes: 4096 * 1024 * 1024,
        pace: way.pace ?? null,
      },
      { ledger, now: Date.now, monotonic: () => performance.now(), onProgress: () => {}, stop: stop.signal },
    ),
  )
  const all = Promise.all(running)
  if (way.stopAfter !== undefined) await stopAfter(jobId, way.stopAfter, { stop, all })
  const reports = await all
  if (way.stopAfter !== undefined) touched(await ledger.lost({ ...steer, attempt }, failure('worker_lost')))
  return { attempt, reports }
}

interface Stopping {
  readonly stop: AbortController
  readonly all: Promise<unknown>
}

async function stopAfter(jobId: string, units: number, { stop, all }: Stopping): Promise<void> {
  const over = all.then(() => true)
  for (;;) {
    const done = (await ledger.countUnits([jobId])).get(jobId)?.done ?? 0
    if (done >= units) return stop.abort('SIGTERM')
    if (await Promise.race([over, sleep(10, false)])) return assert.fail(`ended before ${units} units were stored`)
  }
}

type Files = Readonly<Record<string, string>>

/** Name -> bytes of every file that holds no time. */
function filesOf({ namespace, jobId }: Plan, attempt: number): Files {
  const folder = join(home, 'artifacts', namespace, jobId, String(attempt))
  const names = readdirSync(folder).filter((name) => name !== 'manifest.json')
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'hex')]))
}

const outcomes = (reports: readonly AttemptReport[]) => reports.map(({ outcome }) => outcome.outcome).toSorted()

for (const kind of KINDS) {
  for (const [parallelism, threads] of [
    [2, 1],
    [3, 2],
    [3, 4],
  ] as const) {
    test(`${kind}: ${parallelism} pods of ${threads} threads give the bytes of one, which one commits`, async () => {
      const { attempt, reports } = await attemptOf(plans[kind], { parallelism, threads })
      assert.deepEqual(outcomes(reports), ['completed', ...Array(parallelism - 1).fill('delivered')])
      assert.deepEqual(filesOf(plans[kind], attempt), clean[kind])
      assert.deepEqual(await ledger.readUnits(plans[kind].jobId, { engineRevision: 1, total: 100 }, [0, 1]), [])
    })
  }
}

/** So slow that a busy machine stops them between units too: paths are counted by batches. */
const PACES = {
  WalkForward: { msPerDate: 10, ballastMib: 0, ballastDate: null },
  MonteCarlo: { msPerDate: 150, ballastMib: 0, ballastDate: null },
} as const

for (const kind of KINDS) {
  for (const [units, parallelism] of [
    [1, 1],
    [4, 1],
    [2, 2],
  ] as const) {
    test(`${kind}: stopped after ${units} units on ${parallelism} pods, the next one computes the rest`, async () => {
      const { jobId } = plans[kind]
      const stopped = await attemptOf(plans[kind], { pace: PACES[kind], parallelism, stopAfter: units })
      assert.ok(outcomes(stopped.reports).every((outcome) => outcome === 'interrupted' || outcome === 'delivered'))
      const { done, total } = (await ledger.countUnits([jobId])).get(jobId)!
      assert.ok(done >= units && done < total, `${done} of ${total}`)
      // Paced: what it computes, it computes after it knows what is done.
      const pace = { ...PACES[kind], msPerDate: 0 }
      const { attempt, reports } = await attemptOf(plans[kind], { goOn: true, pace })
      assert.deepEqual(outcomes(reports), ['completed'])
      assert.deepEqual(reports[0]!.units, { total, resumed: done, damaged: [] })
      assert.deepEqual(filesOf(plans[kind], attempt), clean[kind])
    })
  }

  test(`${kind}: a stored unit that was tampered with is computed again, with a word about it`, async () => {
    const { jobId } = plans[kind]
    await attemptOf(plans[kind], { pace: PACES[kind], stopAfter: 2 })
    const first = '(SELECT min(unit) FROM backtest_units WHERE job_id = $1)'
    const cut = `UPDATE backtest_units SET payload = substring(payload FROM 2) WHERE job_id = $1 AND unit = ${first}`
    await database.query(cut, [jobId])
    const { attempt, reports } = await attemptOf(plans[kind], { goOn: true })
    const [damaged] = reports[0]!.units!.damaged
    assert.match(damaged!.damage, /do not have the hash/)
    assert.deepEqual(filesOf(plans[kind], attempt), clean[kind])
  })

  test(`${kind}: a re-run that was asked for takes over nothing`, async () => {
    await attemptOf(plans[kind], { pace: PACES[kind], stopAfter: 1 })
    const { attempt, reports } = await attemptOf(plans[kind], { goOn: false })
    assert.equal(reports[0]!.units!.resumed, 0)
    assert.deepEqual(filesOf(plans[kind], attempt), clean[kind])
  })
}
