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
    ...session(db),
    transaction: (work) => db.transaction((tx) => work(session(tx))),
    close: () => db.close(),
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
    throw new HindcastError(
      'home_invalid',
      `the records in ${dir} cannot be opened: ${(thrown as Error).message}. Restore the folder from a copy, or name another home with --home`,
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

function session(db: PGlite | Transaction): Sql {
  return {
    query: async (text, params = []) => (await db.query<Record<string, unknown>>(text, [...params])).rows,
    script: async (text) => {
      await db.exec(text)
    },
  }
}
