import { strict as assert } from 'node:assert'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../core/errors.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import { readCatalog } from '../../storage/in/catalog.ts'
import { openPglite } from '../../storage/ledger/open.ts'
import { openResult } from '../../storage/out/read-result.ts'
import { cli, ended, manifest, startCli, TINY, workFolder } from './cli-process.ts'
import { mulberry } from './mulberry.ts'

/**
 * kill -9 while a home is worked on: the moment is random, seeded, over the whole life of each command. Afterwards no
 * partial result can be seen, and the next command of the same kind completes and equals a clean one.
 */
const MOST_KILLS = 50
/** Enough of them, once kills have met as many stages as are wanted; a long run makes all. */
const LEAST_KILLS = process.env.HINDCAST_TEST_LONG === '1' ? MOST_KILLS : 15
const STAGES = 5
const PACED = { HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '2' }
const work = workFolder()
const home = work.path('home')
const clean = { contentSha256: '', snapshotId: '' }

before(async () => {
  work.write('job.yaml', manifest('job', { costModel: {} }))
  assert.equal((await cli([...TINY, '--home', work.path('clean')], { cwd: work.dir })).code, 0)
  const [record] = JSON.parse((await hindcast('clean', 'run', 'job.yaml', '-o', 'json')).out)
  clean.contentSha256 = manifestOf(record.resultPath).contentSha256
  clean.snapshotId = record.snapshotId
})
after(work.remove)

/** The three commands, and what they do to the home before each kill. */
const COMMANDS = {
  import: [...TINY],
  run: ['rerun', 'job'],
  cleanup: ['cleanup', '--older-than', '0'],
} as const

test(`killed at ${LEAST_KILLS} random moments or more, a home stays whole and goes on`, async (context) => {
  const random = mulberry(20_261_122)
  const met = new Map<string, number>()
  const stagesMet = () => [...met.keys()].filter((stage) => !stage.endsWith('after its end')).length
  await restore()
  const lives = await livesOfAll()
  for (let kill = 0; kill < MOST_KILLS && (kill < LEAST_KILLS || stagesMet() < STAGES); kill++) {
    const name = (['run', 'import', 'run', 'cleanup', 'run'] as const)[kill % 5]!
    if (name === 'import') rmSync(join(home, 'datasets'), { recursive: true })
    const child = startCli([...COMMANDS[name], '--home', home], { cwd: work.dir, env: PACED })
    child.stdin.end()
    const over = ended(child)
    await Promise.race([sleep(random() * lives[name]), over])
    // What is in the home in this instant says which stage the kill lands in.
    const stage = `${name}: ${child.exitCode === null ? stageOf(name) : 'after its end'}`
    child.kill('SIGKILL')
    await over
    met.set(stage, (met.get(stage) ?? 0) + 1)
    await nothingPartial(stage)
    await goOn(name, stage)
  }
  const landed = [...met].map(([stage, times]) => `${stage} (${times})`).join(', ')
  context.diagnostic(`landed in: ${landed}`)
  assert.ok(stagesMet() >= STAGES, `landed in: ${landed}`)
})

/** How long this machine takes for each command, milliseconds: a slow one meets as many stages as a fast one. */
async function livesOfAll(): Promise<Record<keyof typeof COMMANDS, number>> {
  const lives = { import: 0, run: 0, cleanup: 0 }
  for (const name of ['run', 'import', 'cleanup'] as const) {
    const from = performance.now()
    const { code, err } = await cli([...COMMANDS[name], '--home', home], { cwd: work.dir, env: PACED })
    assert.equal(code, 0, err)
    lives[name] = performance.now() - from
  }
  await restore()
  return lives
}

/** A home with the dataset and one completed job: what every round starts from. */
async function restore(): Promise<void> {
  rmSync(home, { recursive: true, force: true })
  cpSync(work.path('clean'), home, { recursive: true })
}

function stageOf(name: string): string {
  if (name === 'import') {
    const found = existsSync(join(home, 'datasets')) ? readdirSync(join(home, 'datasets'), { recursive: true }) : []
    if (found.some((path) => String(path).endsWith('snapshot.json'))) return 'published'
    return found.length === 0 ? 'reading' : 'staging'
  }
  const note = join(home, 'running.json')
  if (!existsSync(note)) return 'opening the home'
  try {
    const { job } = JSON.parse(readFileSync(note, 'utf8')) as { job: { stage: string } | null }
    return job === null ? 'holding the home' : job.stage
  } catch {
    return 'opening the home'
  }
}

/**
 * Every completed row has its files, each with the hash of its manifest, or lost them to a clean-up; every snapshot in
 * the catalogue is whole.
 */
async function nothingPartial(stage: string): Promise<void> {
  const ledger = await openPglite(home)
  try {
    const store = fileStore(join(home, 'artifacts'))
    for (const job of (await ledger.listJobs({})).rows) {
      if (job.status !== 'completed') continue
      assert.equal(job.contentSha256, clean.contentSha256, stage)
      const gone = await openResult(store, job, { verify: true }).then(
        () => null,
        (thrown: Error) => thrown,
      )
      // A clean-up removes files before rows: killed between the two, the row says so until the next one.
      const cleaned = stage.startsWith('cleanup') && gone instanceof HindcastError && gone.code === 'artifacts_missing'
      assert.ok(gone === null || cleaned, `${stage}: ${gone?.message}`)
    }
  } finally {
    await ledger.close()
  }
  for (const { snapshotId } of (await readCatalog(join(home, 'datasets'))).snapshots.values()) {
    assert.equal(snapshotId, clean.snapshotId, stage)
  }
}

/** The command again, undisturbed, and what a clean home would hold then. */
async function goOn(name: keyof typeof COMMANDS, stage: string): Promise<void> {
  const again = await hindcast('home', ...COMMANDS[name])
  assert.equal(again.code, 0, `${stage}: ${again.err}`)
  const [record] = JSON.parse((await hindcast('home', 'run', 'job.yaml', '-o', 'json')).out)
  assert.equal(record.status, 'completed', stage)
  assert.equal(record.snapshotId, clean.snapshotId, stage)
  assert.equal(manifestOf(record.resultPath).contentSha256, clean.contentSha256, stage)
  const jobFolder = join(record.resultPath, '..')
  assert.deepEqual(
    readdirSync(jobFolder).filter((entry) => entry.startsWith('.staging')),
    [],
    `${stage}: staging was left`,
  )
}

function hindcast(where: string, ...args: string[]) {
  return cli([...args, '--home', work.path(where)], { cwd: work.dir })
}

function manifestOf(resultPath: string): { contentSha256: string } {
  return JSON.parse(readFileSync(join(resultPath, 'manifest.json'), 'utf8'))
}
