import { lstatSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { HindcastError } from '../../core/errors.ts'
import { errorCode } from './durable-files.ts'

/** SQLITE_BUSY: another process, or another connection of this one, holds the file. */
const BUSY = 5

/** Keeps every held connection alive: a caller that drops its lock would lose it to the garbage collector. */
const held = new Set<DatabaseSync>()

/** A lock that is held until `release` or the end of the process, however it ends. */
export interface FileLock {
  release(): void
}

/**
 * Takes an exclusive lock on `path` (made when absent, never written to), or null when somebody else has it.
 *
 * The lock is the kernel's, taken through SQLite, because Node has no flock: a killed process leaves nothing behind
 * that a later one would have to judge as stale. Does not reach across machines on file systems without POSIX locks.
 */
export function tryLock(path: string): FileLock | null {
  refuseSymlink(path)
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path)
    // Memory: an exclusive transaction must leave no journal beside the lock.
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode === BUSY) return null
    throw new HindcastError('storage_error', `cannot lock ${path}: ${(error as Error).message}`, { cause: error })
  }
  const mine = database
  held.add(mine)
  return {
    release: () => {
      held.delete(mine)
      mine.close()
    },
  }
}

function refuseSymlink(path: string): void {
  try {
    if (lstatSync(path).isFile()) return
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  throw new HindcastError('storage_error', `cannot lock ${path}: it is not an ordinary file`)
}
