import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPglite } from '../../storage/ledger/open.ts'
import { cli, document, type Ended, ended, manifest, startCli, TINY, workFolder } from './cli-process.ts'
import { mulberry } from './mulberry.ts'

/**
 * kill -9 while a walk or a MonteCarlo is computed, at random moments of its life, seeded. Whatever was stored then is
 * not computed again by the next `run`, and the result is that of a run that nothing disturbed, to the last byte.
 */
const LONG = process.env.HINDCAST_TEST_LONG === '1'
const KILLS = LONG ? 30 : 5
/** A pause for each day of a window, and for each batch of some hundred paths. */
const PACED = { HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '10' }
const work = workFolder()
const home = work.path('home')
const NAMES = ['walk', 'paths'] as const
type Name = (typeof NAMES)[number]

const WALK = {
  backtest: { dataset: 'tiny', alpha: { name: 'reversal' }, startDate: '2015-01-05', endDate: '2015-12-31' },
  windows: { trainMonths: 3, testMonths: 1, stepMonths: 1, minTrainDays: 60 },
  search: { parameters: { lookbackDays: [5, 10] } },
}
const PATHS = { backtestRef: { name: 'source' }, simulations: 100_000, method: 'stationary' }

interface Clean {
  readonly jobId: string
  readonly files: Readonly<Record<string, string>>
  /** What a paced run that nothing disturbs computes, milliseconds. */
  readonly engineMs: number
}
const clean = {} as Record<Name, Clean>

before(async () => {
  work.write('source.yaml', manifest('source'))
  work.write('walk.yaml', document('WalkForward', 'walk', WALK))
  work.write('paths.yaml', document('MonteCarlo', 'paths', PATHS))
  for (const args of [TINY, ['run', 'source.yaml'], ['run', 'walk.yaml'], ['run', 'paths.yaml']]) {
    const { code, err } = await hindcast(...args)
    assert.equal(code, 0, err)
  }
  for (const name of NAMES) {
    const again = await cli(['rerun', name, '--home', home, '-o', 'json'], { cwd: work.dir, env: PACED })
    clean[name] = { ...resultOf(again), engineMs: JSON.parse(again.out)[0].engineMs }
  }
})
after(work.remove)

test(`killed at ${KILLS} random moments no finished unit is computed again, and no byte differs`, async (context) => {
  const random = mulberry(20_261_123)
  const landed: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const name = NAMES[kill % 2]!
    const child = startCli(['rerun', name, '--home', home], { cwd: work.dir, env: PACED })
    child.stdin.end()
    const over = ended(child)
    // Four of five while it computes, the others at any moment before that.
    if (kill % 5 < 4) await computing(() => child.exitCode !== null)
    await Promise.race([sleep(random() * clean[name].engineMs), over])
    child.kill('SIGKILL')
    await over
    const { status, done, total } = await unitsOf(clean[name].jobId)
    landed.push(`${name} ${status} ${done}/${total}`)
    const next = await hindcast('run', `${name}.yaml`, '-o', 'json')
    assert.equal(next.code, 0, `${landed.at(-1)}: ${next.err}`)
    const { jobId, files } = resultOf(next)
    assert.deepEqual([jobId, files], [clean[name].jobId, clean[name].files], landed.at(-1))
    const told = /went on where it had stopped: (\d+) of (\d+) /.exec(next.err)
    const kept = status === 'running' && done > 0
    assert.deepEqual(told?.slice(1) ?? null, kept ? [String(done), String(total)] : null, landed.at(-1))
  }
  context.diagnostic(`landed in: ${landed.join(', ')}`)
  const between = landed.filter((one) => / running (?!0\/)/.test(one))
  // Five kills of a busy machine may all miss.
  if (LONG) assert.ok(between.length >= KILLS / 5, 'too few kills between the first unit and the last')
})

function hindcast(...args: readonly string[]): Promise<Ended> {
  return cli([...args, '--home', home], { cwd: work.dir })
}

/** Settles when the process that holds the home says that it computes, or is over. */
async function computing(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const { job } = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8')) as { job: { stage: string } | null }
      if (job?.stage === 'computing') return
    } catch {
      // Not there yet, or being written.
    }
    await sleep(5)
  }
}

/** What the record holds of a job after the kill, before the next command settles it. */
async function unitsOf(jobId: string) {
  const ledger = await openPglite(home)
  try {
    const status = (await ledger.findJob(jobId))?.status
    const units = (await ledger.countUnits([jobId])).get(jobId)
    return { status, done: units?.done ?? 0, total: units?.total ?? 0 }
  } finally {
    await ledger.close()
  }
}

function resultOf({ out, err }: Ended): Pick<Clean, 'jobId' | 'files'> {
  const [record] = JSON.parse(out)
  assert.equal(record.status, 'completed', err)
  const names = readdirSync(record.resultPath).filter((name) => name !== 'manifest.json')
  const files = names.map((name) => [name, readFileSync(join(record.resultPath, name), 'hex')])
  return { jobId: record.jobId, files: Object.fromEntries(files) }
}
