import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTimeOf } from './place.ts'

const POLL_MS = 200

/**
 * Does something while no other process of this machine does it. The file names its holder; a holder that is gone
 * holds nothing. Throws when the other one is still at it after `limitMs`.
 */
export async function withLock<T>(file: string, limitMs: number, act: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const started = performance.now()
  while (!take(file)) {
    if (performance.now() - started > limitMs) {
      throw new Error(`${file} is held by process ${readFileSync(file, 'utf8')} for more than ${limitMs / 1000} s`)
    }
    await sleep(POLL_MS)
  }
  try {
    return await act()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  const mine = `${process.pid} ${startTimeOf(process.pid)}`
  try {
    writeFileSync(file, mine, { flag: 'wx' })
    return true
  } catch {
    forgetDead(file)
    return false
  }
}

function forgetDead(file: string): void {
  try {
    const [pid = '', startTime] = readFileSync(file, 'utf8').split(' ')
    // An empty file is one that is being written at this moment.
    if (pid !== '' && startTimeOf(Number(pid)) !== startTime) rmSync(file, { force: true })
  } catch {
    // Its holder has just finished.
  }
}
