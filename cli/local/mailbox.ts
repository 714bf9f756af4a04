import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '../../storage/ledger/process-identity.ts'
import type { HomeFolder } from './home-folder.ts'

/**
 * Only one process may open the records of a home (PGlite knows one). What the others must know and ask of it goes
 * through two kinds of file: `running.json`, written by the holder, and `requests/cancel-<jobId>`, written by others.
 */
export interface RunningNote {
  /** `processIdentity()` of the holder. */
  readonly process: string
  /** The job it computes now; null between jobs. */
  readonly job: RunningJob | null
}

export interface RunningJob {
  readonly jobId: string
  readonly name: string
  readonly namespace: string
  readonly attempt: number
  readonly percent: number
  readonly stage: string
  /** ISO date being computed, or null. */
  readonly date: string | null
}

const CANCEL = /^cancel-([0-9a-f]{32})$/
const LONGEST_NOTE = 65_536

/** Replaces the note of the holder; null removes it. A note that cannot be written stops no work. */
export function writeNote(folder: HomeFolder, note: RunningNote | null): void {
  try {
    if (note === null) {
      rmSync(folder.runningFile, { force: true })
      return
    }
    const scratch = `${folder.runningFile}.${process.pid}`
    writeFileSync(scratch, JSON.stringify(note), { mode: 0o600 })
    renameSync(scratch, folder.runningFile)
  } catch {
    // A hint for other processes; the record is the ledger.
  }
}

/** What the living holder says it does; null when there is none, or it says nothing that can be read. */
export function readNote(folder: HomeFolder): RunningNote | null {
  try {
    const text = readFileSync(folder.runningFile, 'utf8')
    if (text.length > LONGEST_NOTE) return null
    const note = JSON.parse(text) as RunningNote
    return typeof note.process === 'string' && isAlive(note.process) ? note : null
  } catch {
    return null
  }
}

/** Asks the holder to cancel a job. */
export function postCancel(folder: HomeFolder, jobId: string): void {
  mkdirSync(folder.requestsDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder.requestsDir, `cancel-${jobId}`), '', { mode: 0o600 })
}

/** Takes the cancel requests that lie there: their job ids. Each is given once. */
export function takeCancels(folder: HomeFolder): string[] {
  let names: string[]
  try {
    names = readdirSync(folder.requestsDir)
  } catch {
    return []
  }
  const taken: string[] = []
  for (const name of names) {
    const jobId = CANCEL.exec(name)?.[1]
    if (jobId === undefined) continue
    rmSync(join(folder.requestsDir, name), { force: true })
    taken.push(jobId)
  }
  return taken
}
