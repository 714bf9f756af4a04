import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import v8 from 'node:v8'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import { HindcastError } from '../../../core/errors.ts'
import { type Database, PARSERS, type Sql } from '../sql.ts'

/** 1 MB segments instead of 16: a home has 10 MB less to write at its birth and to back up. */
const INITDB = ['--wal-segsize=1']
/**
 * A home's records are a few megabytes and one process reads them. The server's defaults (128 MB of buffers, room for
 * 100 connections) are zeroed at every opening: 125 MB of memory and 60 ms (ADR 0052).
 */
const SERVER = ['shared_buffers=16MB', 'max_connections=3'].flatMap((setting) => ['-c', setting])

/**
 * A PGlite over a directory, made when it is not there. The caller holds the home's lock: PGlite has none of its own.
 * Throws `home_invalid` when the directory cannot be opened as one.
 */
export async function pgliteDatabase(dir: string): Promise<Database> {
  const db = await openQuietly(dir)
  return {
    ...session(db, dir),
    transaction: (work) => db.transaction((tx) => work(session(tx, dir))),
    pool: () => null,
    close: async () => {
      if (!db.closed) await db.close()
    },
  }
}

async function openQuietly(dir: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite')
  // Starting up runs a few functions often enough to have V8 optimise them in the background: 400 MB and half a second
  // that a command of half a second never gets back (ADR 0052). Once open, the flags are as before.
  setWasmTiering(false)
  try {
    return await PGlite.create(dir, {
      parsers: { ...PARSERS },
      initDbStartParams: INITDB,
      startParams: [...PGlite.defaultStartParams, ...SERVER],
    })
  } catch (thrown) {
    if (isFull(dir)) throw full(dir, thrown)
    throw new HindcastError(
      'home_invalid',
      `the records in ${dir} cannot be opened: ${(thrown as Error).message ?? thrown}. ` +
        'Restore the folder from a copy, or name another home with --home',
      { cause: thrown },
    )
  } finally {
    setWasmTiering(true)
  }
}

function setWasmTiering(on: boolean): void {
  v8.setFlagsFromString(on ? '--wasm-tier-up' : '--no-wasm-tier-up')
  v8.setFlagsFromString(on ? '--wasm-dynamic-tiering' : '--no-wasm-dynamic-tiering')
}

function session(db: PGlite | Transaction, dir: string): Sql {
  return {
    query: async (text, params = []) => {
      try {
        return (await db.query<Record<string, unknown>>(text, [...params])).rows
      } catch (thrown) {
        throw translate(thrown, dir)
      }
    },
    script: async (text) => {
      try {
        await db.exec(text)
      } catch (thrown) {
        throw translate(thrown, dir)
      }
    },
  }
}

/** SQLSTATE disk_full; io_error is what PostgreSQL says of a full disk where it flushes its log. */
const DISK = /^(53100|58030)$/
/** Names of what Emscripten throws when the server itself has gone down. */
const DOWN = /^(RuntimeError|ExitStatus|ErrnoError)$/

function translate(thrown: unknown, dir: string): unknown {
  const { code = '', name, message } = thrown as Error & { code?: string }
  if (!DISK.test(code) && !DOWN.test(name)) return thrown
  if (code === '53100' || isFull(dir)) return full(dir, thrown)
  return new HindcastError('storage_error', `the records in ${dir} cannot be written: ${message}`, { cause: thrown })
}

/** PostgreSQL writes its log in segments of 1 MB and pages of 8 KB: below this it is the disk that is to blame. */
const ROOM_BYTES = 2_097_152

function isFull(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(dir))
    return bavail * bsize < ROOM_BYTES
  } catch {
    return false
  }
}

function full(dir: string, cause: unknown): HindcastError {
  return new HindcastError('storage_full', `no space left on the disk of ${dir}; free some and run again`, { cause })
}
