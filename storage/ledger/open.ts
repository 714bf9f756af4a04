import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { databaseLedger } from './database-ledger.ts'
import type { PoolLimits } from './engines/postgres.ts'
import { type HomeHolder, lockHome } from './home-lock.ts'
import type { Ledger } from './ledger.ts'
import { migrate, readMigrations, requireSchema } from './migrate.ts'
import type { Database } from './sql.ts'

export interface HomeOptions {
  /** The command as it was typed, shown to whoever waits for this home. Default: `hindcast`. */
  readonly command?: string
  /** How long to wait for another process. Default 0: not at all. */
  readonly waitMs?: number
  readonly onWait?: (holder: HomeHolder | null) => void
  /** Where the empty records of a new home are kept for the next one; null or absent: made anew each time. */
  readonly cacheDir?: string | null
}

export interface ServerOptions {
  /** Whether to bring the schema up; otherwise it must be there (`hindcast migrate`). Default false. */
  readonly migrate?: boolean
  readonly installationId?: string | null
  readonly adopt?: boolean
  readonly limits?: PoolLimits
}

/**
 * The ledger of a laptop's home, `<home>/ledger/`, made when it is not there; the home is this process's until
 * `close()`. Throws `home_busy` naming the holder, `home_invalid` when the records cannot be used.
 */
export async function openPglite(home: string, options: HomeOptions = {}): Promise<Ledger> {
  const lock = await lockHome(home, {
    command: options.command ?? 'hindcast',
    waitMs: options.waitMs ?? 0,
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
  })
  try {
    return await openLocked(join(home, 'ledger'), options.cacheDir ?? null, () => lock.release())
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}

async function openLocked(dir: string, cacheDir: string | null, release: () => void): Promise<Ledger> {
  const migrations = readMigrations()
  if (!existsSync(dir)) {
    const { makeDataDirectory } = await import('./engines/template.ts')
    await makeDataDirectory(dir, migrations, cacheDir)
  } else if (!existsSync(join(dir, 'PG_VERSION'))) {
    throw new HindcastError('home_invalid', `${dir} holds no records of Hindcast; move it away, or name another home`)
  }
  const { pgliteDatabase } = await import('./engines/pglite.ts')
  const database = await pgliteDatabase(dir)
  try {
    await migrate(database, migrations, { installationId: null, adopt: false, refusal: 'home_invalid' })
  } catch (thrown) {
    await database.close()
    throw thrown
  }
  return databaseLedger(database, release)
}

/**
 * The ledger of a PostgreSQL server, 13 or newer. Throws `database_unavailable` while it is out of reach,
 * `environment_invalid` on a bad URL, a missing schema, or a database of another installation or a newer version.
 */
export async function openPostgres(url: string, options: ServerOptions = {}): Promise<Ledger> {
  const { MIGRATION_LIMITS, postgresDatabase } = await import('./engines/postgres.ts')
  const migrations = readMigrations()
  if (options.migrate === true) {
    const { installationId = null, adopt = false } = options
    await using(postgresDatabase(url, MIGRATION_LIMITS), (database) =>
      migrate(database, migrations, { installationId, adopt, refusal: 'environment_invalid' }),
    )
  }
  const database = postgresDatabase(url, options.limits)
  try {
    await requireSchema(database, migrations)
  } catch (thrown) {
    await database.close()
    throw thrown
  }
  return databaseLedger(database)
}

/** A ledger that may be away for now, and the check that must pass before anything is written. */
export interface AwaitedLedger {
  readonly ledger: Ledger
  /**
   * Rejects with `database_unavailable` while the server is out of reach or its schema is not there yet (a migration
   * may be under way), and with `environment_invalid` for the database of another installation.
   */
  check(): Promise<void>
}

/** For a process that goes on without its database: connects when it is asked, and again after every loss. */
export async function awaitPostgres(
  url: string,
  options: { readonly installationId: string | null; readonly limits?: PoolLimits },
): Promise<AwaitedLedger> {
  const { postgresDatabase } = await import('./engines/postgres.ts')
  const migrations = readMigrations()
  const database = postgresDatabase(url, options.limits)
  const ledger = databaseLedger(database)
  return {
    ledger,
    async check() {
      await requireSchema(database, migrations).catch((thrown) => {
        if (!(thrown instanceof HindcastError) || thrown.code !== 'environment_invalid') throw thrown
        throw new HindcastError('database_unavailable', thrown.message, { cause: thrown })
      })
      const { id } = await ledger.installation()
      if (options.installationId === null || options.installationId === id) return
      throw new HindcastError(
        'environment_invalid',
        `the database belongs to installation ${id}, this one is ${options.installationId}; give each its own`,
      )
    },
  }
}

async function using(database: Database, work: (database: Database) => Promise<void>): Promise<void> {
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

/** Either of the two. */
export function openLedger(
  place: ({ readonly home: string } & HomeOptions) | ({ readonly url: string } & ServerOptions),
): Promise<Ledger> {
  return 'url' in place ? openPostgres(place.url, place) : openPglite(place.home, place)
}
