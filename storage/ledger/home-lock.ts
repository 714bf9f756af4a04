import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { HindcastError } from '../../core/errors.ts'

/** Who holds a home, as far as it says so. */
export interface HomeHolder {
  readonly pid: number
  readonly command: string
}

export interface HomeLockOptions {
  /** The command as it was typed, for those who wait. */
  readonly command: string
  /** 0: one try. */
  readonly waitMs: number
  /** Called once, when the first try failed; null: the holder did not say who it is. */
  readonly onWait?: (holder: HomeHolder | null) => void
}

export interface HomeLock {
  release(): void
}

const POLL_MS = 40
const SQLITE_BUSY = 5
/** A note longer than this is not one of ours. */
const NOTE_BYTES_MAX = 65_536

/** Held locks stay reachable: a lock that is collected as garbage would be given up. */
const held = new Set<DatabaseSync>()

/**
 * Takes a home for this process alone. The lock is the operating system's own record lock, taken through SQLite on the
 * empty file `home.lock`: it ends with its process, however that ends, so there is nothing stale to judge and no
 * process number to mistake. Nobody else in this process may open that file, or the lock is gone (fcntl(2)).
 * Throws `home_busy` naming the holder, `storage_error` where the file system has no locks.
 */
export async function lockHome(home: string, options: HomeLockOptions): Promise<HomeLock> {
  const sqlite = await import('node:sqlite')
  try {
    mkdirSync(home, { recursive: true })
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException
    throw new HindcastError(code === 'ENOSPC' ? 'storage_full' : 'storage_error', `cannot make the home: ${message}`, {
      cause: thrown,
    })
  }
  const path = join(home, 'home.lock')
  for (let waited = 0; ; waited += POLL_MS) {
    const lock = tryLock(sqlite, path)
    if (lock !== null) return heldLock(home, lock, options.command)
    if (waited >= options.waitMs) throw busy(home)
    if (waited === 0) options.onWait?.(readHolder(home))
    await sleep(POLL_MS)
  }
}

/** Who holds the home, or held it last when nobody does. Null: it did not say. */
export function readHolder(home: string): HomeHolder | null {
  try {
    const text = readFileSync(join(home, 'home.holder.json'), 'utf8')
    const note = text.length > NOTE_BYTES_MAX ? null : (JSON.parse(text) as Partial<HomeHolder>)
    return typeof note?.pid === 'number' && typeof note.command === 'string'
      ? { pid: note.pid, command: note.command }
      : null
  } catch {
    return null
  }
}

function tryLock(sqlite: typeof import('node:sqlite'), path: string): DatabaseSync | null {
  let lock: DatabaseSync | undefined
  try {
    lock = new sqlite.DatabaseSync(path, { timeout: 0 })
    // The journal in memory: a lock writes nothing, so that a full disk does not stop it.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (thrown) {
    lock?.close()
    // The low byte is the primary code, the rest says more about it.
    if (((thrown as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return null
    throw new HindcastError('storage_error', `cannot lock ${path}: ${(thrown as Error).message}`, { cause: thrown })
  }
}

function heldLock(home: string, lock: DatabaseSync, command: string): HomeLock {
  held.add(lock)
  const note = join(home, 'home.holder.json')
  try {
    writeFileSync(note, `${JSON.stringify({ pid: process.pid, command })}\n`, { mode: 0o600 })
  } catch {
    // A courtesy to those who wait; the lock holds without it.
  }
  return {
    release() {
      if (!held.delete(lock)) return
      rmSync(note, { force: true })
      lock.close()
    },
  }
}

function busy(home: string): HindcastError {
  const holder = readHolder(home)
  const who = holder === null ? 'another process' : `process ${holder.pid} (${holder.command})`
  return new HindcastError(
    'home_busy',
    `the home ${home} is in use by ${who}; wait for it, or name another with --home`,
  )
}
