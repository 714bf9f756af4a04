import { strict as assert } from 'node:assert'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { homeFolder } from '../../cli/local/home-folder.ts'
import { readNote } from '../../cli/local/mailbox.ts'
import { cli, ended, manifest, startCli, TINY, workFolder } from './cli-process.ts'

const work = workFolder()
const folder = homeFolder(work.path('.hindcast'))
const run = (...args: string[]) => cli(args, { cwd: work.dir })
const statusOf = async (job: string) => JSON.parse((await run('get', job, '-o', 'json')).out)

/** So slow that it must be hit: 145 days of 700 ms, over long after the commands of a test. */
const SLOW = { HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '700' }

before(async () => {
  for (const name of ['cancelled', 'stopped', 'ended', 'killed', 'next']) {
    work.write(
      `${name}.yaml`,
      manifest(name, { alpha: { name: 'reversal', parameters: { lookbackDays: 5 + name.length } } }),
    )
  }
  assert.equal((await run(...TINY)).code, 0)
})
after(work.remove)

/** A slow run that is computing by now. */
async function startSlow(...args: string[]) {
  const child = startCli(['run', ...args, '--threads', '1'], { cwd: work.dir, env: SLOW })
  const end = ended(child)
  while (readNote(folder)?.job?.stage !== 'computing') {
    assert.equal(child.exitCode, null, 'it ended before it was hit')
    await sleep(20)
  }
  return { child, end }
}

/** Names below the artifacts of a job: nothing may be left of one that did not complete. */
function leftOf(jobId: string): string[] {
  const dir = join(folder.artifactsDir, 'default', jobId)
  return existsSync(dir) ? readdirSync(dir) : []
}

test('Ctrl-C cancels the job in hand, leaves the next for later, and says how to go on', async () => {
  const { child, end } = await startSlow('stopped.yaml', 'next.yaml', '-o', 'json')
  child.kill('SIGINT')
  const { code, out, err } = await end
  assert.equal(code, 130)
  assert.match(err, /^interrupted; go on with: hindcast run stopped\.yaml next\.yaml -o json --threads 1$/m)
  const records = JSON.parse(out)
  assert.deepEqual(
    records.map((record: { status: string; error: { class: string } }) => [record.status, record.error.class]),
    [
      ['cancelled', 'cancelled'],
      ['pending', 'interrupted'],
    ],
  )
  assert.deepEqual(leftOf(records[0].jobId), [])
})

test('the same command goes on after an interruption', async () => {
  const { code, out } = await run('run', 'stopped.yaml', 'next.yaml', '-o', 'json')
  assert.equal(code, 0)
  assert.deepEqual(
    JSON.parse(out).map((record: { status: string }) => record.status),
    ['completed', 'completed'],
  )
})

test('SIGTERM ends the run as interrupted', async () => {
  const { child, end } = await startSlow('ended.yaml')
  child.kill('SIGTERM')
  assert.equal((await end).code, 130)
  const job = await statusOf('ended')
  assert.deepEqual([job.status, job.error.class, leftOf(job.jobId)], ['failed', 'interrupted', []])
})

test('cancel reaches a run of another process, which exits 5; watch and wait see it end', async () => {
  const { end } = await startSlow('cancelled.yaml')
  const watching = run('watch', 'cancelled')
  const waiting = run('wait', 'cancelled')
  // While the home is held the others wait or, told not to, say who holds it.
  const busy = await cli(['list'], { cwd: work.dir, env: { HINDCAST_LOCK_WAIT_MS: '0' } })
  assert.equal(busy.code, 2)
  assert.match(busy.err, /in use by process \d+ \(hindcast run cancelled\.yaml --threads 1\)/)
  const { code, out } = await run('cancel', 'cancelled')
  assert.equal(code, 0)
  assert.match(out, /^asked the process that computes cancelled \([0-9a-f]{32}\)/)
  const ran = await end
  assert.equal(ran.code, 5)
  assert.match(ran.err, /cancelled: cancelled/)
  const [watched, waited] = await Promise.all([watching, waiting])
  assert.deepEqual([watched.code, waited.code], [5, 5])
  const job = await statusOf('cancelled')
  assert.deepEqual([job.status, leftOf(job.jobId)], ['cancelled', []])
})

test('a run that was killed is settled by the next command and computed by the next run', async () => {
  const { child, end } = await startSlow('killed.yaml')
  child.kill('SIGKILL')
  await end
  const lost = await statusOf('killed')
  assert.deepEqual([lost.status, lost.error.class], ['failed', 'worker_lost'])
  assert.match(lost.error.message, /you can resubmit it/)
  assert.equal((await run('run', 'killed.yaml')).code, 0)
  const job = await statusOf('killed')
  assert.deepEqual([job.status, job.attempt, leftOf(job.jobId)], ['completed', 2, ['2']])
})

test('the last good result stays readable when a re-run ends without one', async () => {
  const child = startCli(['rerun', 'killed', '--threads', '1'], { cwd: work.dir, env: SLOW })
  const end = ended(child)
  while (readNote(folder)?.job?.stage !== 'computing') await sleep(20)
  child.kill('SIGINT')
  assert.equal((await end).code, 130)
  const job = await statusOf('killed')
  assert.deepEqual([job.status, job.attempt, job.lastGoodAttempt], ['cancelled', 3, 2])
  const { code, err } = await run('export', 'killed', 'out')
  assert.equal(code, 0)
  assert.match(err, /killed is cancelled .*this is its last good result, of attempt 2/)
})

test('two runs on one home at once both complete, one after the other', async () => {
  const ends = await Promise.all([run('rerun', 'killed'), run('rerun', 'next')])
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
  )
})

test('a run that takes too much memory says the limit and what it took', async () => {
  work.write('large.yaml', manifest('large', { memoryLimit: '512Mi' }))
  const env = { ...SLOW, HINDCAST_TEST_BALLAST_MIB: '1500@2015-06-02' }
  const { code, err } = await cli(['run', 'large.yaml', '--threads', '1'], { cwd: work.dir, env })
  assert.equal(code, 5)
  assert.match(err, /^large: failed: memory reached \d+ MiB, .*the limit is 512 MiB/m)
})
