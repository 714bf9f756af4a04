import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../../core/errors.ts'
import { type HomeHolder, lockHome } from '../../../storage/ledger/home-lock.ts'
import { readMigrations } from '../../../storage/ledger/migrate.ts'
import { openPglite } from '../../../storage/ledger/open.ts'
import { isAlive, processIdentity } from '../../../storage/ledger/process-identity.ts'
import { newJob, touched } from './builders.ts'

const folder = mkdtempSync(join(tmpdir(), 'hindcast-home-'))
const cacheDir = join(folder, 'cache')
const children = new Set<ChildProcess>()
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

let homes = 0
function newHome(): string {
  homes += 1
  return join(folder, `home-${homes}`)
}

interface Child {
  readonly process: ChildProcess
  readonly words: Record<string, unknown>[]
  readonly ended: Promise<unknown>
}

function start(mode: string, home: string, count = 0): Child {
  const args = [join(import.meta.dirname, 'home-child.ts'), mode, home, String(count)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  const words: Record<string, unknown>[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => words.push(JSON.parse(line)))
  // Both: the process is gone and all it said has been read.
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code]]) => {
    children.delete(child)
    return code
  })
  return { process: child, words, ended }
}

async function untilSaid(child: Child, word: string): Promise<void> {
  while (!child.words.some((said) => word in said)) {
    assert.equal(child.process.exitCode, null, `the child ended before it said ${word}`)
    await sleep(5)
  }
}

const busy = (thrown: unknown) => thrown instanceof HindcastError && thrown.code === 'home_busy'

test('a home that is held is refused, naming the process and its command', async () => {
  const home = newHome()
  const child = start('hold', home)
  await untilSaid(child, 'held')
  await assert.rejects(lockHome(home, { command: 'me', waitMs: 0 }), (thrown: HindcastError) => {
    assert.ok(busy(thrown))
    assert.ok(thrown.message.includes(`process ${child.process.pid} (hold on)`), thrown.message)
    return true
  })
  child.process.kill('SIGKILL')
  await child.ended
})

test('a waiter is told once whom it waits for, and gets the home when that process is killed', async () => {
  const home = newHome()
  const child = start('hold', home)
  await untilSaid(child, 'held')
  const notices: (HomeHolder | null)[] = []
  const waiting = lockHome(home, { command: 'me', waitMs: 60_000, onWait: (holder) => notices.push(holder) })
  while (notices.length === 0) await sleep(5)
  // It waits on, and says nothing more.
  await sleep(150)
  child.process.kill('SIGKILL')
  ;(await waiting).release()
  assert.deepEqual(notices, [{ pid: child.process.pid, command: 'hold on' }])
})

test('a stopped holder still holds', async () => {
  const home = newHome()
  const child = start('hold', home)
  await untilSaid(child, 'held')
  child.process.kill('SIGSTOP')
  await assert.rejects(lockHome(home, { command: 'me', waitMs: 200 }), busy)
  child.process.kill('SIGKILL')
  await child.ended
})

test('one process does not get a home twice, and gets it again once it gave it back', async () => {
  const home = newHome()
  const first = await lockHome(home, { command: 'me', waitMs: 0 })
  await assert.rejects(lockHome(home, { command: 'me', waitMs: 0 }), busy)
  first.release()
  first.release()
  const second = await lockHome(home, { command: 'me', waitMs: 0 })
  second.release()
})

test('a note of a dead holder, or one that cannot be read, keeps nobody out', async () => {
  const home = newHome()
  mkdirSync(home, { recursive: true })
  for (const note of [JSON.stringify({ pid: process.pid, command: 'an old one' }), '{', '[]', 'x'.repeat(100_000)]) {
    writeFileSync(join(home, 'home.holder.json'), note)
    const lock = await lockHome(home, { command: 'me', waitMs: 0 })
    lock.release()
  }
})

test('a home that cannot be made is an error of storage, not a wait', async () => {
  const home = newHome()
  writeFileSync(home, 'a file')
  await assert.rejects(lockHome(join(home, 'below'), { command: 'me', waitMs: 60_000 }), (thrown: HindcastError) => {
    assert.equal(thrown.code, 'storage_error')
    assert.match(thrown.message, /below/)
    return true
  })
})

test('a home on a file system that lets nobody write says so', {
  skip: !existsSync('/proc/self'),
}, async () => {
  // /proc takes no new files, from root neither.
  await assert.rejects(lockHome('/proc/self', { command: 'me', waitMs: 60_000 }), (thrown: HindcastError) => {
    assert.equal(thrown.code, 'storage_error')
    return true
  })
})

test('a lock writes nothing to the disk', async () => {
  const home = newHome()
  const lock = await lockHome(home, { command: 'me', waitMs: 0 })
  assert.deepEqual(readdirSync(home).sort(), ['home.holder.json', 'home.lock'])
  assert.equal(statSync(join(home, 'home.lock')).size, 0)
  lock.release()
  assert.deepEqual(readdirSync(home), ['home.lock'])
})

test('eight processes take turns at one home and no two hold it at once, also when holders are killed', async () => {
  const home = newHome()
  mkdirSync(home, { recursive: true })
  const rounds = 12
  const steady = Array.from({ length: 6 }, () => start('turns', home, rounds))
  const doomed = Array.from({ length: 2 }, () => start('hold', home, 120_000))
  const killed = doomed.map(async (child) => {
    await untilSaid(child, 'held')
    child.process.kill('SIGKILL')
    await child.ended
  })
  const codes = await Promise.all(steady.map((child) => child.ended))
  await Promise.all(killed)
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0])
  for (const child of steady) assert.equal(child.words.length, rounds)
})

test('a process is told from another one that got its number', () => {
  const [pid, start, boot] = processIdentity().split('-')
  assert.equal(isAlive(processIdentity()), true)
  assert.equal(isAlive(`${pid}-${Number(start) + 1}-${boot}`), start === '0')
  assert.equal(isAlive(`${pid}-${start}-ffffffff`), false)
  assert.equal(isAlive('4194304-1-ffffffff'), false)
  assert.equal(isAlive('nonsense'), false)
})

test('a process that was killed is not alive', async () => {
  const child = start('hold', newHome())
  await untilSaid(child, 'held')
  const identity = processIdentity(child.process.pid)
  assert.equal(isAlive(identity), true)
  child.process.kill('SIGKILL')
  await child.ended
  assert.equal(isAlive(identity), false)
})

test('a new home is the same whether it was made anew or from the cached template', async () => {
  const columns: string[] = []
  const ids = new Set<string>()
  for (const options of [{}, { cacheDir }, { cacheDir }]) {
    const ledger = await openPglite(newHome(), options)
    ids.add((await ledger.installation()).id)
    columns.push(JSON.stringify(Object.keys((await ledger.insertJob(newJob())).job)))
    await ledger.close()
  }
  assert.equal(new Set(columns).size, 1)
  assert.equal(ids.size, 3)
})

test('a home whose birth was cut short is born again', async () => {
  const home = newHome()
  mkdirSync(join(home, 'ledger.new', 'base'), { recursive: true })
  const ledger = await openPglite(home, { cacheDir })
  assert.deepEqual((await ledger.listJobs({})).rows, [])
  await ledger.close()
  assert.equal(existsSync(join(home, 'ledger.new')), false)
})

test('kill -9 while a home is born leaves nothing that stands in the way of the next try', async () => {
  const home = newHome()
  for (let round = 0; round < 5; round += 1) {
    const child = start('write', home)
    await sleep(300 + randomInt(1_200))
    child.process.kill('SIGKILL')
    await child.ended
    // A kill may come before the home is made at all.
    const found = existsSync(home) ? readdirSync(home) : []
    const notes = found.filter((name) => !['home.lock', 'home.holder.json', 'ledger'].includes(name))
    assert.ok(
      notes.every((name) => name === 'ledger.new'),
      `found ${notes.join(', ')}`,
    )
  }
  const ledger = await openPglite(home, { cacheDir })
  assert.equal((await ledger.installation()).schemaVersion, readMigrations().length)
  await ledger.close()
})

const BROKEN: readonly (readonly [string, (ledger: string) => void])[] = [
  ['is empty', () => {}],
  ['holds something else', (ledger) => writeFileSync(join(ledger, 'notes.txt'), 'mine')],
  ['lost its files', (ledger) => writeFileSync(join(ledger, 'PG_VERSION'), '18\n')],
]
for (const [what, damage] of BROKEN) {
  test(`a home whose ledger ${what} is refused in one sentence, and is free again`, async () => {
    const home = newHome()
    mkdirSync(join(home, 'ledger'), { recursive: true })
    damage(join(home, 'ledger'))
    await assert.rejects(openPglite(home), (thrown: HindcastError) => {
      assert.equal(thrown.code, 'home_invalid')
      return true
    })
    ;(await lockHome(home, { command: 'me', waitMs: 0 })).release()
  })
}

test('kill -9 at 20 random moments of writing loses nothing that was acknowledged', async () => {
  const home = newHome()
  await (await openPglite(home, { cacheDir })).close()
  let acknowledged = 0
  for (let round = 0; round < 20; round += 1) {
    const child = start('write', home)
    await untilSaid(child, round % 2 === 0 ? 'running' : 'completed')
    await sleep(randomInt(60))
    child.process.kill('SIGKILL')
    await child.ended
    acknowledged += await checkAfterKill(home, child)
  }
  assert.ok(acknowledged >= 10, `${acknowledged} jobs were acknowledged as completed`)
})

/** Every word the child said must be true in the reopened home; settles what it left open. */
async function checkAfterKill(home: string, child: Child): Promise<number> {
  const ledger = await openPglite(home)
  try {
    const completed = child.words.filter((word) => 'completed' in word).map((word) => String(word.completed))
    for (const jobId of completed) {
      assert.equal((await ledger.findJob(jobId))?.status, 'completed', `${jobId} was acknowledged as completed`)
      assert.equal((await ledger.findAttempt(jobId, 1))?.status, 'completed')
    }
    for (const word of child.words.filter((said) => 'running' in said)) {
      assert.notEqual((await ledger.findJob(String(word.running)))?.status, 'pending')
    }
    const epoch = await ledger.raiseEpoch('after the kill')
    for (const { job, claims } of await ledger.openAttempts()) {
      assert.ok(claims.every((claim) => !isAlive(claim.podUid)))
      const lost = { errorClass: 'worker_lost', message: 'killed' }
      const steer = { jobId: job.jobId, attempt: job.attempt, epoch }
      touched(job.status === 'running' ? await ledger.lost(steer, lost) : await ledger.failWaiting(steer, lost))
    }
    assert.deepEqual(await ledger.openAttempts(), [])
    return completed.length
  } finally {
    await ledger.close()
  }
}
