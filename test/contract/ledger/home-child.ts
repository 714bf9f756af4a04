/**
 * A process of its own for the tests of a home. Says one JSON line for each thing it did.
 * `hold MS`: takes the lock, waiting that long for it, and keeps it.
 * `turns N`: takes it N times, keeps it for a moment, proves to be alone.
 * `write`: opens the ledger and records job after job, saying each once it is recorded.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockHome } from '../../../storage/ledger/home-lock.ts'
import { openPglite } from '../../../storage/ledger/open.ts'
import { processIdentity } from '../../../storage/ledger/process-identity.ts'
import { newJob, opening, result, touched } from './builders.ts'

const [mode, home, count] = process.argv.slice(2) as [string, string, string]
const say = (word: object) => writeSync(1, `${JSON.stringify(word)}\n`)
const WAIT_MS = 120_000

if (mode === 'hold') {
  await lockHome(home, { command: 'hold on', waitMs: Number(count) })
  say({ held: process.pid })
  setInterval(() => {}, 1_000)
} else if (mode === 'turns') {
  await turns(Number(count))
} else {
  await write()
}

async function turns(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const lock = await lockHome(home, { command: 'turns', waitMs: WAIT_MS })
    // Made by the one who holds the home and by nobody else: a second holder would find it there.
    const alone = join(home, 'alone')
    closeSync(openSync(alone, 'wx'))
    await sleep(2)
    rmSync(alone)
    lock.release()
    say({ turn: round })
  }
}

/** Ids differ between the processes of one home: each starts its numbers at its own pid. */
async function write(): Promise<void> {
  const ledger = await openPglite(home, { command: 'write', waitMs: WAIT_MS })
  const epoch = await ledger.raiseEpoch('child')
  for (let n = 0; ; n += 1) {
    const jobId = `${process.pid}-${n}`
    await ledger.insertJob(newJob({ jobId }))
    const { attempt } = touched(await ledger.openAttempt(opening(jobId, 0, epoch)))
    const claim = { jobId, attempt, index: 0, podUid: processIdentity() }
    await ledger.claim({ ...claim, workerId: 'child', nodeName: null })
    say({ running: jobId })
    touched(await ledger.complete(claim, result({ resultPath: `default/${jobId}/1` })))
    say({ completed: jobId })
  }
}
